"""The queue in front of a connection and the slots behind it."""

from __future__ import annotations

from collections.abc import Callable

import anyio
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jackfield import ProviderClosed, QueueFull
from jackfield._policy import Slots

pytestmark = [pytest.mark.anyio, pytest.mark.virtual_time]


async def hold(slots: Slots, seconds: float, note: Callable[[], None] = lambda: None) -> None:
    """Hold a slot for some time."""
    async with slots.hold():
        note()
        await anyio.sleep(seconds)


async def test_at_most_the_limit() -> None:
    """A thousand callers at once: never more than the limit hold, and all of them come through."""
    slots, most, through = Slots(8, 1000), 0, 0

    def note() -> None:
        nonlocal most, through
        most, through = max(most, slots.in_flight), through + 1

    async with anyio.create_task_group() as tasks:
        for _ in range(1000):
            tasks.start_soon(hold, slots, 1, note)

    assert (most, through) == (8, 1000)
    assert (slots.in_flight, slots.waiting) == (0, 0)


async def test_first_come_first_served() -> None:
    """Who waits gets a slot in the order of coming; who comes later does not overtake."""
    slots, order = Slots(1, 100), []
    async with anyio.create_task_group() as tasks:
        for number in range(20):
            tasks.start_soon(hold, slots, 0.5, lambda number=number: order.append(number))
            await anyio.sleep(0.1)

    assert order == list(range(20))


@pytest.mark.parametrize("queue", [0, 2])
async def test_queue_full(queue: int) -> None:
    """Beyond the queue a caller is refused at once, with the figures and what to do."""
    slots = Slots(1, queue)
    async with anyio.create_task_group() as tasks:
        for _ in range(1 + queue):
            tasks.start_soon(hold, slots, 10)
        await anyio.wait_all_tasks_blocked()
        began = anyio.current_time()
        with pytest.raises(
            QueueFull, match=f"{queue} requests wait already and 1 are on the wire.*max_queue"
        ):
            await hold(slots, 0)

        assert anyio.current_time() == began
    assert slots.in_flight == 0


async def test_cancelled_in_the_queue() -> None:
    """A caller that is cancelled while it waits leaves the queue, and nobody else waits longer for it."""
    slots = Slots(1, 10)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(hold, slots, 10)
        await anyio.wait_all_tasks_blocked()
        with anyio.move_on_after(5) as scope:
            await hold(slots, 0)
        assert scope.cancelled_caught
        assert slots.waiting == 0

    began = anyio.current_time()
    await hold(slots, 0)
    assert anyio.current_time() == began


async def test_cancelled_at_the_hand_over() -> None:
    """A caller that is cancelled in the very step in which it is handed the slot hands it on."""
    slots, release, victim, order = Slots(1, 10), anyio.Event(), anyio.CancelScope(), list[str]()

    async def holder() -> None:
        async with slots.hold():
            await release.wait()
        victim.cancel()

    async def cancelled() -> None:
        with victim:
            await hold(slots, 0, lambda: order.append("victim"))

    async with anyio.create_task_group() as tasks:
        for task in (holder, cancelled):
            tasks.start_soon(task)
            await anyio.wait_all_tasks_blocked()
        tasks.start_soon(hold, slots, 0, lambda: order.append("next"))
        await anyio.wait_all_tasks_blocked()
        release.set()

    assert order in (["next"], ["victim", "next"])
    assert (slots.in_flight, slots.waiting) == (0, 0)


CALLERS = st.lists(
    st.tuples(st.integers(0, 5), st.integers(0, 5), st.none() | st.integers(0, 8)), min_size=1, max_size=30
)


@settings(max_examples=30)
@given(CALLERS, st.integers(1, 4), st.integers(0, 10))
async def test_any_callers(callers: list[tuple[int, int, int | None]], limit: int, queue: int) -> None:
    """Whoever comes, holds and is cancelled whenever: the limits hold, the order too, and nothing is lost.

    The order is that of time: who came earlier is not served later. Those who are served in one instant may
    take their first step in any order, which is the event loop's to choose.
    """
    slots, came, served, ended = Slots(limit, queue), list[int](), dict[int, float](), 0

    async def call(number: int, seconds: int, patience: int | None) -> None:
        nonlocal ended
        with anyio.move_on_after(patience):
            came.append(number)
            try:
                async with slots.hold():
                    served[number] = anyio.current_time()
                    assert slots.in_flight <= limit
                    await anyio.sleep(seconds)
            except QueueFull:
                assert slots.waiting == queue
        assert slots.waiting <= queue
        ended += 1

    async with anyio.create_task_group() as tasks:
        for number, (pause, seconds, patience) in enumerate(callers):
            await anyio.sleep(pause)
            tasks.start_soon(call, number, seconds, patience)

    assert ended == len(callers)
    in_order_of_coming = [served[number] for number in came if number in served]
    assert in_order_of_coming == sorted(in_order_of_coming)
    assert (slots.in_flight, slots.waiting) == (0, 0)


async def test_close() -> None:
    """Closing turns away who waits, and takes back the slots of who is elsewhere; a new life begins empty."""
    slots, turned_away = Slots(1, 10), 0

    async def wait() -> None:
        nonlocal turned_away
        with pytest.raises(ProviderClosed):
            await hold(slots, 0)
        turned_away += 1

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(hold, slots, 10)
        await anyio.wait_all_tasks_blocked()
        for _ in range(5):
            tasks.start_soon(wait)
        await anyio.wait_all_tasks_blocked()
        slots.clear()
        await anyio.wait_all_tasks_blocked()
        assert (turned_away, slots.in_flight) == (5, 0)
        tasks.start_soon(hold, slots, 20)
        await anyio.sleep(15)
        assert slots.in_flight == 1

    assert (slots.in_flight, slots.waiting) == (0, 0)
