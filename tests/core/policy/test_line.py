"""The line before the gate: who waits there, who is woken, and who goes next."""

from __future__ import annotations

from contextlib import suppress

import anyio
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jackfield import ConnectionLost, ProviderError, ProviderUnavailable, RateLimited
from jackfield._policy import Deadline, Gate

pytestmark = [pytest.mark.anyio, pytest.mark.virtual_time]

OUTCOMES = st.sampled_from(
    [None, None, ConnectionLost("x"), RateLimited("slow down"), RateLimited("slow down", retry_after=3)]
)
CALLERS = st.lists(
    st.tuples(st.integers(0, 5), st.integers(0, 4), st.sampled_from([0.5, 5, 60, 900]), OUTCOMES), max_size=70
)


class CountingGate(Gate):
    """Counts how often somebody looks whether it is open."""

    looks = 0

    def _opens(self, now: float) -> float:
        type(self).looks += 1
        return super()._opens(now)


def make_gate() -> Gate:
    return Gate(120.0, random=lambda: 0.5)


async def test_first_come_first_served() -> None:
    """Those who wait pass in the order in which they came, and who comes later does not pass them by."""
    gate, came, passed = make_gate(), [], []
    gate.hear(30)

    async def call(name: int) -> None:
        came.append(name)
        async with gate.passage():
            passed.append(name)
            await anyio.sleep(1)

    async with anyio.create_task_group() as tasks:
        for name in range(120):
            tasks.start_soon(call, name)
        await anyio.sleep(30.2)
        tasks.start_soon(call, 120)

    assert passed == came
    assert passed[-1] == 120


async def test_a_crowd_is_not_woken_for_each_answer() -> None:
    """Of a thousand who wait only those are woken who may pass: a few looks for each, not one an answer."""
    gate = CountingGate(120.0)
    CountingGate.looks = 0

    async def call() -> None:
        async with gate.passage() as passage:
            await anyio.sleep(0.001)
            gate.answered(passage)
            await anyio.sleep(100)

    async with anyio.create_task_group() as tasks:
        for _ in range(1000):
            tasks.start_soon(call)

    assert CountingGate.looks < 5 * 1000


async def test_who_gives_up_when_woken_wakes_the_next() -> None:
    """The room that the first in line was woken for is the next one's if the first gives up just then."""
    gate, passed, scope = make_gate(), [], anyio.CancelScope()
    for _ in range(5):
        with suppress(ProviderUnavailable):
            async with gate.passage():
                raise ProviderUnavailable("down")
    await anyio.sleep(5)

    async def wait(name: str, scope: anyio.CancelScope) -> None:
        with scope:
            async with gate.passage():
                passed.append((name, anyio.current_time()))

    async with anyio.create_task_group() as tasks, gate.passage():
        tasks.start_soon(wait, "first", scope)
        await anyio.wait_all_tasks_blocked()
        tasks.start_soon(wait, "second", anyio.CancelScope())
        await anyio.wait_all_tasks_blocked()
        now = anyio.current_time()
        scope.cancel()

    assert passed == [("second", now)]


async def test_all_hear_of_a_longer_wait() -> None:
    """When the remote asks for a longer wait, all whose time is too short hear it at once, in any place."""
    gate, refused = make_gate(), []
    gate.hear(5)

    async def wait(seconds: float) -> None:
        async def passes() -> None:
            async with gate.passage():
                pass

        try:
            await Deadline(seconds, gate=gate).bound(passes, "gate")
        except RateLimited:
            refused.append((seconds, anyio.current_time()))

    async with anyio.create_task_group() as tasks:
        for seconds in (100.0, 20.0, 90.0, 10.0):
            tasks.start_soon(wait, seconds)
            await anyio.wait_all_tasks_blocked()
        await anyio.sleep(1)
        now = anyio.current_time()
        gate.hear(60)

    assert sorted(refused) == [(10.0, now), (20.0, now)]


@settings(max_examples=30)
@given(CALLERS)
async def test_any_callers(callers: list[tuple[int, int, float, ProviderError | None]]) -> None:
    """However they come, end and give up: every call ends, and the gate is left as if nobody had come."""
    gate, ended = make_gate(), 0

    async def call(arrival: int, seconds: int, limit: float, outcome: ProviderError | None) -> None:
        async def passes() -> None:
            async with gate.passage():
                await anyio.sleep(seconds)
                if outcome is not None:
                    raise outcome

        nonlocal ended
        await anyio.sleep(arrival)
        with suppress(ProviderError):
            await Deadline(limit, gate=gate).bound(passes, "gate")
        ended += 1

    async with anyio.create_task_group() as tasks:
        for caller in callers:
            tasks.start_soon(call, *caller)

    assert ended == len(callers)
    assert (gate._unanswered, gate._trials, len(gate._line)) == (0, 0, 0)
