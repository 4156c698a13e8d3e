"""What servers tell about their limits, as each of them writes it."""

from __future__ import annotations

import math
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jackfield_api import Reply, limits_of

NOW = datetime(2026, 11, 23, 12, 0, 0, tzinfo=UTC)
THERE = "Mon, 23 Nov 2026 11:00:00 GMT"


@pytest.mark.parametrize(
    ("headers", "limits"),
    [
        ({}, {}),
        (
            {
                "x-ratelimit-remaining-requests": "59",
                "x-ratelimit-reset-requests": "1s",
                "x-ratelimit-remaining-tokens": "149984",
                "x-ratelimit-reset-tokens": "6m0s",
            },
            {
                "requests_remaining": 59.0,
                "requests_reset": 1.0,
                "tokens_remaining": 149984.0,
                "tokens_reset": 360.0,
            },
        ),
        (
            {
                "anthropic-ratelimit-requests-remaining": "49",
                "anthropic-ratelimit-requests-reset": "2026-11-23T12:00:30Z",
                "anthropic-ratelimit-tokens-remaining": "0",
                "anthropic-ratelimit-tokens-reset": "2026-11-23T11:00:00Z",
            },
            {
                "requests_remaining": 49.0,
                "requests_reset": 30.0,
                "tokens_remaining": 0.0,
                "tokens_reset": 0.0,
            },
        ),
        (
            {"ratelimit-remaining": "3", "ratelimit-reset": "12"},
            {"requests_remaining": 3, "requests_reset": 12},
        ),
        (
            {"x-ratelimit-remaining": "3", "x-ratelimit-reset": str(NOW.timestamp() + 9)},
            {"requests_remaining": 3, "requests_reset": 9},
        ),
        ({"x-ratelimit-reset": str(NOW.timestamp() - 3600 + 9), "date": THERE}, {"requests_reset": 9}),
        ({"x-ratelimit-reset-tokens": "1d2h3m4.5s"}, {"tokens_reset": 93784.5}),
        ({"x-ratelimit-reset-tokens": "20ms"}, {"tokens_reset": 0.02}),
        ({"x-ratelimit-reset-requests": "0"}, {"requests_reset": 0.0}),
    ],
)
def test_understood(headers: dict[str, str], limits: dict[str, float]) -> None:
    """Every way in use is read: seconds, Go's times, moments by either clock."""
    assert limits_of(headers, NOW) == pytest.approx(limits)


@pytest.mark.parametrize(
    "text", ["-1", "nan", "inf", "soon", "1_000", "6m0", "m", "s1", "2026-11-23", "٣", "1e9"]
)
def test_garbage(text: str) -> None:
    """What is of no form that is known tells nothing."""
    names = ("x-ratelimit-remaining-requests", "x-ratelimit-reset-requests", "ratelimit-reset")

    assert limits_of(dict.fromkeys(names, text), NOW) == {}


@given(st.dictionaries(st.sampled_from(["x-ratelimit-remaining", "x-ratelimit-reset"]), st.text()))
def test_any_text(headers: dict[str, str]) -> None:
    """Whatever a server sends, the limits are numbers of zero or more."""
    assert all(math.isfinite(limit) and limit >= 0 for limit in limits_of(headers, NOW).values())


def test_of_an_answer() -> None:
    """An answer knows the id of its request and the limits that came with it."""
    reply = Reply(status=200, headers={"request-id": "req_1", "ratelimit-remaining": "3"}, body=b"")

    assert (reply.remote_request_id, reply.limits) == ("req_1", {"requests_remaining": 3.0})
