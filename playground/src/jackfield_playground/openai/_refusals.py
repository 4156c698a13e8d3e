"""Refusals in the vendor's shape and, where they are public, its words.

Source: the vendor's guide to error codes and its client's types (openai-python 3.57.0).
"""

from __future__ import annotations

import json
from typing import Any, NoReturn

from starlette.responses import JSONResponse, Response

from jackfield_playground._spoiling import RETRY_AFTER


class Refused(Exception):  # an answer, not a fault of ours
    """The request is answered with an error.

    Args:
        message: What is said.
        status: The HTTP status.
        code: The vendor's word for the fault.
        kind: Its kind, `type` on the wire.
        param: The field that is wrong.
        wait: Seconds to wait, where the settings say nothing else.
    """

    def __init__(
        self,
        message: str,
        *,
        status: int = 400,
        code: str | None = None,
        kind: str = "invalid_request_error",
        param: str | None = None,
        wait: float | None = None,
    ) -> None:
        super().__init__(message)
        self.status, self.wait = status, wait
        self.error: dict[str, Any] = {"message": message, "type": kind, "param": param, "code": code}

    def answer(self, retry_after: float | None = None) -> Response:
        """Return it as a response."""
        wait = self.wait if retry_after is None else retry_after
        headers = {} if wait is None else {"retry-after": f"{wait:g}"}
        return JSONResponse({"error": self.error}, self.status, headers=headers)


def refuse(message: str, param: str | None = None, code: str | None = None) -> NoReturn:
    """Refuse a request for a field that is wrong.

    Raises:
        Refused: Always.
    """
    raise Refused(message, param=param, code=code)


BAD_KEY = Refused(
    "Incorrect API key provided. You can find your API key at the playground.",
    status=401,
    code="invalid_api_key",
)
_TOO_FAST = "Rate limit reached for requests per min (RPM). Please slow down."
BY_FAULT = {
    "500": Refused(
        "The server had an error while processing your request. Sorry about that!",
        status=500,
        kind="server_error",
    ),
    "429": Refused(_TOO_FAST, status=429, kind="requests", code="rate_limit_exceeded"),
    "come back later": Refused(
        _TOO_FAST, status=429, kind="requests", code="rate_limit_exceeded", wait=RETRY_AFTER
    ),
    "quota": Refused(
        "You exceeded your current quota, please check your plan and billing details.",
        status=429,
        kind="insufficient_quota",
        code="insufficient_quota",
    ),
    "503": Refused(
        "The engine is currently overloaded, please try again later.", status=503, kind="server_error"
    ),
    "context": Refused(
        "This model's maximum context length is 8 tokens. Please reduce the length of the messages.",
        code="context_length_exceeded",
        param="messages",
    ),
    "filter": Refused(
        "Your request was rejected as a result of our safety system.", code="content_policy_violation"
    ),
}
IN_STREAM = json.dumps(
    {
        "error": {
            "message": "The server had an error while processing your request.",
            "type": "server_error",
            "param": None,
            "code": "server_error",
        }
    }
)
