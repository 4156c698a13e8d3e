"""A request that is cut off says what is true: what may exist, by which name, and what was never sent."""

from __future__ import annotations

import logging
from typing import Any

import anyio
import pytest

from jackfield import Certainty, DeadlineExceeded
from jackfield_playground import Fault

pytestmark = pytest.mark.anyio

HANGING = Fault(route="create", delay_seconds=60)
LOST = Fault(route="create", dropped=True)


def times_asked(playground: Any, route: str) -> int:
    return sum(request.route == route for request in playground.state.requests)


@pytest.mark.parametrize("fault", [HANGING, LOST], ids=["hangs", "is looked for"])
async def test_deadline_of_a_new_run(opened: Any, playground: Any, fault: Fault) -> None:
    """P13: a deadline while a create hangs, or is looked for, says that a run may exist and names our id."""
    playground.state.order(fault)
    async with opened(base_delay=30.0) as connection:
        with pytest.raises(DeadlineExceeded, match="may have started a run") as caught:
            await connection.send("Hello", timeout=3.0)

    assert caught.value.certainty is Certainty.UNKNOWN
    assert f"jackfield.cid {caught.value.request_id}" in str(caught.value)
    assert playground.state.runs[0].metadata["jackfield.cid"] == caught.value.request_id
    assert times_asked(playground, "create") == 1


@pytest.mark.parametrize(
    "fault",
    [Fault(route="resume", delay_seconds=60), Fault(route="resume", dropped=True, executed=False)],
    ids=["hangs", "is looked for"],
)
async def test_deadline_of_a_resume(opened: Any, playground: Any, fault: Fault) -> None:
    """P13: a deadline while nobody knows whether a run got our message says so, with the run's number."""
    async with opened(base_delay=30.0) as connection:
        first = await connection.send("One")
        playground.state.order(fault)
        with pytest.raises(DeadlineExceeded, match="run 1 may have got the message") as caught:
            await connection.send("Two", conversation_id=first.conversation_id, timeout=3.0)

    assert caught.value.certainty is Certainty.UNKNOWN
    assert times_asked(playground, "resume") == 1


async def test_deadline_before_a_resume(opened: Any, playground: Any) -> None:
    """A deadline while the run is only looked at, before anything is said to it: not sent."""
    async with opened() as connection:
        first = await connection.send("One")
        playground.state.delay_next(60, route="logs")
        with pytest.raises(DeadlineExceeded, match="not said to it") as caught:
            await connection.send("Two", conversation_id=first.conversation_id, timeout=2.0)

    assert caught.value.certainty is Certainty.NOT_SENT
    assert times_asked(playground, "resume") == 0


async def test_deadline_in_our_own_limit(opened: Any, playground: Any) -> None:
    """What waits for our own limit of 8 a minute when its time ends was not sent, and says no more."""
    async with opened() as connection:
        first = await connection.send("One")
        for _ in range(7):
            async with connection.stream("One") as stream:
                await anext(stream)
        for conversation in (None, first.conversation_id):
            with pytest.raises(DeadlineExceeded) as caught:
                await connection.send("Nine", conversation_id=conversation, timeout=5.0)
            assert caught.value.certainty is Certainty.NOT_SENT
            assert "may" not in (caught.value.hint or "")

    assert times_asked(playground, "create") + times_asked(playground, "resume") == 8


@pytest.mark.parametrize("fault", [HANGING, LOST], ids=["hangs", "is looked for"])
async def test_caller_that_gives_up(
    opened: Any, playground: Any, caplog: pytest.LogCaptureFixture, fault: Fault
) -> None:
    """P13: a caller that gives up gets no error to read it from; the log names the run that may exist."""
    playground.state.order(fault)
    with caplog.at_level(logging.WARNING, logger="jackfield"):
        async with opened(base_delay=30.0) as connection, anyio.create_task_group() as tasks:
            tasks.start_soon(connection.send, "Hello")
            while not playground.state.runs:  # noqa: ASYNC110  the stand-in is in another thread
                await anyio.sleep(0.01)
            tasks.cancel_scope.cancel()

    assert f"jackfield.cid {playground.state.runs[0].metadata['jackfield.cid']}" in caplog.text
