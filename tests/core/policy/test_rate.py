"""The rate limit: exact in any window, first come first served."""

from __future__ import annotations

from typing import Any

import anyio
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jackfield import RateLimiter

pytestmark = [pytest.mark.anyio, pytest.mark.virtual_time]

HAIR = 1e-6
"""Seconds by which an event loop may wake somebody early: its clock has a grain."""


def most_in_a_window(starts: list[float], period: float) -> int:
    """Count the slow and obvious way how many starts lie in the fullest window."""
    return max(sum(1 for other in starts if 0 <= other - start < period - HAIR) for start in starts)


@settings(max_examples=25)
@given(
    limit=st.integers(1, 8),
    period=st.floats(0.5, 60),
    share=st.sampled_from([1.0, 0.8, 0.1]),
    pauses=st.lists(st.floats(0, 30), min_size=1, max_size=25),
)
async def test_never_more_than_the_limit(
    limit: int, period: float, share: float, pauses: list[float]
) -> None:
    """However callers come, no window of the period ever sees more starts than the share of the limit."""
    limiter = RateLimiter(limit, period, share)
    starts: list[float] = []

    async def call() -> None:
        await limiter.acquire()
        starts.append(anyio.current_time())

    async with anyio.create_task_group() as tasks:
        for pause in pauses:
            await anyio.sleep(pause)
            tasks.start_soon(call)

    assert len(starts) == len(pauses)
    assert most_in_a_window(starts, period) <= max(1, int(limit * share))


@settings(max_examples=25)
@given(limit=st.integers(1, 8), calls=st.integers(1, 40))
async def test_never_later_than_needed(limit: int, calls: int) -> None:
    """Nobody waits longer than the limit asks: N calls at once end after the fewest possible windows."""
    limiter = RateLimiter(limit, 10, share=1)
    began = anyio.current_time()
    for _ in range(calls):
        await limiter.acquire()

    assert anyio.current_time() - began == pytest.approx(10 * ((calls - 1) // limit), abs=HAIR * calls)


async def test_first_come_first_served() -> None:
    """Waiting callers start in the order in which they came."""
    limiter, order = RateLimiter(1, 1, share=1), []

    async def call(number: int) -> None:
        await limiter.acquire()
        order.append(number)

    async with anyio.create_task_group() as tasks:
        for number in range(20):
            tasks.start_soon(call, number)
            await anyio.lowlevel.checkpoint()

    assert order == list(range(20))


async def test_cancelled_waiter_takes_nothing() -> None:
    """A caller that is cancelled while it waits takes no turn and delays nobody."""
    limiter = RateLimiter(1, 10, share=1)
    await limiter.acquire()
    with anyio.move_on_after(5) as scope:
        await limiter.acquire()
    assert scope.cancelled_caught

    began = anyio.current_time()
    await limiter.acquire()

    assert anyio.current_time() - began == pytest.approx(5, abs=HAIR)


async def test_share_of_a_published_limit() -> None:
    """By default four fifths of a limit are used, others may share the account; one start always is."""
    for limit, most in ((10, 8), (60, 48), (5, 4), (1, 1)):
        limiter: Any = RateLimiter(limit, 60)
        with anyio.move_on_after(59):
            while True:
                await limiter.acquire()

        assert len(limiter._starts) == most
