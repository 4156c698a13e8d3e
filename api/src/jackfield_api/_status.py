"""What an HTTP status and its body mean: the error's class, its certainty, and the server's own words."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final

from jackfield import (
    AuthenticationRequired,
    Certainty,
    ContentRefused,
    ContextTooLong,
    InvalidRequest,
    MalformedResponse,
    ModelNotFound,
    PermissionDenied,
    ProviderError,
    ProviderUnavailable,
    QuotaExhausted,
    RateLimited,
)

from ._base_url import origin_of
from ._compat import http
from ._retry_after import parse_retry_after
from ._text import shown


class NotFound(InvalidRequest):
    """The remote does not know what was asked for (HTTP 404)."""


_NO_MONEY: Final = re.compile(r"quota|credit|billing|spend", re.IGNORECASE)
_TOO_LONG: Final = re.compile(
    r"context_length|context_too_long|prompt is too long|maximum context", re.IGNORECASE
)
_REFUSED: Final = re.compile(r"content_filter|content_policy", re.IGNORECASE)
_NO_MODEL: Final = re.compile(r"model_not_found", re.IGNORECASE)
_OVERLOADED: Final = 529

_BY_STATUS: Final[Mapping[int, type[ProviderError]]] = {
    401: AuthenticationRequired,
    402: QuotaExhausted,
    403: PermissionDenied,
    404: NotFound,
    408: ProviderUnavailable,
    409: ProviderUnavailable,
    413: ContextTooLong,
    429: RateLimited,
}


def error_from_status(status: int, headers: Mapping[str, str], body: bytes, origin: str) -> ProviderError:
    """Return the error that an answer means whose status is not 2xx.

    Args:
        status: The HTTP status.
        headers: The response's headers, by lower-case names.
        body: Its body, or the beginning of it.
        origin: Scheme, host and port of the remote, for messages.
    """
    told = _json_or_none(body)
    words = _message(told) or _plain(headers, body)
    message = f"{origin} answered {status}" + (f": {shown(words)}" if words else "")
    if status < HTTPStatus.BAD_REQUEST:
        return MalformedResponse(f"{message}, which is no answer{_target(headers)}")
    retry_after = parse_retry_after(headers)
    kind = _kind(status, f"{_code(told)} {words}")
    hint = f"It asks to come back in {retry_after:.0f} seconds." if retry_after else None
    return kind(message, hint=hint, certainty=_certainty(status, retry_after), retry_after=retry_after)


def _kind(status: int, words: str) -> type[ProviderError]:
    if status == HTTPStatus.TOO_MANY_REQUESTS and _NO_MONEY.search(words.partition(" ")[0]):
        return QuotaExhausted
    if status in {400, 404, 422}:
        for pattern, kind in _SPECIAL:
            if pattern.search(words):
                return kind
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return ProviderUnavailable
    return _BY_STATUS.get(status, InvalidRequest)


_SPECIAL: Final = ((_TOO_LONG, ContextTooLong), (_REFUSED, ContentRefused), (_NO_MODEL, ModelNotFound))


def _certainty(status: int, retry_after: float | None) -> Certainty:
    """A 4xx says that nothing was done, but for 408 and 409; a 5xx only when it asks to come back."""
    if status < HTTPStatus.INTERNAL_SERVER_ERROR:
        return Certainty.UNKNOWN if status in {408, 409} else Certainty.REJECTED
    told_to_wait = status == _OVERLOADED or (
        status == HTTPStatus.SERVICE_UNAVAILABLE and retry_after is not None
    )
    return Certainty.REJECTED if told_to_wait else Certainty.UNKNOWN


def _json_or_none(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def _code(told: Any) -> str:
    error = told.get("error") if isinstance(told, dict) else None
    for place in (error, told):
        if isinstance(place, dict):
            for name in ("code", "type"):
                if isinstance(place.get(name), str) and place[name] != "error":
                    return str(place[name]).replace(" ", "_")
    return "-"


def _message(told: Any, depth: int = 4) -> str:
    """Find the server's message in the shapes in use: OpenAI, Anthropic, FastAPI, RFC 9457, a bare string."""
    if isinstance(told, str):
        return told
    if depth and isinstance(told, list):
        return "; ".join(filter(None, (_message(part, depth - 1) for part in told[:3])))
    if not depth or not isinstance(told, dict):
        return ""
    if isinstance(told.get("msg"), str):
        place = told.get("loc")
        where = ".".join(map(str, place)) if isinstance(place, list) else ""
        return f"{where}: {told['msg']}" if where else str(told["msg"])
    return next(filter(None, (_message(told.get(name), depth - 1) for name in _MESSAGE_NAMES)), "")


_MESSAGE_NAMES: Final = ("error", "message", "detail", "title", "errors")


def _plain(headers: Mapping[str, str], body: bytes) -> str:
    is_text = headers.get("content-type", "").lower().startswith("text/plain")
    return body.decode(errors="replace") if is_text else ""


def _target(headers: Mapping[str, str]) -> str:
    """Name where a redirect leads, by its origin only: the rest may hold a token."""
    location = headers.get("location")
    if not location:
        return ""
    try:
        return f" (it leads to {shown(origin_of(http.URL(location)))}; redirects are not followed)"
    except http.InvalidURL:
        return " (redirects are not followed)"
