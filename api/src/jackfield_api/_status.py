"""What a remote's error means: one table from status, code and words to a class and its certainty.

For answers with a status that is no success, and for errors inside an answer that began as one.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from fnmatch import fnmatchcase
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
from ._told import codes_in, delay_in, json_or_none, kept, message_in, request_id_of, status_in, wants_retry


class NotFound(InvalidRequest):
    """The remote does not know what was asked for (HTTP 404)."""


_OVERLOADED: Final = 529
_BY_STATUS: Final[Mapping[int, type[ProviderError]]] = {
    401: AuthenticationRequired,
    402: QuotaExhausted,
    403: PermissionDenied,
    404: NotFound,
    408: ProviderUnavailable,
    409: ProviderUnavailable,
    413: ContextTooLong,
    425: ProviderUnavailable,
    429: RateLimited,
}
"""Others of 400 to 499 are `InvalidRequest`, of 500 to 599 `ProviderUnavailable`."""

_BY_CODE: Final[tuple[tuple[type[ProviderError], tuple[str, ...]], ...]] = (
    (QuotaExhausted, ("*quota*", "*credit*", "*billing*", "*spend*", "*budget*", "*payment*")),
    (QuotaExhausted, ("*insufficient_balance*", "*insufficient_funds*", "*_per_day*", "*_per_month*")),
    (RateLimited, ("ramp_limit_exceeded",)),
    (ContextTooLong, ("*context_length*", "*context_too_long*", "*context_window*", "*prompt_too_long*")),
    (ContextTooLong, ("*request_too_large*", "*token_limit*", "string_above_max_length")),
    (ContentRefused, ("*content_filter*", "*content_policy*", "*policy_violation*", "*prohibited_content*")),
    (ContentRefused, ("*moderation*",)),
    (ModelNotFound, ("*model_not_found*", "*invalid_model*", "*unknown_model*", "*deployment_not_found*")),
    (RateLimited, ("*rate_limit*", "*too_many_requests*", "*throttl*", "*slow_down*", "*concurren*")),
    (RateLimited, ("resource_exhausted", "*request*_limit_*", "*minute*", "?pm_limit_*")),
    (QuotaExhausted, ("*_limit_exceeded", "*_limit_reached")),
    (AuthenticationRequired, ("*authentication*", "*unauthenticated*", "*unauthorized*", "*api_key*")),
    (AuthenticationRequired, ("*invalid_token*", "*expired_token*", "*token_expired*")),
    (PermissionDenied, ("*permission*", "*forbidden*", "*access_denied*")),
    (ProviderUnavailable, ("*overloaded*", "*unavailable*", "*server_error*", "internal*", "*api_error*")),
    (ProviderUnavailable, ("*timeout*", "*deadline_exceeded*")),
    (NotFound, ("*not_found*",)),
    (InvalidRequest, ("*invalid*", "*bad_request*", "*validation*", "*unsupported*", "*precondition*")),
)
"""The first that fits a code, written in lower case with underscores: `ThrottlingException` is
`throttling_exception`."""

_BY_WORDS: Final[tuple[tuple[type[ProviderError], tuple[str, ...]], ...]] = (
    (QuotaExhausted, ("*credit balance is too low*", "*insufficient credit*", "*out of credits*")),
    (ContextTooLong, ("*prompt is too long*", "*maximum context*", "*context window*", "*context length*")),
    (ContextTooLong, ("*context_length*", "*input is too long*", "*input token count*exceeds*")),
    (ContentRefused, ("*content filter*", "*content_filter*", "*content policy*", "*content_policy*")),
    (ModelNotFound, ("model: *", "*model*not found*", "*model*does not exist*")),
    (ModelNotFound, ("*invalid model*", "*unknown model*", "*not a valid model*")),
    (RateLimited, ("*rate limit*", "*too many requests*")),
    (ProviderUnavailable, ("*overloaded*", "*temporarily unavailable*", "*try again later*")),
)
"""The first that fits the message in lower case, where no code decides."""

_OF_THE_REQUEST: Final = frozenset(
    {QuotaExhausted, ContextTooLong, ContentRefused, ModelNotFound, AuthenticationRequired, RateLimited}
)
_REFINED: Final[Mapping[int, frozenset[type[ProviderError]]]] = {
    400: _OF_THE_REQUEST,
    403: frozenset({QuotaExhausted, ContentRefused, ModelNotFound}),
    404: _OF_THE_REQUEST,
    422: _OF_THE_REQUEST,
    429: frozenset({QuotaExhausted}),
}
"""The classes that a code or words may make of a status."""

_NO_WORDS: Final = frozenset({429})
"""Statuses of which the code alone decides: a message about speed speaks of quotas too."""


def error_for(
    told: Any = None,
    *,
    code: str | None = None,
    message: str = "",
    status: int | None = None,
    headers: Mapping[str, str] | None = None,
    retry_after: float | None = None,
    certainty: Certainty | None = None,
    remote: str = "the remote",
) -> ProviderError:
    """Return the error that a remote's own error means, in its words. For errors inside an answer, too.

    ```python
    if event.event == "error":
        raise error_for(parse_json(event.data))
    ```

    Args:
        told: The decoded JSON that holds the error, whole: codes, message and status are found in it.
        code: The remote's word for the fault, if it is not in *told*.
        message: Its words, if they are not in *told*.
        status: The HTTP status, if that said that the request failed.
        headers: The answer's headers.
        retry_after: Seconds that the remote asks to wait; otherwise the headers tell, or Google's details.
        certainty: Whether the remote can have acted. Otherwise the status tells; without one it is unknown,
            and `started` where a decoder raises the error: what arrives is an answer.
        remote: How the remote is called in the message.
    """
    given = {name.lower(): value for name, value in (headers or {}).items()}
    codes = ([code] if code else []) + codes_in(told, given)
    words = message or message_in(told)
    failed = status if status is not None and status >= HTTPStatus.BAD_REQUEST else None
    if retry_after is None:
        asked = parse_retry_after(given)
        retry_after = delay_in(told) if asked is None else asked
    verb = f"answered {failed}" if failed else "reports an error"
    error = _kind(failed or status_in(told), codes, words)(
        f"{remote} {verb}" + (f": {shown(words or codes[0])}" if words or codes else ""),
        hint=_hint(retry_after),
        certainty=certainty or (_certainty(failed, retry_after) if failed else None),
        retry_after=retry_after,
        should_retry=wants_retry(given),
        status=failed or status_in(told) or status,
        code=shown(codes[0], 100) if codes else None,
        remote_request_id=request_id_of(given, told),
        headers=kept(given),
    )
    if not error.certainty_is_told:
        # What the class stands for is the truth of a refusal by status. Here an answer had begun.
        error.certainty = Certainty.UNKNOWN
    return error


def error_in(told: Any, **details: Any) -> ProviderError | None:
    """Return the error that decoded JSON reports in its field `error`; None when it reports none.

    For answers with a good status whose body is an error all the same.

    Args:
        told: What was decoded.
        **details: As for `error_for`.
    """
    place = told[0] if isinstance(told, list) and told else told
    if not isinstance(place, dict):
        return None
    error = place.get("error")
    # Asked of every event of a stream: what has no error is seen first.
    if not error and place.get("type") != "error" and place.get("object") != "error":
        return None
    is_one = isinstance(error, dict | str) or "error" in (place.get("type"), place.get("object"))
    return error_for(told, **details) if is_one else None


def error_from_status(status: int, headers: Mapping[str, str], body: bytes, origin: str) -> ProviderError:
    """Return the error that an answer means whose status is not 2xx.

    Args:
        status: The HTTP status.
        headers: The response's headers, by lower-case names.
        body: Its body, or the beginning of it.
        origin: Scheme, host and port of the remote, for messages.
    """
    if status < HTTPStatus.BAD_REQUEST:
        return MalformedResponse(
            f"{origin} answered {status}, which is no answer{_target(headers)}",
            status=status,
            headers=kept(headers),
            remote_request_id=request_id_of(headers),
        )
    told = json_or_none(body)
    plain = "" if message_in(told) else _plain(headers, body)
    return error_for(told, message=plain, status=status, headers=headers, remote=origin)


def _kind(status: int | None, codes: list[str], words: str) -> type[ProviderError]:
    """Return the class: what the code says, else the words, where the status leaves room for that."""
    found = _first(_BY_CODE, [_in_snake_case(code) for code in codes])
    if status is None:
        by_words = _first(_BY_WORDS, [words]) if found in _GENERAL else None
        return by_words or found or ProviderError
    allowed = _REFINED.get(status, frozenset())
    if found not in allowed and status not in _NO_WORDS:
        found = _first(_BY_WORDS, [words])
    usual = ProviderUnavailable if status >= HTTPStatus.INTERNAL_SERVER_ERROR else InvalidRequest
    return found if found is not None and found in allowed else _BY_STATUS.get(status, usual)


_GENERAL: Final = {None, NotFound, InvalidRequest}


def _first(
    table: tuple[tuple[type[ProviderError], tuple[str, ...]], ...], texts: list[str]
) -> type[ProviderError] | None:
    """Return the class of the first row that fits one of *texts*."""
    lower = [text[:2000].lower() for text in texts]
    for kind, patterns in table:
        if any(fnmatchcase(text, pattern) for text in lower for pattern in patterns):
            return kind
    return None


def _in_snake_case(code: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|[-. ]", "_", code).lower()


def _certainty(status: int, retry_after: float | None) -> Certainty:
    """A 4xx says that nothing was done, but for 408 and 409; a 5xx only when it asks to come back."""
    if status < HTTPStatus.INTERNAL_SERVER_ERROR:
        return Certainty.UNKNOWN if status in {408, 409} else Certainty.REJECTED
    told_to_wait = status == _OVERLOADED or (
        status == HTTPStatus.SERVICE_UNAVAILABLE and retry_after is not None
    )
    return Certainty.REJECTED if told_to_wait else Certainty.UNKNOWN


def _hint(retry_after: float | None) -> str | None:
    if not retry_after:
        return None
    seconds = f"{retry_after:.0f}" if retry_after >= 10 else f"{retry_after:.2g}"  # noqa: PLR2004
    return f"It asks to come back in {seconds} seconds."


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
    except (http.InvalidURL, ValueError):
        return " (redirects are not followed)"
