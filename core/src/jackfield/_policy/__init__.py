"""Policy: when to send, when to wait, when to send again, when to give up.

The way of a request: `Run` (what wraps all of it) → `Attempts` (the deadline, the one layer that sends again)
→ `Slots` (queue, concurrency) → `Gate` (server-told waits, breaker) → the provider, whose own `RateLimiter`s
hold published limits.
Times are seconds of the running event loop's clock, so a test's virtual clock drives all of it.
"""

from __future__ import annotations

from ._attempts import Attempts, answer_of, as_context, one_answer
from ._deadline import (
    LOGGING_IN,
    Deadline,
    check_read_timeout,
    if_cut_off,
    renew_login,
    report_connecting,
    report_sent,
    report_wait,
    running,
    wait_until_allowed,
    waiting_for,
)
from ._gate import Gate
from ._limits import Limits
from ._rate import RateLimiter
from ._retry import RetryBudget, RetryPolicy
from ._run import Run
from ._slots import Slots

__all__ = [
    "LOGGING_IN",
    "Attempts",
    "Deadline",
    "Gate",
    "Limits",
    "RateLimiter",
    "RetryBudget",
    "RetryPolicy",
    "Run",
    "Slots",
    "answer_of",
    "as_context",
    "check_read_timeout",
    "if_cut_off",
    "one_answer",
    "renew_login",
    "report_connecting",
    "report_sent",
    "report_wait",
    "running",
    "wait_until_allowed",
    "waiting_for",
]
