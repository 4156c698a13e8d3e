"""Retry-After, as RFC 9110 has it and as servers send it."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from email.utils import format_datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from jackfield_api import parse_retry_after

NOW = datetime(2026, 11, 23, 12, 0, 0, tzinfo=UTC)
LATER = format_datetime(datetime(2026, 11, 23, 12, 1, 30, tzinfo=UTC), usegmt=True)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"retry-after": "7"}, 7.0),
        ({"retry-after": "0"}, 0.0),
        ({"retry-after": " 1.5\t"}, 1.5),
        ({"retry-after": "21600"}, 21600.0),
        ({"retry-after-ms": "250", "retry-after": "7"}, 0.25),
        ({"retry-after-ms": "soon", "retry-after": "7"}, 7.0),
        ({"retry-after-ms": "0", "retry-after": "7"}, 7.0),
        ({"retry-after-ms": "0"}, 0.0),
        ({"retry-after": "9" * 400}, 1e10),
        ({"retry-after": "2, 2"}, 2.0),
        ({"retry-after": "1, 7"}, 7.0),
        ({"retry-after": f"{LATER}, 120"}, 120.0),
        ({"retry-after": f"soon, {LATER},{LATER}"}, 90.0),
        ({"retry-after": "Monday, 23-Nov-26 12:01:30 GMT, 7"}, 90.0),
        ({"retry-after-ms": "100,250"}, 0.25),
        ({"retry-after": LATER}, 90.0),
        ({"retry-after": "Mon, 23 Nov 2026 11:00:00 GMT"}, 0.0),
        ({"retry-after": "Mon, 23 Nov 2026 12:00:05"}, 5.0),
    ],
)
def test_understood(headers: dict[str, str], seconds: float | None) -> None:
    """P1-P3: seconds, milliseconds and dates are understood; of several, the longest; the past is no wait."""
    assert parse_retry_after(headers, NOW) == seconds


@pytest.mark.parametrize(
    "text",
    ["", "-1", "+3", "7s", "nan", "inf", "1_000", "1e9", "0x10", "٣", "1.2.3", "31 Feb 2026", "soon", "1;5"],
)
def test_garbage(text: str) -> None:
    """P2: what is neither seconds nor a date asks for nothing."""
    assert parse_retry_after({"retry-after": text}, NOW) is None


def test_servers_clock() -> None:
    """P19: a date is measured against the server's own clock when that is sane."""
    an_hour_off = "Mon, 23 Nov 2026 11:00:00 GMT"
    headers = {"retry-after": "Mon, 23 Nov 2026 11:00:20 GMT", "date": an_hour_off}

    assert parse_retry_after(headers, NOW) == 20.0
    assert parse_retry_after({"retry-after": LATER, "date": "Thu, 01 Jan 1970 00:00:00 GMT"}, NOW) == 90.0


header_text = st.one_of(
    st.text(max_size=40),
    st.from_regex(r"[-+]?[0-9_.eE]{0,40}"),
    st.datetimes().map(format_datetime),
    st.datetimes(timezones=st.timezones()).map(format_datetime),
    st.from_regex(r"(Mon|Fri), [0-9]{1,3} (Feb|Nov) [0-9]{1,5} [0-9]{1,3}:[0-9]{2}:[0-9]{2} [-+A-Z0-9]{0,8}"),
)


@given(st.dictionaries(st.sampled_from(["retry-after", "retry-after-ms", "date"]), header_text))
@example({"retry-after": "Fri, 31 Feb 9999 23:59:59 -9999"})
@example({"retry-after": "Fri, 31 Dec 9999 23:59:59 -1200", "date": "Fri, 01 Jan 0001 00:00:00 +1200"})
def test_never_absurd(headers: dict[str, str]) -> None:
    """Whatever is sent, the result is None, or finite and not negative."""
    seconds = parse_retry_after(headers)

    assert seconds is None or (math.isfinite(seconds) and seconds >= 0)
