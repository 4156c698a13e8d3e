"""When a page is looked at, and how long it is left alone after that. Lives in the browser host's loop.

Law: one look at a time. A long text takes long to look at: the page, and whoever else lives in the loop, get
most of the time.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, Final

import anyio
import attrs

from ._look import Look

_LEAST_GAP_SECONDS: Final = 0.03
_MOST_GAP_SECONDS: Final = 0.5
_REST_PER_LOOK: Final = 5.0


@attrs.define(eq=False)
class Glances:
    """The looks at one page.

    Attributes:
        tick: The most seconds to wait for news.
        news: Set when there are some, whether of a look or not.
        began: When the latest look began, in seconds of the loop's clock.
    """

    tick: float
    news: asyncio.Event
    _under_way: asyncio.Future[Look] | None = attrs.field(default=None, init=False)
    began: float = attrs.field(default=0.0, init=False)
    _ended: float = attrs.field(default=float("-inf"), init=False)
    _gap: float = attrs.field(default=_LEAST_GAP_SECONDS, init=False)
    _alarm: asyncio.TimerHandle | None = attrs.field(default=None, init=False)

    async def await_news(self, every: float, now: float) -> None:
        """Wait for news, but only until a look is due, and for a tick at most. Then no news are left."""
        seconds = self.tick if self._under_way is not None else min(self._left(every, now), self.tick)
        self._set_alarm(now + seconds)
        await self.news.wait()
        self.news.clear()

    def _set_alarm(self, at: float) -> None:
        """See to it that news come *at* a time at the latest. News that come sooner leave the alarm set."""
        if self._alarm is not None and self._alarm.when() > at:
            self._alarm.cancel()
            self._alarm = None
        if self._alarm is None:
            self._alarm = asyncio.get_running_loop().call_at(at, self._ring)

    def _ring(self) -> None:
        self._alarm = None
        self.news.set()

    def are_due(self, every: float, now: float) -> bool:
        """Tell whether the page is to be looked at now: *every* so many seconds, if it can be so often."""
        return self._under_way is None and not self._left(every, now)

    def _left(self, every: float, now: float) -> float:
        return max(0.0, self._ended + max(self._gap, every) - now)

    def begin(self, look: Coroutine[Any, Any, Look], now: float) -> None:
        """Look at the page, beside what else is done."""
        self.began = now
        self._under_way = asyncio.ensure_future(look)
        self._under_way.add_done_callback(lambda _: self.news.set())

    @property
    def have_news(self) -> bool:
        """Whether there is a look that was not taken."""
        return self._under_way is not None and self._under_way.done()

    def take(self) -> Look:
        """Return what was seen; raise why nothing was."""
        assert self._under_way is not None, "a look is done"
        look, self._under_way = self._under_way.result(), None
        return look

    def rest(self) -> None:
        """Leave the page alone for some multiple of the time that the look and its reading took."""
        self._ended = anyio.current_time()
        self._gap = min(
            max(_LEAST_GAP_SECONDS, _REST_PER_LOOK * (self._ended - self.began)), _MOST_GAP_SECONDS
        )

    async def end(self) -> None:
        """Look no more."""
        if self._alarm is not None:
            self._alarm.cancel()
        if self._under_way is not None:
            self._under_way.cancel()
            await asyncio.gather(self._under_way, return_exceptions=True)
