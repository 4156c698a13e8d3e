"""The gate in front of one account's wire: server-told waits and the circuit breaker.

The breaker opens after 5 failures in a row, or when half of 10 or more calls within 30 seconds failed; it
stays open 5, 10, 20 … 60 seconds, and then one request goes through as a probe while the others go on
waiting. Nobody waits by polling, and nobody is lost: whoever waits leaves at its own deadline.
"""

from __future__ import annotations

import random
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Final

import anyio
import attrs

from .._exceptions import ProviderClosed, ProviderError, RateLimited

_IN_A_ROW: Final = 5
_WINDOW: Final = 30.0
_WINDOW_CALLS: Final = 10
_FIRST_OPEN: Final = 5.0
_LONGEST_OPEN: Final = 60.0


@attrs.define(eq=False, repr=False)
class Gate:
    """Lets requests pass when the remote is ready for them.

    Attributes:
        retry_after_cap: Seconds; a longer server-told wait fails its request and leaves the gate open.
        random: Source of randomness, from 0 to 1.
    """

    retry_after_cap: float
    random: Callable[[], float] = random.random
    closed_until: float = attrs.field(default=0.0, init=False)
    breaker_open: bool = attrs.field(default=False, init=False)
    _breaker_until: float = attrs.field(default=0.0, init=False)
    _openings: int = attrs.field(default=0, init=False)
    _in_a_row: int = attrs.field(default=0, init=False)
    _recent: deque[tuple[float, bool]] = attrs.field(factory=deque, init=False)
    _probing: bool = attrs.field(default=False, init=False)
    _shut: bool = attrs.field(default=False, init=False)
    _changed: anyio.Event = attrs.field(factory=anyio.Event, init=False)

    def told_to_wait(self, now: float) -> float:
        """Return the seconds that the remote still wants us to wait."""
        return max(0.0, self.closed_until - now)

    def hear(self, seconds: float) -> None:
        """Take in that the remote wants nothing for *seconds* from now."""
        self.closed_until = max(self.closed_until, anyio.current_time() + seconds)

    @asynccontextmanager
    async def passage(self) -> AsyncIterator[None]:
        """Wait for the gate, then pass; how the passage ends is what the gate learns from.

        Raises:
            ProviderClosed: The connection was closed meanwhile.
        """
        probe = await self._wait()
        try:
            yield
            self._learn(None, probe=probe)
        except ProviderError as error:
            self._learn(error, probe=probe)
            raise
        finally:
            if probe:
                self._probing = False
                self._wake()

    async def _wait(self) -> bool:
        """Wait until one may pass; return whether it passes as the probe."""
        while not self._shut:
            now = anyio.current_time()
            opens = max(self.closed_until, self._breaker_until if self.breaker_open else 0.0)
            if now >= opens and not self.breaker_open:
                return False
            if now >= opens and not self._probing:
                self._probing = True
                return True
            with anyio.move_on_after(None if now >= opens else opens - now):
                await self._changed.wait()
        raise ProviderClosed("the connection was closed while the request waited")

    def _learn(self, error: ProviderError | None, *, probe: bool) -> None:
        now = anyio.current_time()
        if error is not None and error.retry_after and error.retry_after <= self.retry_after_cap:
            self.closed_until = max(self.closed_until, now + error.retry_after)
        failed = error is not None and error.transient and not isinstance(error, RateLimited)
        self._recent.append((now, failed))
        while self._recent[0][0] <= now - _WINDOW:
            self._recent.popleft()
        self._in_a_row = self._in_a_row + 1 if failed else 0
        if failed and (probe or self._too_many_failed()):
            self._open_breaker(now)
        elif probe:
            self._close_breaker()

    def _too_many_failed(self) -> bool:
        failures = sum(failed for _, failed in self._recent)
        often = len(self._recent) >= _WINDOW_CALLS and 2 * failures >= len(self._recent)
        # What was on the wire when the breaker opened, and fails now, tells nothing new.
        return not self.breaker_open and (often or self._in_a_row >= _IN_A_ROW)

    def _open_breaker(self, now: float) -> None:
        length = min(_LONGEST_OPEN, _FIRST_OPEN * 2.0**self._openings)
        self._breaker_until = now + (0.8 + 0.4 * self.random()) * length
        self._openings = min(self._openings + 1, 10)
        self.breaker_open = True

    def _close_breaker(self) -> None:
        self.breaker_open = False
        self._openings = max(0, self._openings - 1)
        self._in_a_row = 0
        self._recent.clear()

    def _wake(self) -> None:
        self._changed.set()
        self._changed = anyio.Event()

    def close(self) -> None:
        """Turn away everybody who waits, and everybody who comes."""
        self._shut = True
        self._wake()
