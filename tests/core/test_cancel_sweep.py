"""Cancelled at every step: whenever a request is cancelled, the next one is served and nothing is lost.

Cancelling a lone task at its own awaits finds little. Here three requests meet at something of size one, and
the second is cancelled at each scheduler step of any of them in turn, until there are no more steps.
"""

from __future__ import annotations

import types
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Generator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import anyio
import attrs
import pytest

from jackfield import (
    Certainty,
    ConnectionLost,
    ProviderError,
    RateLimiter,
    ResponseFinished,
    ResponseStarted,
    TextDelta,
    hookimpl,
)
from jackfield._policy import Gate, Slots

pytestmark = [pytest.mark.anyio, pytest.mark.virtual_time]

REJECTED = Certainty.REJECTED
ANSWER = [ResponseStarted(handle="run-1"), 0.5, TextDelta("Hello"), ResponseFinished()]


@attrs.define(eq=False)
class Steps:
    """Counts the scheduler steps of all who take part, and cancels the victim at one of them."""

    at: int
    victim: anyio.CancelScope = attrs.field(factory=anyio.CancelScope)
    taken: int = 0

    def tick(self) -> None:
        self.taken += 1
        if self.taken == self.at:
            self.victim.cancel()

    @types.coroutine
    def drive(self, coroutine: Coroutine[Any, Any, None]) -> Generator[Any, Any, None]:
        """Run a coroutine and count each of its steps."""
        sent: Any = None
        raised: BaseException | None = None
        while True:
            self.tick()
            try:
                yielded = coroutine.throw(raised) if raised is not None else coroutine.send(sent)
            except StopIteration:
                self.tick()
                return
            sent, raised = None, None
            try:
                sent = yield yielded
            except BaseException as error:  # noqa: BLE001  it goes on into the coroutine
                raised = error


async def sweep(scenario: Callable[[Steps], Awaitable[None]]) -> int:
    """Run a scenario with a cancellation at step 1, 2, 3 … until it ends before; return how many it has."""
    for at in range(1, 1000):
        steps = Steps(at)
        await scenario(steps)
        if steps.taken < at:
            return at - 1
    raise AssertionError("the scenario has no end")


async def meet(steps: Steps, act: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Let a holder, the victim and another one after it do the same thing."""

    async def victim() -> None:
        with steps.victim:
            await steps.drive(act())

    async def other() -> None:
        await steps.drive(act())

    async with anyio.create_task_group() as tasks:
        for one in (other, victim, other):
            tasks.start_soon(one)
            await anyio.wait_all_tasks_blocked()


async def read(answer: AbstractAsyncContextManager[AsyncIterator[Any]]) -> None:
    """Read an answer to its end."""
    async with answer as events:
        async for _ in events:
            pass


async def serves(act: Callable[[], Awaitable[Any]], seconds: float = 30) -> None:
    """Assert that a fresh one is served in time."""
    with anyio.fail_after(seconds):
        await act()


async def test_slots() -> None:
    """A slot survives a cancellation at every step of those who wait for it and hold it."""

    async def scenario(steps: Steps) -> None:
        slots = Slots(1, 10)

        async def act() -> None:
            async with slots.hold():
                await anyio.sleep(0.1)

        await meet(steps, act)
        assert (slots.in_flight, slots.waiting) == (0, 0)
        await serves(act)

    assert await sweep(scenario) >= 6


async def test_slots_that_close() -> None:
    """Closing at the same time as a cancellation loses nothing either."""

    async def scenario(steps: Steps) -> None:
        slots = Slots(1, 10)

        async def act() -> None:
            try:
                async with slots.hold():
                    await anyio.sleep(0.1)
                    slots.clear()
            except ProviderError:
                pass

        await meet(steps, act)
        assert (slots.in_flight, slots.waiting) == (0, 0)

    assert await sweep(scenario) >= 6


async def test_gate() -> None:
    """The probe survives a cancellation at every step: somebody else probes, and the gate opens."""

    async def scenario(steps: Steps) -> None:
        gate = Gate(120.0)
        for _ in range(5):
            with pytest.raises(ConnectionLost):
                async with gate.passage():
                    raise ConnectionLost("x")
        broken = gate.breaker_open

        async def act() -> None:
            async with gate.passage():
                await anyio.sleep(0.1)

        await meet(steps, act)
        await serves(act)
        assert [broken, gate.breaker_open, gate._probing] == [True, False, False]

    assert await sweep(scenario) >= 6


async def test_rate_limiter() -> None:
    """A turn that was not taken is not counted, at whatever step the cancellation comes."""

    async def scenario(steps: Steps) -> None:
        limiter, taken = RateLimiter(1, 10, share=1), 0

        async def act() -> None:
            nonlocal taken
            await limiter.acquire()
            taken += 1

        await meet(steps, act)
        began = anyio.current_time()
        await serves(act, 10.1)
        assert anyio.current_time() - began <= 10
        assert taken >= 3

    assert await sweep(scenario) >= 4


@pytest.mark.parametrize("way", ["send", "stream", "conversation", "attach", "retried"])
async def test_connection(make_manager: Any, script: Any, way: str) -> None:
    """A connection of one slot survives a cancellation at every step of a request, whatever it does."""
    async with make_manager() as manager:
        connection = await manager.add_provider("scripted", {"max_concurrency": 1, "base_delay": 0})
        talk = connection.conversation()

        async def act() -> None:
            if way == "send":
                await connection.send("Hi")
            elif way == "conversation":
                await talk.send("Hi")
            elif way == "attach":
                async with connection.attach("run-1") as stream:
                    await stream.collect()
            else:
                await read(connection.stream("Hi"))

        async def scenario(steps: Steps) -> None:
            requests = connection.stats.requests
            script.attempts = [ANSWER]
            if way == "retried":
                script.attempts = [[0, ConnectionLost("x", certainty=REJECTED)], *[ANSWER] * 3]
            await meet(steps, act)
            assert (connection.slots.in_flight, connection.slots.waiting, script.on_wire) == (0, 0, 0)
            assert not connection.gate._probing
            await serves(act)
            assert connection.stats.requests - requests in {3, 4}

        assert await sweep(scenario) >= 12
        assert connection.stats.failed == 0


def wrapping() -> object:
    """A plugin that wraps requests and attempts, each with a step before and one after."""

    def middleware(handler: Any) -> Any:
        @asynccontextmanager
        async def wrapped(request: Any) -> Any:
            await anyio.sleep(0.1)
            async with handler(request) as events:
                yield events
            await anyio.lowlevel.checkpoint()

        return wrapped

    class Plugin:
        @hookimpl
        def jackfield_wrap_request(self) -> Any:
            return middleware

        @hookimpl
        def jackfield_wrap_attempt(self) -> Any:
            return middleware

    return Plugin()


@pytest.mark.parametrize("way", ["send", "attach", "models"])
async def test_wrapped(make_manager: Any, script: Any, way: str) -> None:
    """What wraps a request and its attempts loses nothing either, of questions and of calls."""
    async with make_manager(wrapping()) as manager:
        connection = await manager.add_provider("scripted", {"max_concurrency": 1, "base_delay": 0})

        async def act() -> None:
            if way == "models":
                await connection.list_models()
            elif way == "send":
                await connection.send("Hi")
            else:
                async with connection.attach("run-1") as stream:
                    await stream.collect()

        async def scenario(steps: Steps) -> None:
            requests = connection.stats.requests
            script.attempts = [ANSWER]
            await meet(steps, act)
            assert (connection.slots.in_flight, connection.slots.waiting, script.on_wire) == (0, 0, 0)
            assert connection._runs == {}
            await serves(act)
            assert connection.stats.requests - requests in {3, 4}

        assert await sweep(scenario) >= 12
        assert connection.stats.failed == 0


async def test_fan_out(make_manager: Any, script: Any) -> None:
    """A fan-out survives a cancellation at every step of its reader."""
    script.attempts = [ANSWER]
    async with make_manager() as manager:
        for name in ("one", "two"):
            await manager.add_provider("scripted", name=name)

        async def act() -> None:
            await read(manager.stream_parallel("Hi"))

        async def scenario(steps: Steps) -> None:
            await meet(steps, act)
            assert script.on_wire == 0
            await serves(act)

        assert await sweep(scenario) >= 12


async def test_choice(make_manager: Any, make_plugin: Any, script: Any) -> None:
    """A choice whose first connection refuses survives a cancellation at every step; both lose nothing."""
    refusing = type(script)(attempts=[[0, ConnectionLost("x", certainty=REJECTED)]])
    script.attempts = [ANSWER]
    async with make_manager(make_plugin(name="refusing", script=refusing)) as manager:
        connections = [
            await manager.add_provider(name, {"max_concurrency": 1}) for name in ("refusing", "scripted")
        ]
        choice = manager.first_of("refusing", "scripted")

        async def act() -> None:
            await read(choice.stream("Hi"))

        async def scenario(steps: Steps) -> None:
            await meet(steps, act)
            for connection in connections:
                assert (connection.slots.in_flight, connection.slots.waiting) == (0, 0)
                assert not connection.gate._probing
            assert (refusing.on_wire, script.on_wire) == (0, 0)
            await serves(act)

        assert await sweep(scenario) >= 12
        assert connections[1].stats.failed == 0


async def test_the_sweep_finds_a_leak() -> None:
    """The sweep itself works: slots that forget who is cancelled at the hand-over are found out."""

    class Leaky(Slots):
        async def _queue_up(self, era: object) -> None:
            turn = anyio.Event()
            self._queue.append(turn)
            await turn.wait()

    async def scenario(steps: Steps) -> None:
        slots = Leaky(1, 10)

        async def act() -> None:
            async with slots.hold():
                await anyio.sleep(0.1)

        with anyio.move_on_after(30) as scope:
            await meet(steps, act)
        assert not scope.cancelled_caught
        assert slots.in_flight == 0

    with pytest.raises(AssertionError):
        await sweep(scenario)
