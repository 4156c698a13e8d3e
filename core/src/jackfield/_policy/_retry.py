"""Whether to try again, and how long to wait first. The decision is pure; there is one retry layer.

Rule: a request that costs money or has an effect is sent again only when the remote certainly did not act.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

import attrs

from .._exceptions import Certainty, ProviderError, RateLimited
from .._provider import Effect

if TYPE_CHECKING:
    from .._options import ProviderOptions

_BUDGET: Final = 500
_COST_TRANSIENT: Final = 14
_COST_THROTTLED: Final = 5


@attrs.define(eq=False)
class RetryBudget:
    """What a connection may spend on retries that may act twice, so that a remote in trouble is not hammered.

    What certainly was not acted on costs nothing: the gate in front of the wire sees to it that it is not
    tried in vain, and giving it up would lose it. A retry costs 14 (5 after a rate limit), a success at the
    first try earns 1, up to 500: the figures of the AWS SDKs' standard mode (botocore 1.44).
    """

    left: int = _BUDGET

    def pay(self, error: ProviderError) -> bool:
        """Pay for one retry after *error*; return whether there was enough."""
        if error.retryable:
            return True
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
        is_useful = error.transient if error.should_retry is None else error.should_retry
        if not (is_useful and 0.0 <= told <= self.retry_after_cap):
            return False
        return self.may_repeat(error, uncertain=uncertain)

    def may_repeat(self, error: ProviderError, *, uncertain: bool = False) -> bool:
        """Whether the same thing may be asked again after *error* without acting twice, or with leave to."""
        is_allowed = self.effect is Effect.SAFE or uncertain or self.retry_uncertain
        return is_allowed or error.certainty in {Certainty.NOT_SENT, Certainty.REJECTED}

    def wait(self, error: ProviderError, retries: int) -> float:
        """Return the seconds to wait before retry number *retries* (0 for the first).

        Full jitter, half jitter after a rate limit, and never less than the remote asked for: what it asks
        for is the least, so that asking for nothing does not switch the growing wait off.
        """
        longest = min(self.cap_delay, self.base_delay * 2.0 ** min(retries, 30))
        least = 0.5 if isinstance(error, RateLimited) else 0.0
        wait = (least + (1 - least) * self.random()) * longest
        if error.retry_after is None:
            return wait
        return max(wait, error.retry_after + self.random() * min(5.0, 0.1 * error.retry_after + 0.1))
