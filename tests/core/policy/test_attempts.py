"""The time of one request, and how its attempts are left."""

from __future__ import annotations

import math
from typing import Any

import anyio
import pytest

from jackfield import (
    AuthenticationRequired,
    Certainty,
    ConnectFailed,
    ConnectionLost,
    DeadlineExceeded,
    ResponseFinished,
    ResponseStarted,
    TextDelta,
)

pytestmark = [pytest.mark.anyio, pytest.mark.virtual_time]

STARTED, HELLO, DONE = ResponseStarted(handle="run-1"), TextDelta("Hello"), ResponseFinished()
GOOD = (STARTED, HELLO, DONE)


async def test_the_attempt_is_left_at_once(make_wire: Any, make_attempts: Any) -> None:
    """What lies below learns of its error at once, before the wait and before the caller leaves the block."""
    error, bug = ConnectFailed("x"), KeyError("a plugin's bug")
    wire = make_wire([0, error], [STARTED, bug])
    with pytest.raises(KeyError):
        async with make_attempts(wire) as attempts:
            await attempts.__anext__()
            assert wire.left == [error]
            assert wire.left_at[0] == wire.entered[0]
            try:
                await attempts.__anext__()
            finally:
                assert wire.left == [error, bug]


@pytest.mark.parametrize(
    ("steps", "phase"),
    [([math.inf, *GOOD], "answer"), ([STARTED, math.inf, *GOOD], "event")],
    ids=["answer", "event"],
)
async def test_deadline(make_wire: Any, read: Any, steps: list[Any], phase: str) -> None:
    """N11: the whole operation ends at its deadline, in whatever it is waiting; what lies below is left."""
    wire, began = make_wire([1, STARTED, *steps] if phase == "event" else steps), anyio.current_time()
    with pytest.raises(DeadlineExceeded, match="within 10 s") as caught:
        await read(wire, timeout=10.0)

    assert caught.value.phase == phase
    assert caught.value.certainty is (Certainty.STARTED if phase == "event" else Certainty.UNKNOWN)
    assert anyio.current_time() - began == pytest.approx(10)
    assert len(wire.left) == (phase == "event")


async def test_deadline_over_many_events(make_wire: Any, read: Any) -> None:
    """A stream that trickles for ever ends at the deadline: it holds for the sum, not for each event."""
    wire, began = make_wire([part for _ in range(100) for part in (1, TextDelta("x"))]), anyio.current_time()
    with pytest.raises(DeadlineExceeded):
        await read(wire, timeout=10.5)

    assert anyio.current_time() - began == pytest.approx(10.5)


async def test_deadline_of_a_renewal(make_wire: Any, make_login: Any, read: Any) -> None:
    """A login that hangs while it is renewed is held to the request's deadline."""
    wire, began = make_wire([AuthenticationRequired("401")]), anyio.current_time()
    with pytest.raises(DeadlineExceeded) as caught:
        await read(wire, timeout=10.0, login=make_login(None))

    assert caught.value.phase == "login"
    assert anyio.current_time() - began == pytest.approx(10)


@pytest.mark.parametrize("steps", [[math.inf], [STARTED, math.inf]], ids=["answer", "event"])
@pytest.mark.parametrize("moment", [1.0, 2.0])
async def test_outer_cancellation_wins(make_wire: Any, read: Any, steps: list[Any], moment: float) -> None:
    """A cancellation from outside stays one, also in the very moment of the deadline."""
    with anyio.move_on_after(moment) as scope:
        await read(make_wire(steps), timeout=2.0)
    assert scope.cancelled_caught


async def test_cancelled_between_attempts(make_wire: Any, read: Any) -> None:
    """A cancellation ends the wait before the next attempt, which is not made."""
    wire = make_wire([ConnectFailed("x")])
    with anyio.move_on_after(1) as scope:
        await read(wire)

    assert scope.cancelled_caught
    assert len(wire.entered) == 1


@pytest.mark.parametrize(
    "more", [[], [HELLO, HELLO], [ConnectionLost("late")], [KeyError("late")], [math.inf]], ids=str
)
async def test_what_follows_the_end(make_wire: Any, read: Any, more: list[Any]) -> None:
    """What a provider says or does after ResponseFinished does not count: the answer is whole."""
    wire = make_wire([*GOOD, *more])

    assert await read(wire) == list(GOOD)
    assert wire.left == [None]


class Own(Exception):
    """An error of the caller's block."""


@pytest.mark.parametrize("error", [Own(), ConnectionLost("of another connection")], ids=repr)
async def test_errors_of_the_caller(make_wire: Any, make_attempts: Any, error: Exception) -> None:
    """An error of the caller's own block stays as it is; what lies below only sees that it was left."""
    wire = make_wire(GOOD)
    with pytest.raises(type(error)) as caught:
        async with make_attempts(wire) as attempts:
            await attempts.__anext__()
            raise error

    assert caught.value is error
    assert wire.left == [None]


async def test_cancelled_in_the_block(make_wire: Any, make_attempts: Any) -> None:
    """What lies below sees a cancellation as one, and has five seconds to close under it."""
    for seconds, needed in ((3.0, 3.0), (math.inf, 5.0)):
        wire, began = make_wire(GOOD), anyio.current_time()
        wire.closing = [seconds]
        with anyio.CancelScope() as scope:
            async with make_attempts(wire) as attempts:
                scope.cancel()
                await attempts.__anext__()

        assert scope.cancelled_caught
        assert wire.left_at[0] - began == pytest.approx(needed)
        assert not isinstance(wire.left[0], Exception)


async def test_error_while_closing(make_wire: Any, read: Any) -> None:
    """An error while a finished attempt is closed changes nothing: the answer is whole."""
    wire = make_wire(GOOD)
    wire.closing = [ConnectionLost("while closing")]

    assert await read(wire) == list(GOOD)


@pytest.mark.parametrize("answer", [None, "text", iter("x")], ids=["None", "text", "iterator"])
async def test_handler_that_gives_no_context(make_wire: Any, read: Any, answer: Any) -> None:
    """A provider whose `stream` gives something else than a context manager is told so by a TypeError."""
    with pytest.raises(TypeError, match="asynchronous context manager"):
        await read(make_wire(GOOD), handler=lambda request: answer)
