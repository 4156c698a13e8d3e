"""What a server tells about its limits with an answer, read without trusting it.

Sources of the names: OpenAI's guide to rate limits (`x-ratelimit-remaining-requests`, times as `6m0s`), which
Groq, Together, Azure and others follow; Anthropic's page on rate limits (`anthropic-ratelimit-…`, times by
RFC 3339); draft-ietf-httpapi-ratelimit-headers before its eighth version (`ratelimit-remaining`, seconds);
and GitHub's page on rate limits (`x-ratelimit-reset`, seconds since 1970; others use its names for seconds).
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Final

from ._retry_after import time_there

_HEADERS: Final[Mapping[str, tuple[str, ...]]] = {
    "requests_remaining": (
        "x-ratelimit-remaining-requests",
        "anthropic-ratelimit-requests-remaining",
        "ratelimit-remaining",
        "x-ratelimit-remaining",
    ),
    "tokens_remaining": ("x-ratelimit-remaining-tokens", "anthropic-ratelimit-tokens-remaining"),
    "requests_reset": (
        "x-ratelimit-reset-requests",
        "anthropic-ratelimit-requests-reset",
        "ratelimit-reset",
        "x-ratelimit-reset",
    ),
    "tokens_reset": ("x-ratelimit-reset-tokens", "anthropic-ratelimit-tokens-reset"),
}
_NUMBER: Final = re.compile(r"[0-9]{1,15}(\.[0-9]{1,9})?", re.ASCII)
_PIECE: Final = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,9})?)(ms|us|µs|ns|d|h|m|s)")
_UNITS: Final = {"d": 86400, "h": 3600, "m": 60, "s": 1, "ms": 1e-3, "us": 1e-6, "µs": 1e-6, "ns": 1e-9}
_A_DATE: Final = 1e9
"""A number from here on is no wait but a moment, in seconds since 1970."""


def limits_of(headers: Mapping[str, str], now: datetime | None = None) -> Mapping[str, float]:
    """Return what *headers* tell about the limits; for `ResponseStarted.limits`.

    What is missing or of another form is left out. A moment is measured against the server's own `Date`,
    because clocks differ.

    Args:
        headers: The response's headers, by lower-case names.
        now: The time here, in UTC; the clock's by default.
    """
    found: dict[str, float] = {}
    # Most remotes tell nothing, and every answer is asked.
    if not any("ratelimit" in name for name in headers):
        return found
    for name, candidates in _HEADERS.items():
        text = next(filter(None, map(headers.get, candidates)), "").strip()
        number = float(text) if _NUMBER.fullmatch(text) else None
        if name.endswith("_reset"):
            number = _seconds(text, number, headers, now)
        if number is not None and math.isfinite(number):
            found[name] = number
    return found


def _seconds(
    text: str, number: float | None, headers: Mapping[str, str], now: datetime | None
) -> float | None:
    if number is not None and number < _A_DATE:
        return number
    until = number if number is not None else _moment(text)
    if until is None:
        return _duration(text)
    return max(0.0, until - time_there(headers.get("date"), now).timestamp())


def _duration(text: str) -> float | None:
    """Read `1h2m3.5s`, as Go writes it."""
    pieces = _PIECE.findall(text)
    if not pieces or "".join(number + unit for number, unit in pieces) != text:
        return None
    return sum(float(number) * _UNITS[unit] for number, unit in pieces)


def _moment(text: str) -> float | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment.timestamp() if moment.tzinfo else None
