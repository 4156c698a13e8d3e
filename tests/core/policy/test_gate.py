"""The gate: server-told waits, the breaker, one probe at a time."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import suppress

import anyio
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jackfield import (
    AuthenticationRequired,
    ConnectionLost,
    ProviderClosed,
    ProviderError,
    ProviderUnavailable,
    QuotaExhausted,
    RateLimited,
)
from jackfield._policy import Gate

pytestmark = [pytest.mark.anyio, pytest.mark.virtual_time]


def make_gate() -> Gate:
    return Gate(120.0, random=lambda: 0.5)


async def pass_through(gate: Gate, outcome: ProviderError | None = None, seconds: float = 0) -> float:
    """Go through the gate, fail with the outcome if there is one; return when the gate let us pass."""
    try:
        async with gate.passage():
            passed = anyio.current_time()
            await anyio.sleep(seconds)
            if outcome is not None:
                raise outcome
    except ProviderError as error:
        if error is not outcome:
            raise
    return passed


async def broken(failures: int = 5) -> Gate:
    """Return a gate whose breaker has just opened."""
    gate = make_gate()
    for _ in range(failures):
        await pass_through(gate, ProviderUnavailable("down"))
    assert gate.breaker_open
    return gate


async def waited(gate: Gate, outcome: ProviderError | None = None) -> float:
    """Go through the gate; return the seconds of waiting before it."""
    began = anyio.current_time()
    return await pass_through(gate, outcome) - began


async def test_server_told_wait() -> None:
    """After the remote asked for a wait nobody passes sooner, and then everybody does."""
    gate, began = await told_to_wait(30), anyio.current_time()
    assert gate.told_to_wait(began) == pytest.approx(30)
    passed = await crowd(gate, lambda turn: None, size=5)

    assert [time - began for time in passed] == [pytest.approx(30)] * 5
    assert gate.told_to_wait(anyio.current_time()) == 0
    assert not gate.breaker_open


async def test_the_longest_wait_counts() -> None:
    """A later, shorter wait does not open the gate sooner."""
    gate = make_gate()
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(pass_through, gate, RateLimited("slow down", retry_after=30))
        tasks.start_soon(pass_through, gate, RateLimited("slow down", retry_after=3), 1)

    assert await waited(gate) == pytest.approx(29)


@pytest.mark.parametrize("told", [120.1, 21600.0, float("inf"), float("nan"), -5.0, 0.0, None])
async def test_waits_that_are_not_waited(told: float | None) -> None:
    """A wait beyond the cap fails its own request only; an absurd one is ignored."""
    gate = make_gate()
    await pass_through(gate, RateLimited("slow down", retry_after=told))

    assert await waited(gate) == 0


async def test_breaker_opens_after_five_in_a_row() -> None:
    """Four failures in a row open nothing, the fifth does; a success in between starts anew."""
    gate = make_gate()
    for outcome in [*[ConnectionLost("x")] * 4, None, *[ConnectionLost("x")] * 4]:
        assert await waited(gate, outcome) == 0
    assert [gate.breaker_open, await waited(gate, ConnectionLost("x"))] == [False, 0]
    assert [gate.breaker_open, await waited(gate)] == [True, pytest.approx(5)]


async def test_breaker_opens_when_half_fail() -> None:
    """Half of ten calls within thirty seconds open the breaker, though never five failed in a row."""
    gate = make_gate()
    for outcome in [None, ConnectionLost("x")] * 4:
        await pass_through(gate, outcome)
    await pass_through(gate)
    closed = gate.breaker_open
    await pass_through(gate, ConnectionLost("x"))

    assert [closed, gate.breaker_open] == [False, True]


async def test_old_failures_do_not_count() -> None:
    """What failed more than thirty seconds ago is forgotten."""
    gate = make_gate()
    for outcome in [None, ConnectionLost("x")] * 4:
        await pass_through(gate, outcome)
    await anyio.sleep(31)
    await pass_through(gate)
    await pass_through(gate, ConnectionLost("x"))

    assert not gate.breaker_open


@pytest.mark.parametrize(
    "outcome",
    [RateLimited("slow down"), QuotaExhausted("no money"), AuthenticationRequired("who are you")],
    ids=lambda outcome: type(outcome).__name__,
)
async def test_what_does_not_count(outcome: ProviderError) -> None:
    """A rate limit, an empty purse and a refused login are answers of a healthy remote."""
    gate = make_gate()
    for _ in range(20):
        await pass_through(gate, outcome)

    assert not gate.breaker_open


async def test_open_time_doubles() -> None:
    """The breaker stays open 5, 10, 20, 40, 60, 60 … seconds while probes fail."""
    gate = await broken()
    waits = [await waited(gate, ConnectionLost("x")) for _ in range(7)]

    assert waits == [pytest.approx(seconds) for seconds in (5, 10, 20, 40, 60, 60, 60)]


async def test_open_time_shrinks_step_by_step() -> None:
    """A remote that recovered and fails again does not get off as if it had never failed."""
    gate = await broken()
    for _ in range(2):
        await pass_through(gate, ConnectionLost("x"))
    await pass_through(gate)
    for _ in range(5):
        assert not gate.breaker_open
        await pass_through(gate, ConnectionLost("x"))

    assert await waited(gate) == pytest.approx(20)


@given(st.floats(0, 1))
@settings(max_examples=20)
async def test_open_time_is_spread(chance: float) -> None:
    """Several processes do not probe in step: the open time is spread by a fifth to both sides."""
    gate = Gate(120.0, random=lambda: chance)
    for _ in range(5):
        await pass_through(gate, ConnectionLost("x"))

    assert await waited(gate) == pytest.approx(5 * (0.8 + 0.4 * chance))


async def crowd(gate: Gate, outcomes: Callable[[int], ProviderError | None], size: int = 50) -> list[float]:
    """Send a crowd through the gate, each for a second; return when each passed, in order."""
    passed: list[float] = []

    async def call() -> None:
        with suppress(ConnectionLost):
            async with gate.passage():
                passed.append(anyio.current_time())
                error = outcomes(len(passed) - 1)
                await anyio.sleep(1)
                if error is not None:
                    raise error

    async with anyio.create_task_group() as tasks:
        for _ in range(size):
            tasks.start_soon(call)
    return passed


async def test_one_probe() -> None:
    """When the time is over one of the crowd probes; the others pass when it succeeded."""
    gate, began = await broken(), anyio.current_time()
    passed = [time - began for time in await crowd(gate, lambda turn: None)]

    assert passed == [pytest.approx(5)] + [pytest.approx(6)] * 49


async def test_failed_probes() -> None:
    """While probes fail only one of the crowd goes through at a time, ever more seldom."""
    gate, began = await broken(), anyio.current_time()
    down = ConnectionLost("still down")
    passed = [time - began for time in await crowd(gate, lambda turn: down if turn < 3 else None, size=20)]

    assert passed[:5] == [pytest.approx(time) for time in (5, 16, 37, 78, 79)]
    assert passed[4:] == [pytest.approx(79)] * 16


async def test_cancelled_probe_hands_over() -> None:
    """A probe that is cancelled tells nothing; the next who waits probes at once."""
    gate, began = await broken(), anyio.current_time()

    async def victim() -> None:
        with anyio.move_on_after(7):
            await pass_through(gate, seconds=100)

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(victim)
        await anyio.sleep(6)
        passed = await pass_through(gate) - began

    assert passed == pytest.approx(7)
    assert not gate.breaker_open


async def test_probe_with_a_foreign_error() -> None:
    """A probe that ends in an error that is no provider's hands over as well."""
    gate = await broken()
    await anyio.sleep(5)
    with pytest.raises(KeyError):
        async with gate.passage():
            raise KeyError("a plugin's bug")

    assert [gate.breaker_open, await waited(gate), gate.breaker_open] == [True, 0, False]


@pytest.mark.parametrize("late", [ConnectionLost("late"), None], ids=["fails", "succeeds"])
async def test_late_outcomes(late: ProviderError | None) -> None:
    """What was on the wire when the breaker opened changes nothing by how it ends while a probe is out."""
    gate, began = make_gate(), anyio.current_time()
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(pass_through, gate, late, 6)
        await anyio.wait_all_tasks_blocked()
        for _ in range(5):
            await pass_through(gate, ConnectionLost("x"))
        tasks.start_soon(pass_through, gate, ConnectionLost("the probe"), 10)
        await anyio.sleep(7)
        assert gate.breaker_open
        passed = await pass_through(gate) - began

    assert passed == pytest.approx(5 + 10 + 10)


async def test_cancelled_waiter() -> None:
    """A caller that gives up before the gate delays nobody."""
    gate, began = await broken(), anyio.current_time()
    with anyio.move_on_after(3) as scope:
        await pass_through(gate)
    assert scope.cancelled_caught

    assert await pass_through(gate) - began == pytest.approx(5)


@pytest.mark.parametrize("prepare", [broken, lambda: told_to_wait(100)], ids=["breaker", "told"])
async def test_close(prepare: Callable[[], Awaitable[Gate]]) -> None:
    """Closing turns away at once everybody who waits before the gate, and everybody who comes."""
    gate, began, turned_away = await prepare(), anyio.current_time(), 0

    async def wait() -> None:
        nonlocal turned_away
        with pytest.raises(ProviderClosed):
            await pass_through(gate)
        turned_away += 1

    async with anyio.create_task_group() as tasks:
        for _ in range(500):
            tasks.start_soon(wait)
        await anyio.wait_all_tasks_blocked()
        gate.close()
    with pytest.raises(ProviderClosed):
        await pass_through(gate)

    assert turned_away == 500
    assert anyio.current_time() == began


async def told_to_wait(seconds: float) -> Gate:
    """Return a gate that the remote closed for some time."""
    gate = make_gate()
    await pass_through(gate, RateLimited("slow down", retry_after=seconds))
    return gate


async def test_successes_are_forgotten() -> None:
    """The gate remembers the calls of the last 30 seconds only, also when none of them ever fails."""
    gate = make_gate()
    for _ in range(200):
        await pass_through(gate, seconds=1)

    assert len(gate._recent) <= 30
