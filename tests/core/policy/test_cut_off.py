"""What a provider says of an operation that is cut off: where only it knows what may be left behind."""

from __future__ import annotations

import logging
import math
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

import anyio
import pytest

from jackfield import (
    Certainty,
    ConnectionLost,
    DeadlineExceeded,
    ProviderError,
    RateLimiter,
    ResponseFinished,
    TextDelta,
    if_cut_off,
)

pytestmark = [pytest.mark.anyio, pytest.mark.virtual_time]

HINT = "The job j-1 may exist: look for it before you send again."


async def end_of(make_manager: Any, script: Any, step: Callable[[], Awaitable[Any]]) -> ProviderError:
    """Return the error of a request of 10 seconds whose provider awaits *step*."""
    script.attempts = [[step, TextDelta("Hello"), ResponseFinished()]]
    async with make_manager() as manager:
        connection = await manager.add_provider("scripted", {"timeout": 10.0})
        with pytest.raises(ProviderError) as caught:
            await connection.send("Hello")
    return caught.value


@pytest.mark.parametrize("certainty", [None, *Certainty], ids=str)
async def test_told_at_the_deadline(make_manager: Any, script: Any, certainty: Certainty | None) -> None:
    """A deadline within the block has the hint, and the certainty that is given; else it is unknown."""

    async def hang() -> None:
        with if_cut_off(HINT, certainty):
            await anyio.sleep(math.inf)

    error = await end_of(make_manager, script, hang)

    assert isinstance(error, DeadlineExceeded)
    assert error.certainty is (certainty or Certainty.UNKNOWN)
    assert HINT in str(error)


@pytest.mark.parametrize("failing", [False, True])
async def test_not_told_after_the_block(make_manager: Any, script: Any, failing: bool) -> None:
    """A block that was left, by its end or by an error, says nothing of what comes later."""

    async def hang() -> None:
        with suppress(ConnectionLost), if_cut_off(HINT, Certainty.STARTED):
            if failing:
                raise ConnectionLost("the answer was lost")
        await anyio.sleep(math.inf)

    error = await end_of(make_manager, script, hang)

    assert (error.certainty, error.hint) == (Certainty.UNKNOWN, None)


async def test_inner_block_counts(make_manager: Any, script: Any) -> None:
    """Of blocks within blocks the innermost counts, and the outer one again after it."""

    async def hang() -> None:
        with if_cut_off(HINT):
            with if_cut_off("Nothing was sent.", Certainty.NOT_SENT):
                await anyio.sleep(1)
            await anyio.sleep(math.inf)

    assert (await end_of(make_manager, script, hang)).hint == HINT


@pytest.mark.parametrize(
    ("given", "certainty", "hint"),
    [(None, Certainty.NOT_SENT, None), (Certainty.UNKNOWN, Certainty.UNKNOWN, HINT)],
)
async def test_waits_of_ours(
    make_manager: Any, script: Any, given: Certainty | None, certainty: Certainty, hint: str | None
) -> None:
    """A wait for our own limiter is not sent, and says no more, unless the block knows better."""
    limiter = RateLimiter(1, 60.0)

    async def wait() -> None:
        await limiter.acquire()
        with if_cut_off(HINT, given):
            await limiter.acquire()

    error = await end_of(make_manager, script, wait)

    assert (error.certainty, error.hint) == (certainty, hint)


@pytest.mark.parametrize("certainty", [None, Certainty.NOT_SENT])
async def test_caller_that_gives_up(
    make_manager: Any, script: Any, caplog: pytest.LogCaptureFixture, certainty: Certainty | None
) -> None:
    """A caller's own cancellation stays one; what it may leave behind is logged, and else nothing."""

    async def hang() -> None:
        with if_cut_off(HINT, certainty):
            await anyio.sleep(math.inf)

    script.attempts = [[hang]]
    async with make_manager() as manager:
        connection = await manager.add_provider("scripted", {"timeout": 10.0})
        with caplog.at_level(logging.WARNING, logger="jackfield"), anyio.move_on_after(1) as scope:
            await connection.send("Hello")

    assert scope.cancelled_caught
    assert (HINT in caplog.text) == (certainty is None)


async def test_outside_of_an_operation() -> None:
    """Where nothing runs that could be cut off, the block is a block."""
    with pytest.raises(ConnectionLost), if_cut_off(HINT):
        raise ConnectionLost("lost")
