"""The gate: server-told waits, the breaker, one probe at a time."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial

import anyio
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jackfield import (
    AuthenticationRequired,
    Certainty,
    CircuitOpen,
    ConnectionLost,
    DeadlineExceeded,
    ModelNotFound,
    ProviderClosed,
    ProviderError,
    ProviderUnavailable,
    QuotaExhausted,
    RateLimited,
)
from jackfield._policy import Deadline, Gate

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


@pytest.mark.parametrize("told", [120.1, 21600.0, float("inf")])
async def test_waits_beyond_the_cap(told: float) -> None:
    """P3: a wait beyond the cap holds everybody else too: they are told at once, and nobody is sent."""
    gate, began = make_gate(), anyio.current_time()
    await pass_through(gate, RateLimited("slow down", retry_after=told))
    with pytest.raises(RateLimited, match="wants no request for") as caught:
        await pass_through(gate)

    assert caught.value.certainty is Certainty.NOT_SENT
    assert caught.value.retry_after == min(told, 24 * 3600)
    assert anyio.current_time() == began


@pytest.mark.parametrize("told", [float("nan"), -5.0])
async def test_absurd_waits(told: float) -> None:
    """P2: a wait that makes no sense holds nobody."""
    gate = make_gate()
    await pass_through(gate, ProviderUnavailable("down", retry_after=told))

    assert await waited(gate) == 0


@pytest.mark.parametrize("told", [None, 0.0])
async def test_a_rate_limit_without_a_time(told: float | None) -> None:
    """P1: a bare rate limit, or one that asks for 0 seconds, closes the gate for a while that grows."""
    gate = make_gate()
    waits = [await waited(gate, RateLimited("slow down", retry_after=told)) for _ in range(5)]

    assert waits == [0, *(pytest.approx(0.75 * seconds) for seconds in (2, 4, 8, 16))]


async def test_care_after_a_rate_limit() -> None:
    """After a bare rate limit one passes, then two at once, four …, and at last everybody."""
    gate = make_gate()
    await pass_through(gate, RateLimited("slow down"))
    passed = await crowd(gate, lambda turn: None, size=20)
    began = passed[0]

    assert [sum(time - began == pytest.approx(step) for time in passed) for step in range(5)] == [
        1,
        2,
        4,
        8,
        5,
    ]


async def test_one_storm_counts_once() -> None:
    """Rate limits of requests that had passed together close the gate once, not once for each."""
    gate = make_gate()
    await crowd(gate, lambda turn: RateLimited("slow down"), size=10)

    assert gate.told_to_wait(anyio.current_time()) == pytest.approx(0.75 * 2)


async def test_a_burst_is_let_out_by_degrees() -> None:
    """A crowd before a remote that does not answer passes by 50, 100, 200 …: a dead one costs 50 requests."""
    gate, began, passed = make_gate(), anyio.current_time(), []

    async def call() -> None:
        passed.append(await pass_through(gate, None, 10) - began)

    async with anyio.create_task_group() as tasks:
        for _ in range(300):
            tasks.start_soon(call)
    counts = [sum(moment == pytest.approx(0.5 * step) for moment in passed) for step in range(4)]

    assert counts == [50, 50, 100, 100]


async def test_answers_let_a_burst_go_on() -> None:
    """Where the remote answers, the next ones need not wait for the half second."""
    gate, began, passed = make_gate(), anyio.current_time(), []

    async def call() -> None:
        async with gate.passage() as passage:
            passed.append(anyio.current_time() - began)
            await anyio.sleep(0.1)
            gate.answered(passage)
            await anyio.sleep(10)

    async with anyio.create_task_group() as tasks:
        for _ in range(200):
            tasks.start_soon(call)

    assert max(passed) == pytest.approx(0.3)


async def test_black_hole() -> None:
    """A remote that takes requests and never answers opens the breaker, at our own deadlines."""
    gate, options = make_gate(), {"login": None}
    for _ in range(5):
        deadline = Deadline(2.0, gate=gate, **options)
        with pytest.raises(DeadlineExceeded):
            await deadline.bound(partial(pass_through, gate, None, 100), "answer")
    assert gate.breaker_open


async def test_our_own_short_limit_says_nothing() -> None:
    """A deadline under a second, or a caller that gives up, teaches the gate nothing."""
    gate = make_gate()
    for _ in range(20):
        with pytest.raises(DeadlineExceeded):
            await Deadline(0.5, gate=gate).bound(partial(pass_through, gate, None, 100), "answer")
        with anyio.move_on_after(2):
            await Deadline(600, gate=gate).bound(partial(pass_through, gate, None, 100), "answer")
    assert not gate.breaker_open


async def test_what_we_refuse_ourselves_teaches_nothing() -> None:
    """A local refusal neither closes an open breaker nor keeps one from opening."""
    gate = await broken()
    await pass_through(gate, ModelNotFound("no such model"))
    assert gate.breaker_open

    gate = make_gate()
    for _ in range(5):
        await pass_through(gate, ConnectionLost("x"))
        await pass_through(gate, ModelNotFound("no such model"))
    assert gate.breaker_open


async def test_a_caller_that_does_not_want_to_wait() -> None:
    """`CircuitOpen`, with the last failure as its cause, where the caller chose it; the probe still goes."""
    gate = Gate(120.0, fails_open=True, random=lambda: 0.5)
    for _ in range(5):
        await pass_through(gate, ProviderUnavailable("down"))
    with pytest.raises(CircuitOpen) as caught:
        await pass_through(gate)
    assert (caught.value.certainty, caught.value.retry_after) == (Certainty.NOT_SENT, pytest.approx(5))
    assert str(caught.value.__cause__) == "down"
    await anyio.sleep(5)
    await pass_through(gate)

    assert not gate.breaker_open


async def test_no_wait_in_vain() -> None:
    """Who cannot wait until the breaker's probe is told so at once, with what had failed."""
    gate, began = await broken(), anyio.current_time()
    with pytest.raises(DeadlineExceeded, match="asked again in 5 s, and 2 s are allowed") as caught:
        await Deadline(2.0, gate=gate).bound(partial(pass_through, gate), "gate")

    assert (caught.value.phase, caught.value.certainty) == ("gate", Certainty.NOT_SENT)
    assert str(caught.value.__cause__) == "down"
    assert anyio.current_time() == began


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
        with suppress(ConnectionLost, RateLimited):
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
    """Closing turns away at once everybody who waits before the gate; what it has learnt stays."""
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
        gate.clear()

    assert turned_away == 500
    assert anyio.current_time() == began
    assert await waited(gate) > 0


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
