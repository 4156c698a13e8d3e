"""What Claude says when it does not answer, as errors. No I/O.

The same words come as the body of an HTTP error and in the middle of a stream. Seen 2024-12 to 2026-09 in
public clients: `error.type`, `error.details.error_code`, and a usage limit that is JSON inside the message.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Final, TypeAlias

from jackfield import (
    AuthenticationRequired,
    Certainty,
    ContextTooLong,
    InvalidRequest,
    PermissionDenied,
    ProviderError,
    ProviderUnavailable,
    QuotaExhausted,
    RateLimited,
    RunFailed,
)

Clock: TypeAlias = Callable[[], float]
"""Tells the time in seconds since 1970."""

_RESETS: Final = ("resetsAt", "resets_at", "reset_at")
_WITHIN: Final = ("within_limit", "approaching_limit")
_DEAD_SESSION: Final = "account_session_invalid"
_LONGEST: Final = 300
_LATEST: Final = 253402300799  # the last second that a date can tell
_KINDS: Final[Mapping[str, type[ProviderError]]] = {
    "authentication_error": AuthenticationRequired,
    "permission_error": PermissionDenied,
    "invalid_request_error": InvalidRequest,
    "not_found_error": InvalidRequest,
    "rate_limit_error": RateLimited,
    "api_error": ProviderUnavailable,
}


def is_within(limit: Mapping[str, Any]) -> bool:
    """Whether a message limit, as Claude tells it, lets the account go on."""
    return limit.get("type", "within_limit") in _WITHIN


def limit_error(
    limit: Mapping[str, Any], certainty: Certainty = Certainty.REJECTED, clock: Clock = time.time
) -> QuotaExhausted:
    """Return the error for a usage limit; *retry_after* counts the seconds until it is reset, if it tells."""
    resets = next((limit[name] for name in _RESETS if _is_time(limit.get(name))), None)
    claim = limit.get("representativeClaim")
    which = f"{claim.replace('_', '-')} usage limit" if isinstance(claim, str) and claim else "usage limit"
    if resets is None:
        return QuotaExhausted(f"the account's {which} at Claude is reached", certainty=certainty)
    return QuotaExhausted(
        f"the account's {which} at Claude is reached until {datetime.fromtimestamp(resets, UTC):%F %T} UTC",
        certainty=certainty,
        retry_after=max(0.0, resets - clock()),
    )


def told_error(
    told: Any, certainty: Certainty, clock: Clock = time.time, *, otherwise: type[ProviderError] = RunFailed
) -> ProviderError:
    """Return the error for an `error` object of Claude's.

    Args:
        told: The object; what is none gives the error *otherwise*.
        certainty: Whether Claude can have acted.
        clock: Tells the time.
        otherwise: The class for a type that is not known.
    """
    told = told if isinstance(told, Mapping) else {"message": told}
    kind, message = str(told.get("type") or ""), str(told.get("message") or "it does not say why")
    if (limit := _limit(told, message)) is not None:
        return limit_error(limit, certainty, clock)
    said = f"Claude refuses: {message[:_LONGEST]}"
    if _is_dead(told):
        return AuthenticationRequired(
            said, certainty=certainty, hint="The session has ended: log in again, or give a newer cookie."
        )
    if "overloaded" in kind:
        return ProviderUnavailable(said, certainty=certainty)
    if kind == "invalid_request_error" and "too long" in message.lower():
        return ContextTooLong(said, certainty=certainty)
    return _KINDS.get(kind, otherwise)(said, certainty=certainty)


def _limit(told: Mapping[str, Any], message: str) -> Mapping[str, Any] | None:
    """Return the usage limit that an error tells of: inside its message as JSON, or beside it."""
    try:
        inner = json.loads(message)
    except (ValueError, RecursionError):
        inner = None
    for limit in (inner, told):
        if isinstance(limit, Mapping) and any(_is_time(limit.get(name)) for name in _RESETS):
            return limit
    return inner if isinstance(inner, Mapping) and not is_within(inner) else None


def _is_dead(told: Mapping[str, Any]) -> bool:
    details = told.get("details")
    return isinstance(details, Mapping) and details.get("error_code") == _DEAD_SESSION


def _is_time(value: Any) -> bool:
    return type(value) in {int, float} and 0 <= value <= _LATEST
