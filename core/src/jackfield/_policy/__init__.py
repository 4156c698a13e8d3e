"""Policy: when to send, when to wait, when to send again, when to give up.

The way of a request: `Attempts` (deadline, the one retry layer) → `Slots` (queue, concurrency) → `Gate`
(server-told waits, breaker) → the provider, whose own `RateLimiter`s hold published limits.
Times are seconds of the running event loop's clock, so a test's virtual clock drives all of it.
"""

from __future__ import annotations

from ._attempts import Attempts, Call
from ._deadline import Deadline, report_wait, wait_until_allowed, waiting_for
from ._gate import Gate
from ._rate import RateLimiter
from ._retry import RetryBudget, RetryPolicy, retried
from ._slots import Slots

__all__ = [
    "Attempts",
    "Call",
    "Deadline",
    "Gate",
    "RateLimiter",
    "RetryBudget",
    "RetryPolicy",
    "Slots",
    "report_wait",
    "retried",
    "wait_until_allowed",
    "waiting_for",
]
