"""The gate in front of one account's wire: what the remote told about waiting, the breaker, and care.

What the remote tells holds everybody. The breaker opens after 5 failures in a row, or when half of 10 or more
calls within 30 seconds failed; it stays open 5, 10, 20 … 60 seconds, and then one request goes through as a
probe while the others go on waiting. A rate limit without a time makes the gate careful: it closes for a
growing while, and then lets one through, two, four, until all may pass. And a burst is let out by degrees, so
that a remote that has just gone costs 50 requests, not as many as there are.

Who waits stands in line, first come first served. Nobody polls, and nobody is lost: whoever waits leaves at
its own deadline. Only the first in line looks at the clock, and only the first is woken when there is room;
going in, it wakes the next. Where ten thousand wait, waking them all for each answer would cost more than
asking.
"""

from __future__ import annotations

import random
from collections import OrderedDict, deque
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING, Any, Final

import anyio
import attrs

from .._exceptions import (
    Certainty,
    CircuitOpen,
    ProviderClosed,
    ProviderError,
    RateLimited,
    TransportError,
)
from ._deadline import running

if TYPE_CHECKING:
    from ._deadline import Deadline

_IN_A_ROW: Final = 5
_WINDOW: Final = 30.0
_WINDOW_CALLS: Final = 10
_FIRST_OPEN: Final = 5.0
_LONGEST_OPEN: Final = 60.0
_LONGEST_TOLD: Final = 24 * 3600.0
_SLOW: Final = 1.0
_BURST: Final = 50
_BURST_SECONDS: Final = 0.5
_MOST_DOUBLINGS: Final = 30


@attrs.define(eq=False)
class Passage:
    """One request that was let through.

    Attributes:
        began: When it was let through.
        era: The life of the connection that it belongs to.
        is_trial: Whether it was let through to see how the remote is.
        answered: Whether the remote has begun to answer.
    """

    began: float
    era: object
    is_trial: bool
    answered: bool = False


@attrs.define(eq=False)
class _Place:
    """A place in line.

    Attributes:
        turn: Is set when it is time to look whether one may pass.
    """

    turn: anyio.Event = attrs.field(init=False)


@attrs.define(eq=False, repr=False)
class Gate:
    """Lets requests pass when the remote is ready for them.

    Attributes:
        retry_after_cap: Seconds; who would have to wait longer than that is told so at once.
        base_delay: Seconds for which a first rate limit without a time closes the gate.
        cap_delay: The longest such while, in seconds.
        fails_open: Whether requests fail while the breaker is open, instead of waiting.
        random: Source of randomness, from 0 to 1.
        closed_until: Until when the remote wants nothing, on the event loop's clock.
        breaker_open: Whether requests wait because the remote failed too often.
    """

    retry_after_cap: float
    base_delay: float = 2.0
    cap_delay: float = 60.0
    fails_open: bool = False
    random: Callable[[], float] = random.random
    closed_until: float = attrs.field(default=0.0, init=False)
    breaker_open: bool = attrs.field(default=False, init=False)
    _breaker_until: float = attrs.field(default=0.0, init=False)
    _openings: int = attrs.field(default=0, init=False)
    _in_a_row: int = attrs.field(default=0, init=False)
    _recent: deque[tuple[float, bool]] = attrs.field(factory=deque, init=False)
    _failure: ProviderError | None = attrs.field(default=None, init=False)
    _care: float = attrs.field(default=float("inf"), init=False)
    _throttled_at: float = attrs.field(default=0.0, init=False)
    _throttlings: int = attrs.field(default=0, init=False)
    _unanswered: int = attrs.field(default=0, init=False)
    _trials: int = attrs.field(default=0, init=False)
    _burst_at: float = attrs.field(default=0.0, init=False)
    _era: object = attrs.field(factory=object, init=False)
    _line: OrderedDict[_Place, None] = attrs.field(factory=OrderedDict, init=False)
    _all_are_woken: bool = attrs.field(default=False, init=False)

    def told_to_wait(self, now: float) -> float:
        """Return the seconds that the remote still wants us to wait."""
        return max(0.0, self.closed_until - now)

    def hear(self, seconds: float) -> None:
        """Take in that the remote wants nothing for *seconds* from now; a day at most is believed."""
        if seconds > 0:
            self._close_until(anyio.current_time() + min(seconds, _LONGEST_TOLD))

    def _close_until(self, time: float) -> None:
        if time > self.closed_until:
            self.closed_until = time
            self._wake_all()

    def weigh(self, wait: float, deadline: Deadline | None) -> None:
        """Raise at once if waiting for what the remote told is in vain.

        Raises:
            RateLimited: The wait is longer than `retry_after_cap`, or than there is time, or another
                connection is asked instead. Nothing was sent.
        """
        in_time = deadline is None or (deadline.leaves(wait) and not deadline.in_haste)
        if wait <= self.retry_after_cap and in_time:
            return
        raise RateLimited(
            f"the remote wants no request for {wait:.0f} s more",
            hint="Ask later; retry_after_cap and timeout say how long a request may wait.",
            certainty=Certainty.NOT_SENT,
            retry_after=wait,
        )

    @property
    def _probing(self) -> bool:
        return self.breaker_open and self._trials > 0

    def passage(self) -> AbstractAsyncContextManager[Passage]:
        """Wait for the gate, then pass; how the passage ends is what the gate learns from.

        Raises:
            RateLimited: The remote wants a longer wait than there is time for.
            CircuitOpen: The breaker is open, and requests are to fail then.
            ProviderClosed: The connection was closed meanwhile.
        """
        return _Passing(self)

    async def let_in(self) -> Passage:
        """Wait for the gate, then pass; see `passage`."""
        now = anyio.current_time()
        if self._line or self._opens(now) > now:
            return await self._stand_in_line()
        return self._admit(now)

    async def _stand_in_line(self) -> Passage:
        era, place = self._era, _Place()
        self._line[place] = None
        try:
            while era is self._era:
                now = anyio.current_time()
                opens, is_first = self._opens(now), place is next(iter(self._line))
                if opens > now:
                    self._refuse_in_vain(opens - now)
                elif is_first:
                    return self._admit(now)
                await self._wait_at(place, opens if is_first else float("inf"))
        finally:
            # However it leaves: what woke it may have been meant for whoever is first now.
            del self._line[place]
            self._wake_first()
        raise ProviderClosed("the connection was closed while the request waited")

    async def _wait_at(self, place: _Place, until: float) -> None:
        place.turn, self._all_are_woken = anyio.Event(), False
        if until == float("inf"):
            await place.turn.wait()
            return
        # To the moment itself: a wait of the difference may end a rounding error before it, for ever.
        with anyio.CancelScope(deadline=until):
            await place.turn.wait()

    def _opens(self, now: float) -> float:
        """Return when the next one may pass; infinity while that depends on those who wait for an answer."""
        closed = max(self.closed_until, self._breaker_until if self.breaker_open else 0.0)
        if now < closed:
            return closed
        if self._trials >= (1 if self.breaker_open else self._care):
            return float("inf")
        return self._next_of_burst(now)

    def _next_of_burst(self, now: float) -> float:
        """Return when one more may be without an answer: 50 at once, 100 after half a second, then 200."""
        if self._unanswered < _BURST:
            self._burst_at = now
            return now
        doublings = int((now - self._burst_at) / _BURST_SECONDS + 1e-9)
        if self._unanswered < _BURST * 2.0 ** min(doublings, _MOST_DOUBLINGS):
            return now
        return self._burst_at + (doublings + 1) * _BURST_SECONDS

    def _refuse_in_vain(self, wait: float) -> None:
        deadline = running()
        if told := self.told_to_wait(anyio.current_time()):
            self.weigh(told, deadline)
        in_haste = deadline is not None and deadline.in_haste
        if not self.breaker_open:
            if in_haste and self._care != float("inf"):
                raise RateLimited(
                    "the remote limited the rate, and is asked with care for now",
                    certainty=Certainty.NOT_SENT,
                )
            return
        if self.fails_open or in_haste:
            error: ProviderError = CircuitOpen(
                "the remote failed too often, and nothing is asked of it for now",
                hint="Ask later, or set on_open to 'wait'.",
                retry_after=None if wait == float("inf") else wait,
            )
        elif deadline is not None and wait != float("inf") and not deadline.leaves(wait):
            error = deadline.exceeded(
                f"the remote failed too often; it is asked again in {wait:.0f} s, and {deadline.seconds:g} s "
                "are allowed"
            )
        else:
            return
        raise error from self._failure

    def _admit(self, now: float) -> Passage:
        passage = Passage(now, self._era, is_trial=self.breaker_open or self._care != float("inf"))
        self._unanswered += 1
        self._trials += passage.is_trial
        return passage

    def let_out(self, passage: Passage, error: BaseException | None) -> None:
        """Take in how a passage ended."""
        try:
            if error is None or isinstance(error, ProviderError):
                self._learn(passage, error)
            else:
                self._learn_of_silence(passage)
        finally:
            self._free(passage)

    def answered(self, passage: Passage) -> None:
        """Take in that the remote has begun to answer: it is there, and others may follow."""
        if not passage.answered:
            self._welcome(passage)
            self._free(passage)
            passage.answered = True

    def _free(self, passage: Passage) -> None:
        if passage.era is self._era and not passage.answered:
            self._unanswered -= 1
            self._trials -= passage.is_trial
            self._wake_first()

    def _learn(self, passage: Passage, error: ProviderError | None) -> None:
        if error is not None and _is_ours(error):
            return
        if error is not None and error.retry_after is not None:
            self.hear(error.retry_after)
        if isinstance(error, RateLimited) and not error.retry_after:
            self._throttle(passage)
        self._count(passage, error, failed=_is_failure(error))

    def _learn_of_silence(self, passage: Passage) -> None:
        """Learn from a request that was cancelled: only our own deadline, before any answer, is a failure.

        A remote that takes requests and never answers is as good as gone, and nothing else would tell.
        """
        deadline, now = running(), anyio.current_time()
        if deadline is None or deadline.is_cut or passage.answered:
            return
        if (
            deadline.is_over
            and deadline.phase in {"answer", "connect", "event"}
            and now - passage.began >= _SLOW
        ):
            self._count(passage, deadline.exceeded("no answer"), failed=True)

    def _count(self, passage: Passage, error: ProviderError | None, *, failed: bool) -> None:
        now = anyio.current_time()
        self._recent.append((now, failed))
        while self._recent[0][0] <= now - _WINDOW:
            self._recent.popleft()
        self._in_a_row = self._in_a_row + 1 if failed else 0
        if failed:
            self._failure = error
            if self._is_probe(passage) or (not self.breaker_open and self._too_many_failed()):
                self._open_breaker(now)
        elif isinstance(error, RateLimited):
            self._close_breaker_after(passage)
        elif not passage.answered:
            self._welcome(passage)

    def _is_probe(self, passage: Passage) -> bool:
        """Whether it passed while the breaker was open; what was on the wire before tells nothing new."""
        return self.breaker_open and passage.began >= self._breaker_until

    def _welcome(self, passage: Passage) -> None:
        """Take in that the remote answers: close the breaker; in care, let one more in for each answer."""
        self._close_breaker_after(passage)
        self._care += 1
        if self._care > _BURST:
            self._care, self._throttlings = float("inf"), 0

    def _too_many_failed(self) -> bool:
        failures = sum(failed for _, failed in self._recent)
        often = len(self._recent) >= _WINDOW_CALLS and 2 * failures >= len(self._recent)
        return often or self._in_a_row >= _IN_A_ROW

    def _open_breaker(self, now: float) -> None:
        length = min(_LONGEST_OPEN, _FIRST_OPEN * 2.0**self._openings)
        self._breaker_until = now + (0.8 + 0.4 * self.random()) * length
        self._openings = min(self._openings + 1, 10)
        self.breaker_open = True
        self._wake_all()

    def _close_breaker_after(self, passage: Passage) -> None:
        if not self._is_probe(passage):
            return
        self.breaker_open = False
        self._openings = max(0, self._openings - 1)
        self._in_a_row = 0
        self._recent.clear()

    def _throttle(self, passage: Passage) -> None:
        """Close for a growing while, then be careful. Those who had passed before tell nothing new."""
        if passage.began < self._throttled_at:
            return
        now = anyio.current_time()
        longest = min(self.cap_delay, self.base_delay * 2.0**self._throttlings)
        self._care = 1
        self._close_until(now + (0.5 + 0.5 * self.random()) * longest)
        self._throttled_at = self.closed_until
        self._throttlings = min(self._throttlings + 1, _MOST_DOUBLINGS)

    def _wake_first(self) -> None:
        if self._line:
            next(iter(self._line)).turn.set()

    def _wake_all(self) -> None:
        """Have everybody look anew whether waiting is in vain; once for all that is told meanwhile."""
        if not self._all_are_woken:
            self._all_are_woken = True
            for place in self._line:
                place.turn.set()

    def clear(self) -> None:
        """Turn away everybody who waits, and forget who is inside: the connection was closed.

        What was learnt of the remote stays: a new login does not make it well.
        """
        self._era = object()
        self._unanswered = self._trials = 0
        self._wake_all()


@attrs.define(eq=False)
class _Passing(AbstractAsyncContextManager[Passage]):
    """A passage for the length of a block. Each request on the wire has one: a generator would be dearer."""

    _gate: Gate
    _passage: Passage | None = None

    async def __aenter__(self) -> Passage:
        self._passage = await self._gate.let_in()
        return self._passage

    async def __aexit__(self, _: Any, error: BaseException | None, __: Any) -> None:
        assert self._passage is not None, "who leaves was let in"
        self._gate.let_out(self._passage, error)


def _is_ours(error: ProviderError) -> bool:
    """Whether we refused it ourselves, which says nothing of the remote; that it is out of reach does."""
    is_local = error.certainty is Certainty.NOT_SENT and not isinstance(error, TransportError)
    return is_local or isinstance(error, ProviderClosed)


def _is_failure(error: ProviderError | None) -> bool:
    return error is not None and error.transient and not isinstance(error, RateLimited)
