"""Whether to try again, and how long to wait first. The decision is pure; there is one retry layer.

Rule: a request that costs money or has an effect is sent again only when the remote certainly did not act.
"""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Final, TypeVar

import anyio
import attrs

from .._exceptions import ProviderError, RateLimited
from .._provider import Effect
from ._deadline import Deadline, Phase

if TYPE_CHECKING:
    from .._options import ProviderOptions

Result = TypeVar("Result")

_BUDGET: Final = 500
_COST_TRANSIENT: Final = 14
_COST_THROTTLED: Final = 5


@attrs.define(eq=False)
class RetryBudget:
    """What a connection may spend on retries, so that a remote in trouble is not hammered.

    A retry costs 14 (5 after a rate limit), a success at the first try earns 1, up to 500: the figures of the
    AWS SDKs' standard mode (botocore 1.44).
    """

    left: int = _BUDGET

    def pay(self, error: ProviderError) -> bool:
        """Pay for one retry after *error*; return whether there was enough."""
        cost = _COST_THROTTLED if isinstance(error, RateLimited) else _COST_TRANSIENT
        if self.left < cost:
            return False
        self.left -= cost
        return True

    def earn(self) -> None:
        """Take in a success at the first try."""
        self.left = min(_BUDGET, self.left + 1)


@attrs.frozen(kw_only=True)
class RetryPolicy:
    """When a request is tried again. See `ProviderOptions` for the settings."""

    effect: Effect
    max_retries: int
    base_delay: float
    cap_delay: float
    retry_after_cap: float
    retry_uncertain: bool
    random: Callable[[], float] = random.random

    @classmethod
    def of(cls, options: ProviderOptions, effect: Effect) -> RetryPolicy:
        """Build the policy of a connection with *options* for requests with *effect*."""
        return cls(
            effect=effect,
            max_retries=options.max_retries,
            base_delay=options.base_delay,
            cap_delay=options.cap_delay,
            retry_after_cap=options.retry_after_cap,
            retry_uncertain=options.retry_uncertain,
        )

    def may_retry(self, error: ProviderError, *, uncertain: bool = False) -> bool:
        """Whether trying again after *error* is useful and does not act twice.

        Args:
            error: What went wrong.
            uncertain: The request itself allows to act twice.
        """
        told = error.retry_after or 0.0
        if not (error.transient and 0.0 <= told <= self.retry_after_cap):
            return False
        repeatable = self.effect is Effect.SAFE or uncertain or self.retry_uncertain
        return error.retryable or repeatable

    def wait(self, error: ProviderError, retries: int) -> float:
        """Return the seconds to wait before retry number *retries* (0 for the first).

        Never less than the remote asked for; else full jitter, and half jitter after a bare rate limit.
        """
        if error.retry_after is not None:
            return error.retry_after + self.random() * min(5.0, 0.1 * error.retry_after + 0.1)
        longest = min(self.cap_delay, self.base_delay * 2.0 ** min(retries, 30))
        if isinstance(error, RateLimited):
            return (0.5 + 0.5 * self.random()) * longest
        return self.random() * longest


async def retried(
    call: Callable[[], Awaitable[Result]], policy: RetryPolicy, seconds: float | None, phase: Phase
) -> Result:
    """Await *call* again and again as *policy* allows; for calls that have no effect and no stream.

    Args:
        call: Makes one attempt.
        policy: When to try again.
        seconds: The time for all attempts and waits; the last error is raised rather than slept on in vain.
        phase: What is waited for.

    Raises:
        DeadlineExceeded: An attempt took longer than there was time.
    """
    deadline, retries = Deadline(seconds), 0
    while True:
        try:
            return await deadline.bound(call(), phase)
        except ProviderError as error:
            wait = policy.wait(error, retries)
            if retries >= policy.max_retries or not (deadline.leaves(wait) and policy.may_retry(error)):
                error.attempts = retries + 1
                raise
        await anyio.sleep(wait)
        retries += 1
