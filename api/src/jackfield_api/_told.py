"""What a remote tells when something fails: words and codes in the JSON shapes in use, and headers."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from ._text import shown

_CODE_NAMES: Final = ("code", "type", "status", "reason", "error_code", "__type")
_MESSAGE_NAMES: Final = (
    "error",
    "message",
    "detail",
    "error_description",
    "description",
    "title",
    "errors",
    "response",
)
_SHORT: Final = re.compile(r"[\w.#:/-]+", re.ASCII)
_DURATION: Final = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,9})?)s", re.ASCII)
_DEEPEST: Final = 4
_ERROR_STATUS: Final = range(400, 600)

_REQUEST_IDS: Final = (
    "x-request-id",
    "request-id",
    "x-amzn-requestid",
    "x-amz-request-id",
    "apim-request-id",
    "x-ms-request-id",
    "x-goog-request-id",
    "x-correlation-id",
    "cf-ray",
)
_WITHHELD: Final = re.compile(
    r"cookie|authorization|api-?key|secret|session|signature|credential|csrf|xsrf|(^|-)(auth|jwt|token)$"
    r"|(access|auth|security|refresh)-token|^(location|content-location|refresh|link)$",
    re.IGNORECASE,
)


def json_or_none(body: bytes) -> Any:
    """Return what *body* is as JSON; None when it is none."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def message_in(told: Any, depth: int = _DEEPEST) -> str:
    """Find the remote's message: OpenAI, Anthropic, Google, FastAPI, RFC 9457, OAuth, a bare string."""
    if isinstance(told, str):
        return told
    if depth and isinstance(told, list):
        return "; ".join(filter(None, (message_in(part, depth - 1) for part in told[:3])))
    if not depth or not isinstance(told, dict):
        return ""
    if isinstance(told.get("msg"), str):
        place = told.get("loc")
        where = ".".join(map(str, place)) if isinstance(place, list) else ""
        return f"{where}: {told['msg']}" if where else str(told["msg"])
    found = [message_in(told.get(name), depth - 1) for name in _MESSAGE_NAMES]
    # `{"error": "slow_down", "error_description": "You ask too often"}`: of a code, the words are shown.
    if isinstance(told.get("error"), str) and _SHORT.fullmatch(told["error"]):
        found.append(found.pop(0))
    return next(filter(None, found), "")


def codes_in(told: Any, headers: Mapping[str, str]) -> list[str]:
    """Return the remote's words for the fault, the most telling first: `insufficient_quota`, `NOT_FOUND`."""
    found: list[Any] = [headers.get("x-amzn-errortype", "").partition(":")[0]]
    for place in _places(told):
        # Anthropic since 2026-10-21: the cause stands inside, and `type` is only the kind of it.
        cause = place["details"].get("error_code") if isinstance(place.get("details"), dict) else None
        found += [cause] if isinstance(cause, str) else []
        found += [place[name] for name in _CODE_NAMES if isinstance(place.get(name), str)]
        for detail in _details(place):
            found += [detail["reason"]] if "reason" in detail else []
            # Google's QuotaFailure: `GenerateRequestsPerDayPerProjectPerModel` tells a day from a minute.
            found += [one.get("quotaId") for one in _objects(detail.get("violations"))]
        found += [place["error"]] if isinstance(place.get("error"), str) else []
    bare = (word.rpartition("#")[2] for word in found if isinstance(word, str))
    return [word for word in dict.fromkeys(bare) if _is_code(word)]


def delay_in(told: Any) -> float | None:
    """Return the seconds to wait that Google's `RetryInfo` asks for; None where there is none.

    Source: `google/rpc/error_details.proto`; a duration in JSON is `"34.07s"`.
    """
    delays = [detail.get("retryDelay") for place in _places(told) for detail in _details(place)]
    found = [_DURATION.fullmatch(delay) for delay in delays if isinstance(delay, str)]
    return max((float(delay[1]) for delay in found if delay), default=None)


def _details(place: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return _objects(place.get("details"))


def _objects(found: Any) -> list[Mapping[str, Any]]:
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def status_in(told: Any) -> int | None:
    """Return the HTTP status that an error object names, as Google's and OpenRouter's do."""
    for place in _places(told):
        for name in ("code", "status", "status_code"):
            value = place.get(name)
            number = int(value) if isinstance(value, str) and re.fullmatch("[45][0-9]{2}", value) else value
            if type(number) is int and number in _ERROR_STATUS:
                return number
    return None


def _is_code(word: str) -> bool:
    says_nothing = word.isdigit() or word.lower() in {"error", "none", "about:blank"}
    return not says_nothing and bool(_SHORT.fullmatch(word))


def _places(told: Any) -> Iterator[Mapping[str, Any]]:
    """Yield the error object and what it is in."""
    if isinstance(told, list) and told:
        told = told[0]
    if not isinstance(told, dict):
        return
    inner = [told.get("error"), told.get("errors"), told.get("response")]
    for found in inner:
        error = found[0] if isinstance(found, list) and found else found
        # OpenAI's Responses: `{"type": "response.failed", "response": {"error": {…}}}`.
        error = error.get("error", error) if isinstance(error, dict) else None
        if isinstance(error, dict):
            yield error
    yield told


def request_id_of(headers: Mapping[str, str], told: Any = None) -> str | None:
    """Return the remote's own id of the request: what its support asks for."""
    found = next(filter(None, map(headers.get, _REQUEST_IDS)), None)
    if found is None and isinstance(told, dict) and isinstance(told.get("request_id"), str):
        found = told["request_id"]
    return shown(found, 100) if found else None


def kept(headers: Mapping[str, str]) -> dict[str, str]:
    """Return *headers* without those that hold secrets: cookies, keys, addresses with tokens in them."""
    return {name.lower(): shown(value) for name, value in headers.items() if not _WITHHELD.search(name)}


def wants_retry(headers: Mapping[str, str]) -> bool | None:
    """Return what `x-should-retry` says, if it says something."""
    return {"true": True, "false": False}.get(headers.get("x-should-retry", "").strip().lower())
