"""Whether to try again, and how long to wait first."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from functools import partial
from typing import Any

import anyio
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jackfield import (
    AuthenticationRequired,
    Certainty,
    CircuitOpen,
    ConfigError,
    ConnectFailed,
    ConnectionLost,
    DeadlineExceeded,
    Effect,
    InvalidRequest,
    MalformedResponse,
    ProviderError,
    ProviderOptions,
    ProviderUnavailable,
    QueueFull,
    QuotaExhausted,
    RateLimited,
    RunFailed,
    RunTimeout,
    StreamInterrupted,
    SubmissionUncertain,
    TLSFailed,
)
from jackfield._policy import Attempts, Deadline, RetryBudget, RetryPolicy, answer_of, one_answer

REJECTED, NOT_SENT = Certainty.REJECTED, Certainty.NOT_SENT


def policy(effect: Effect = Effect.EFFECT, **changes: Any) -> RetryPolicy:
    known = {"max_retries": 20, "base_delay": 2.0, "cap_delay": 60.0, "retry_after_cap": 120.0}
    return RetryPolicy(effect=effect, **{**known, "retry_uncertain": False, "random": lambda: 1.0, **changes})


async def retried(call: Any, policy: RetryPolicy, seconds: float | None) -> Any:
    """Await a call that has one answer, tried again as the policy says."""
    deadline = Deadline(seconds)
    handler = partial(one_answer, call)
    return await answer_of(Attempts(handler=handler, deadline=deadline, policy=policy, budget=RetryBudget()))


TABLE: list[tuple[ProviderError, bool, bool]] = [
    # the cause, whether it is tried again when repeating is free, and when it is not
    (ConnectFailed("refused, or no such host"), True, True),
    (ProviderUnavailable("503 with Retry-After, 529", certainty=REJECTED, retry_after=5), True, True),
    (RateLimited("429"), True, True),
    (RateLimited("429", retry_after=120), True, True),
    (TLSFailed("expired"), False, False),
    (QuotaExhausted("402"), False, False),
    (AuthenticationRequired("401"), False, False),
    (InvalidRequest("422"), False, False),
    (RateLimited("429", retry_after=120.1), False, False),
    (RateLimited("429", retry_after=math.nan), False, False),
    (RateLimited("429", retry_after=-1), False, False),
    (ProviderUnavailable("500, 502, 504, plain 503"), True, False),
    (ConnectionLost("reset"), True, False),
    (StreamInterrupted("before the first event"), True, False),
    (MalformedResponse("no sense"), False, False),
    (DeadlineExceeded("ours", phase="answer"), False, False),
    (RunTimeout("ours", phase="event"), False, False),
    (RunFailed("it failed"), False, False),
    (SubmissionUncertain("who knows"), False, False),
    (CircuitOpen("wait"), False, False),
    (QueueFull("full"), False, False),
]


@pytest.mark.parametrize(
    ("error", "free", "costly"), TABLE, ids=[f"{number} {row[0]!r}" for number, row in enumerate(TABLE)]
)
def test_table(error: ProviderError, free: bool, costly: bool) -> None:
    """What is tried again: with an effect or a cost, only what the remote certainly did not act on."""
    assert policy(Effect.SAFE).may_retry(error) is free
    for effect in (Effect.COSTLY, Effect.EFFECT):
        assert policy(effect).may_retry(error) is costly
        opted_in = policy(effect, retry_uncertain=True).may_retry(error)
        assert opted_in is free
        assert policy(effect).may_retry(error, uncertain=True) is opted_in


@given(st.sampled_from(Certainty), st.sampled_from(Effect), st.booleans(), st.booleans(), st.booleans())
def test_nothing_acts_twice(
    certainty: Certainty, effect: Effect, transient: bool, uncertain: bool, always: bool
) -> None:
    """Whatever the error: when the remote may have acted, nothing is tried again unless somebody said so."""
    error = (ConnectionLost if transient else RunFailed)("x", certainty=certainty)
    tried = policy(effect, retry_uncertain=always).may_retry(error, uncertain=uncertain)

    may_have_acted = certainty in {Certainty.UNKNOWN, Certainty.STARTED}
    assert not (tried and may_have_acted and effect is not Effect.SAFE) or uncertain or always
    assert not tried or transient


@given(st.integers(0, 10_000), st.floats(0, 1))
def test_full_jitter(retries: int, chance: float) -> None:
    """The wait is anything between nothing and the doubling delay, which the cap ends."""
    longest = min(60.0, 2.0 * 2.0 ** min(retries, 30))

    assert policy(random=lambda: chance).wait(ConnectFailed("x"), retries) == pytest.approx(chance * longest)


def test_doubling() -> None:
    """The longest waits are 2, 4, 8, 16, 32, 60, 60 … seconds: twenty of them are 16 minutes, not 24 days."""
    waits = [policy().wait(ConnectFailed("x"), retries) for retries in range(20)]

    assert waits[:7] == [2, 4, 8, 16, 32, 60, 60]
    assert sum(waits) == 962


@given(st.floats(0, 120), st.floats(0, 1), st.integers(0, 30))
def test_never_sooner_than_told(told: float, chance: float, retries: int) -> None:
    """P2: a wait that the remote asked for is the least: spread upwards, and the growing wait goes on."""
    wait = policy(random=lambda: chance).wait(RateLimited("x", retry_after=told), retries)
    bare = policy(random=lambda: chance).wait(RateLimited("x"), retries)

    assert told <= wait <= max(bare, told + min(5.0, 0.1 * told + 0.1))
    assert wait >= bare


@given(st.floats(0, 1), st.integers(0, 30))
def test_half_jitter(chance: float, retries: int) -> None:
    """After a bare rate limit at least half of the delay is waited: to come back at once is pointless."""
    longest = min(60.0, 2.0 * 2.0**retries)

    assert policy(random=lambda: chance).wait(RateLimited("x"), retries) >= longest / 2


def test_policy_of_options() -> None:
    """A connection's options are its policy."""
    options = ProviderOptions(
        max_retries=3, base_delay=1.0, cap_delay=9.0, retry_after_cap=7.0, retry_uncertain=True
    )
    made = RetryPolicy.of(options, Effect.COSTLY)

    assert (made.max_retries, made.base_delay, made.cap_delay) == (3, 1.0, 9.0)
    assert (made.retry_after_cap, made.retry_uncertain, made.effect) == (7.0, True, Effect.COSTLY)


def test_budget() -> None:
    """A budget pays for 35 retries that may act twice, 100 after rate limits; then none until a success."""
    limited = RateLimited("x", certainty=Certainty.UNKNOWN)
    for error, affordable in ((ConnectionLost("x"), 500 // 14), (limited, 500 // 5)):
        budget = RetryBudget()
        paid = sum(1 for _ in itertools.takewhile(bool, (budget.pay(error) for _ in range(1000))))
        assert paid == affordable

        for _ in range(14):
            budget.earn()
        assert budget.pay(error)


def test_budget_has_an_end() -> None:
    """A thousand successes do not save up for more than the budget's size."""
    budget = RetryBudget()
    for _ in range(1000):
        budget.earn()

    assert budget.left == 500


def failing(*errors: Exception, then: str = "done") -> tuple[Callable[[], Any], list[float]]:
    """Return a call that fails so many times, and the times at which it was made."""
    times: list[float] = []

    async def call() -> str:
        times.append(anyio.current_time())
        if len(times) <= len(errors):
            raise errors[len(times) - 1]
        return then

    return call, times


@pytest.mark.anyio
@pytest.mark.virtual_time
class TestRetried:
    """Calls without a stream: logging in, listing models."""

    async def test_until_it_succeeds(self) -> None:
        """A call is made again until it succeeds, at the policy's pace."""
        call, times = failing(*[ConnectFailed("x")] * 4)

        assert await retried(call, policy(Effect.SAFE), 600) == "done"
        assert [later - times[0] for later in times] == pytest.approx([0, 2, 6, 14, 30])

    async def test_last_error_at_once(self) -> None:
        """When the next wait does not fit into the time, the last real error is raised at once."""
        call, times = failing(*[ConnectFailed(f"number {n}") for n in range(9)])
        began = anyio.current_time()
        with pytest.raises(ConnectFailed, match="number 3") as caught:
            await retried(call, policy(Effect.SAFE), 20)

        assert caught.value.attempts == len(times) == 4
        assert anyio.current_time() - began == pytest.approx(14)

    @pytest.mark.parametrize("most", [0, 1, 3])
    async def test_most(self, most: int) -> None:
        """No more retries are made than allowed; none is legal."""
        call, times = failing(*[ConnectFailed("x")] * 9)
        with pytest.raises(ConnectFailed):
            await retried(call, policy(Effect.SAFE, max_retries=most), None)

        assert len(times) == 1 + most

    @pytest.mark.parametrize("error", [QuotaExhausted("x"), ConfigError("x"), KeyError("x")], ids=repr)
    async def test_what_is_not_tried_again(self, error: Exception) -> None:
        """What does not pass by itself is raised at once, as it is."""
        call, times = failing(error)
        with pytest.raises(type(error)) as caught:
            await retried(call, policy(Effect.SAFE), 600)

        assert caught.value is error
        assert len(times) == 1

    async def test_call_that_hangs(self) -> None:
        """A call that does not come back is given up when the time is over."""
        began = anyio.current_time()
        with pytest.raises(DeadlineExceeded, match="within 30 s") as caught:
            await retried(anyio.sleep_forever, policy(Effect.SAFE), 30)

        assert caught.value.phase == "answer"
        assert anyio.current_time() - began == pytest.approx(30)
