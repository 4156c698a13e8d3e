"""A rate limit held exactly: at most *limit* starts in any window of *period* seconds.

A sliding log of start times, not a token bucket: GCRA with a burst lets up to twice as many through in one
window, and published limits are small.
"""

from __future__ import annotations

from collections import deque

import anyio
import attrs

from ._deadline import Deadline, waiting


def _usable(limit: int, share: float) -> int:
    return max(1, int(limit * share))


@attrs.define(eq=False)
class RateLimiter:
    """Lets callers through, first come first served, as a published rate limit allows.

    Attributes:
        limit: Starts that the remote allows in one *period*.
        period: The window, in seconds.
        share: The part of the limit that is used; others may share the account.
    """

    limit: int
    period: float
    share: float = 0.8
    _starts: deque[float] = attrs.field(factory=deque, init=False)
    _turn: anyio.Lock = attrs.field(factory=anyio.Lock, init=False)

    def wait(self, now: float, *, urgent: bool = False) -> float:
        """Return the seconds from *now* until the next start is allowed; 0 if it is allowed at once.

        Args:
            now: The time, on the event loop's clock.
            urgent: Whether the whole limit may be used, not only our share of it.
        """
        return max(0.0, self._opens(now, urgent=urgent) - now)

    def _opens(self, now: float, *, urgent: bool) -> float:
        while self._starts and self._starts[0] <= now - self.period:
            self._starts.popleft()
        most = self.limit if urgent else _usable(self.limit, self.share)
        return now if len(self._starts) < most else self._starts[-most] + self.period

    async def acquire(self, *, urgent: bool = False) -> None:
        """Wait for a turn and take it. A caller that is cancelled while it waits takes none.

        Args:
            urgent: Go before everybody who waits, on what *share* leaves free: for a look at the remote's
                health, which must not wait behind polls.

        Raises:
            DeadlineExceeded: The operation's time is over before the turn comes; nothing was sent.
        """
        with waiting("rate") as deadline:
            if urgent:
                await self._start(deadline, urgent=True)
                return
            async with self._turn:
                await self._start(deadline, urgent=False)

    async def _start(self, deadline: Deadline | None, *, urgent: bool) -> None:
        while (opens := self._opens(now := anyio.current_time(), urgent=urgent)) > now:
            if deadline is not None:
                deadline.refuse_wait(opens - now)
            await anyio.sleep_until(opens)
        self._starts.append(now)
