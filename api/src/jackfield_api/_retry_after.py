"""How long a server wants us to wait (RFC 9110 §10.2.3), read without trusting it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

_NUMBER: Final = re.compile(r"[0-9]{1,10}(\.[0-9]{1,6})?", re.ASCII)
_HUGE: Final = re.compile(r"[0-9]{11,}(\.[0-9]*)?", re.ASCII)
_PART: Final = re.compile(r"((?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*,)?[^,]*)(?:,|$)", re.IGNORECASE)
_CLOCKS_AGREE: Final = 24 * 3600.0

VERY_LONG: Final = 1e10
"""Seconds that stand for a number too long to be meant."""


def parse_retry_after(headers: Mapping[str, str], now: datetime | None = None) -> float | None:
    """Return the seconds to wait that *headers* ask for; None when they ask for nothing sensible.

    `retry-after-ms` (milliseconds, as OpenAI sends it) goes before `retry-after` (seconds or a date), being
    the finer, unless it is 0. A date is measured against the server's own `Date`, because clocks differ. A
    header that was sent twice, by the remote and by what is in front of it, arrives as one with a comma: the
    longer wait counts.

    Args:
        headers: The response's headers, by lower-case names.
        now: The time here, in UTC; the clock's by default.
    """
    milliseconds = _longest([_seconds(part) for part in _parts(headers.get("retry-after-ms"))])
    if milliseconds:
        return milliseconds / 1000
    date = headers.get("date")
    return _longest([milliseconds, *(_wait(part, date, now) for part in _parts(headers.get("retry-after")))])


def _parts(text: str | None) -> list[str]:
    """Split at the commas between values, and not at the one inside a date."""
    return [part.strip(" \t") for part in _PART.findall(text or "")]


def _longest(waits: list[float | None]) -> float | None:
    return max((wait for wait in waits if wait is not None), default=None)


def _wait(text: str, server_date: str | None, now: datetime | None) -> float | None:
    seconds = _seconds(text)
    return seconds if seconds is not None else _until(text, server_date, now)


def _seconds(text: str) -> float | None:
    if _NUMBER.fullmatch(text):
        return float(text)
    return VERY_LONG if _HUGE.fullmatch(text) else None


def _until(text: str, server_date: str | None, now: datetime | None) -> float | None:
    until = _date(text)
    return None if until is None else max(0.0, (until - time_there(server_date, now)).total_seconds())


def time_there(server_date: str | None, now: datetime | None = None) -> datetime:
    """Return the time by the server's clock, as its `Date` tells; ours where it tells none that is sane."""
    here = now or datetime.now(UTC)
    there = _date(server_date)
    if there is None or abs((there - here).total_seconds()) > _CLOCKS_AGREE:
        return here
    return there


def _date(text: str | None) -> datetime | None:
    if not text or not text.isascii():
        return None
    try:
        date = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return date.replace(tzinfo=UTC) if date.tzinfo is None else date
