"""What of one request is sent again, and what never is."""

from __future__ import annotations

import math
from typing import Any

import anyio
import pytest

from jackfield import (
    AuthenticationRequired,
    Certainty,
    ChallengeRequired,
    ConnectFailed,
    ConnectionLost,
    DeadlineExceeded,
    Effect,
    EmptyResponse,
    MalformedResponse,
    ProviderError,
    ProviderUnavailable,
    RateLimited,
    ResponseFinished,
    ResponseStarted,
    StreamInterrupted,
    TextDelta,
)
from jackfield._policy import RetryBudget

pytestmark = [pytest.mark.anyio, pytest.mark.virtual_time]

STARTED, HELLO, DONE = ResponseStarted(handle="run-1"), TextDelta("Hello"), ResponseFinished()
GOOD = (STARTED, HELLO, DONE)


UNCERTAIN: list[ProviderError] = [
    ConnectionLost("reset"),
    ProviderUnavailable("502"),
    MalformedResponse("no sense"),
    DeadlineExceeded("ours", phase="answer"),
    EmptyResponse("nothing"),
    StreamInterrupted("cut"),
]


@pytest.mark.parametrize("effect", [Effect.COSTLY, Effect.EFFECT])
@pytest.mark.parametrize("error", UNCERTAIN, ids=lambda error: type(error).__name__)
@pytest.mark.parametrize("entered", [True, False], ids=["before headers", "before events"])
async def test_nothing_is_sent_twice(
    make_wire: Any, read: Any, error: ProviderError, effect: Effect, entered: bool
) -> None:
    """A request that the remote may have acted on is on the wire once, however it failed."""
    wire = make_wire([error] if entered else [0, error], GOOD)
    with pytest.raises(type(error)) as caught:
        await read(wire, effect)

    assert caught.value is error
    assert len(wire.entered) == 1


@pytest.mark.parametrize(
    "error",
    [
        ConnectFailed("refused"),
        RateLimited("429"),
        ProviderUnavailable("529", certainty=Certainty.REJECTED),
    ],
    ids=lambda error: type(error).__name__,
)
@pytest.mark.parametrize("entered", [True, False], ids=["before headers", "before events"])
async def test_what_did_not_act_is_sent_again(
    make_wire: Any, make_attempts: Any, read: Any, error: ProviderError, entered: bool
) -> None:
    """A request that the remote certainly did not act on is sent again, with the waits told beforehand."""
    retries: list[float] = []
    wire = make_wire([error] if entered else [0, error], [error], GOOD)
    attempts = make_attempts(wire, retries=retries)

    assert await read(attempts) == list(GOOD)
    assert attempts.count == len(wire.entered) == 3
    assert retries == pytest.approx([2, 4])
    assert wire.entered[2] - wire.entered[0] == pytest.approx(6)


@pytest.mark.parametrize("opting", [{"uncertain": True}, {"always": True}, {"effect": Effect.SAFE}], ids=str)
@pytest.mark.parametrize("error", [ConnectionLost("reset"), StreamInterrupted("cut")], ids=repr)
async def test_opted_in(make_wire: Any, read: Any, error: ProviderError, opting: dict[str, Any]) -> None:
    """Who opts in, by request or by option, or whose requests are free, gets another attempt."""
    wire = make_wire([0, error], GOOD)

    assert await read(wire, **opting) == list(GOOD)
    assert wire.left[0] is error


async def test_stream_without_an_end(make_wire: Any, read: Any) -> None:
    """A stream that just stops is an error, tried again before the first event where that is free."""
    for effect, tried in ((Effect.SAFE, 2), (Effect.EFFECT, 1)):
        wire = make_wire([0], [0, StreamInterrupted("again")])
        with pytest.raises(StreamInterrupted):
            await read(wire, effect, max_retries=1)
        assert len(wire.entered) == tried
        assert isinstance(wire.left[0], StreamInterrupted)


@pytest.mark.parametrize(
    "error", [ConnectFailed("x"), RateLimited("x"), ConnectionLost("x"), StreamInterrupted("x")], ids=repr
)
async def test_nothing_after_the_first_event(
    make_wire: Any, make_attempts: Any, error: ProviderError
) -> None:
    """After an event was handed out nothing is sent again, whatever the error and whoever opted in."""
    wire = make_wire([STARTED, error], GOOD)
    got: list[Any] = []
    with pytest.raises(type(error)):
        async with make_attempts(wire, Effect.SAFE, uncertain=True, always=True) as attempts:
            async for event in attempts:
                got.append(event)  # noqa: PERF401  what came before the error matters

    assert got == [STARTED]
    assert len(wire.entered) == 1


async def test_retry_after(make_wire: Any, read: Any) -> None:
    """The wait that the remote asked for is kept."""
    wire = make_wire([RateLimited("x", retry_after=30)], GOOD)
    await read(wire)

    assert wire.entered[1] - wire.entered[0] == pytest.approx(30 + 3.1)


@pytest.mark.parametrize("told", [120.5, 21_600.0, math.inf])
async def test_retry_after_beyond_the_cap(make_wire: Any, read: Any, told: float) -> None:
    """A wait of six hours is not slept: the caller hears of it at once, with the figure."""
    wire, began = make_wire([RateLimited("x", retry_after=told)], GOOD), anyio.current_time()
    with pytest.raises(RateLimited) as caught:
        await read(wire, timeout=None)

    assert caught.value.retry_after == told
    assert anyio.current_time() == began


async def test_last_error_at_once(make_wire: Any, read: Any) -> None:
    """When the next wait does not fit into the time, the last real error is raised at once."""
    wire, began = (
        make_wire([ConnectFailed("one")], [ConnectFailed("two")], [ConnectFailed("three")]),
        anyio.current_time(),
    )
    with pytest.raises(ConnectFailed, match="three"):
        await read(wire, timeout=13.0)

    assert anyio.current_time() - began == pytest.approx(6)


async def test_max_retries(make_wire: Any, read: Any) -> None:
    """There are no more retries than allowed."""
    wire = make_wire([ConnectFailed("x")])
    with pytest.raises(ConnectFailed):
        await read(wire, max_retries=3)

    assert len(wire.entered) == 4


async def test_budget(make_wire: Any, read: Any) -> None:
    """A connection that has spent its budget does not try again; first-try answers earn it back."""
    budget = RetryBudget(left=13)
    with pytest.raises(ConnectionLost):
        await read(make_wire([ConnectionLost("x")], GOOD), budget=budget, always=True)

    await read(make_wire(GOOD), budget=budget)
    assert budget.left == 14
    assert await read(make_wire([ConnectionLost("x")], GOOD), budget=budget, always=True) == list(GOOD)
    assert budget.left == 0


async def test_what_was_not_sent_is_free(make_wire: Any, read: Any) -> None:
    """What the remote certainly did not act on is tried again whatever the budget."""
    budget = RetryBudget(left=0)
    wire = make_wire([ConnectFailed("x")], [RateLimited("x")], GOOD)

    assert await read(wire, budget=budget) == list(GOOD)
    assert budget.left == 0


async def test_leaving_early_earns_nothing(make_wire: Any, make_attempts: Any) -> None:
    """A stream that was left before its end was no success that earns retries."""
    budget = RetryBudget(left=0)
    async with make_attempts(make_wire(GOOD), budget=budget) as attempts:
        await attempts.__anext__()

    assert budget.left == 0


async def test_renewed_login(make_wire: Any, make_attempts: Any, make_login: Any, read: Any) -> None:
    """A refused login is renewed once, at no wait, and the request is sent again."""
    wire, login = make_wire([AuthenticationRequired("401")], GOOD), make_login(True)
    attempts = make_attempts(wire, login=login, max_retries=0)

    assert await read(attempts) == list(GOOD)
    assert wire.entered[0] == wire.entered[1]
    assert login.seen == [0]


async def test_refused_again(make_wire: Any, make_login: Any, read: Any) -> None:
    """A second refusal ends the request, and the login that was current then is the one refused."""
    wire, login = make_wire([AuthenticationRequired("401")]), make_login(True, True, True)
    with pytest.raises(AuthenticationRequired):
        await read(wire, login=login)

    assert len(wire.entered) == 2
    assert login.seen == [0, 1]


@pytest.mark.parametrize("error", [AuthenticationRequired("401"), ChallengeRequired("captcha")], ids=repr)
async def test_login_that_cannot_be_renewed(
    make_wire: Any, make_login: Any, read: Any, error: AuthenticationRequired
) -> None:
    """A refusal that no other login answers is raised, after one attempt."""
    wire, login = make_wire([error], GOOD), make_login(False)
    with pytest.raises(AuthenticationRequired) as caught:
        await read(wire, login=login)

    assert caught.value is error
    assert (len(wire.entered), login.seen) == (1, [0])


async def test_refused_after_the_first_event(make_wire: Any, make_login: Any, read: Any) -> None:
    """A refusal in the middle of an answer is raised; nothing is sent again."""
    wire, login = make_wire([STARTED, AuthenticationRequired("401")], GOOD), make_login(True)
    with pytest.raises(AuthenticationRequired):
        await read(wire, login=login)

    assert len(wire.entered) == 1
    assert login.seen == []


async def test_renewal_is_no_retry(make_wire: Any, make_login: Any, read: Any) -> None:
    """A renewed login takes nothing from the retries that a failing remote gets."""
    refused, down = AuthenticationRequired("401"), ConnectFailed("x")
    wire, retries = make_wire([refused], [down], GOOD), list[float]()

    assert await read(wire, login=make_login(True), max_retries=1, retries=retries) == list(GOOD)
    assert retries == [2]
