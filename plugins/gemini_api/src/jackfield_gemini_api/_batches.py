"""Many requests handed over at once, and read when they are answered.

Source: the vendor's page about its Batch API and its client's types, google-genai 3.6.1 (2026-11). What is
handed over inline comes back inline.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from jackfield import (
    BatchReading,
    BatchState,
    Certainty,
    ChatRequest,
    ChatResponse,
    InvalidRequest,
    MalformedResponse,
)
from jackfield_api import (
    ApiClient,
    check_handle,
    count_in,
    error_for,
    failed_answer,
    found_in,
    objects_in,
    whole_answer,
    words_in,
)

from ._asking import body_of
from ._decoder import GeminiDecoder
from ._options import NAME, GeminiOptions, family_of

_HANDLE: Final = re.compile(r"batches/[A-Za-z0-9_-]{1,200}")
_COUNT: Final = re.compile(r"[0-9]{1,18}", re.ASCII)
_STATES: Final[Mapping[str, BatchState]] = {
    "SUCCEEDED": "finished",
    "FAILED": "failed",
    "CANCELLED": "cancelled",
    "EXPIRED": "expired",
}
"""How a batch's state ends, behind `BATCH_STATE_` or `JOB_STATE_`; any other means that it still runs."""
_OUTPUT: Final = "inlinedResponses.inlinedResponses"
_CODES: Final = {
    3: "INVALID_ARGUMENT",
    4: "DEADLINE_EXCEEDED",
    5: "NOT_FOUND",
    7: "PERMISSION_DENIED",
    8: "RESOURCE_EXHAUSTED",
    13: "INTERNAL",
    14: "UNAVAILABLE",
}
"""The numbers that an error in a batch has in place of words: those of `google.rpc.Code`."""


def batch_of(requests: Sequence[ChatRequest], options: GeminiOptions) -> tuple[str, dict[str, Any]]:
    """Return the model of a batch, and what hands it over.

    Raises:
        InvalidRequest: The requests are for several models.
    """
    models = {options.model_for(request.model) or "" for request in requests}
    if len(models) > 1:
        raise InvalidRequest(
            f"a batch of Gemini is for one model; found {', '.join(sorted(models))}",
            hint="Make a batch for each.",
        )
    lines = [{"request": body_of(one, options), "metadata": {"key": one.id}} for one in requests]
    named = {"displayName": f"jackfield {requests[0].id}"}
    return models.pop(), {"batch": {**named, "inputConfig": {"requests": {"requests": lines}}}}


def handle_in(told: Any) -> str:
    """Return the name of a batch that was taken.

    Raises:
        MalformedResponse: What answered is no batch.
    """
    handle = words_in(told, "name")
    if not _HANDLE.fullmatch(handle):
        raise MalformedResponse("what answered is no batch of Gemini's")
    return handle


async def read_batch(http: ApiClient, version: str, handle: str) -> BatchReading:
    """Return how far a batch is.

    Raises:
        InvalidRequest: *handle* is no batch's name.
        ProviderError: The API refuses, or answers something else.
    """
    check_handle(handle, _HANDLE, "a batch of Gemini is called batches/…")
    told = await http.request_json("GET", f"/{version}/{handle}")
    handle_in(told)
    family = family_of(words_in(told, "metadata.model"))
    lines = objects_in(told, f"response.{_OUTPUT}|metadata.output.{_OUTPUT}")
    responses = [_response(line, family) for line in lines]
    word = words_in(told, "metadata.state").rpartition("_")[2]
    count = words_in(told, "metadata.batchStats.pendingRequestCount")
    state: BatchState = _STATES.get(word, "running")
    waiting = int(count) if _COUNT.fullmatch(count) else None
    return BatchReading(state=state, responses=responses, waiting=waiting if state == "running" else 0)


def _response(line: Mapping[str, Any], family: str | None) -> ChatResponse:
    """Return one answer; a request that failed has its error."""
    facts = {"provider": NAME, "request_id": words_in(line, "metadata.key")}
    failure = found_in(line, "error")
    if not isinstance(failure, dict):
        return whole_answer(GeminiDecoder(family=family), line.get("response"), **facts)
    code = _CODES.get(count_in(failure, "code") or 0)
    error = error_for(failure, code=code, remote="the batch", certainty=Certainty.REJECTED)
    return failed_answer(error, **facts)
