"""The account's usage limit, as Claude tells it. No I/O.

It is a message of the stream, stands beside an error, or is JSON inside an error's message. Seen 2024-12 to
2026-09 in public clients.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from jackfield import Certainty, QuotaExhausted
from jackfield_web.wire import json_or_text

_RESETS: Final = ("resetsAt", "resets_at", "reset_at")
_WITHIN: Final = ("within_limit", "approaching_limit")
_LATEST: Final = 253402300799  # the last second that a date can tell


def is_within(limit: Mapping[str, Any]) -> bool:
    """Whether a limit lets the account go on."""
    return limit.get("type", "within_limit") in _WITHIN


def limit_in(error: Any) -> Mapping[str, Any] | None:
    """Return the limit that an error tells of; None when it is another one."""
    message = error.get("message") if isinstance(error, Mapping) else error
    inner = json_or_text(message) if isinstance(message, str) else None
    for limit in (inner, error):
        if isinstance(limit, Mapping) and _reset(limit) is not None:
            return limit
    return inner if isinstance(inner, Mapping) and not is_within(inner) else None


def limit_error(limit: Mapping[str, Any], certainty: Certainty, now: float) -> QuotaExhausted:
    """Return the error for a limit that is reached; *retry_after* counts to its reset, if it tells one.

    Args:
        limit: The limit.
        certainty: Whether Claude had begun to answer.
        now: The time, in seconds since 1970.
    """
    claim, reset = limit.get("representativeClaim"), _reset(limit)
    which = f"{claim.replace('_', '-')} usage limit" if isinstance(claim, str) and claim else "usage limit"
    until = "" if reset is None else f" until {datetime.fromtimestamp(reset, UTC):%F %T} UTC"
    return QuotaExhausted(
        f"the account's {which} at Claude is reached{until}",
        certainty=certainty,
        retry_after=None if reset is None else max(0.0, reset - now),
    )


def _reset(limit: Mapping[str, Any]) -> float | None:
    """Return when a limit is reset, in seconds since 1970."""
    told = (limit[name] for name in _RESETS if name in limit)
    return next((one for one in told if type(one) in {int, float} and 0 <= one <= _LATEST), None)
