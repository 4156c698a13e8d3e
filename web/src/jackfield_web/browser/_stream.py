"""Items from a generator inside the host, read outside. Law: an item is read once or dropped, never lost.

A task inside pumps the generator, and crosses over with what it gives; it may be as many items ahead of its
reader as the reader has allowed, and waits then. What has crossed is kept before the reader is woken: a read
that is cancelled at that moment finds it the next time.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from typing import Final, Generic, Self, TypeVar

import anyio
import attrs

from jackfield import ProviderClosed, StreamConsumed

from ._bridge import Bridge
from ._engine import STOP_SECONDS

T = TypeVar("T")

BUFFER: Final = 16
_REFILL: Final = BUFFER // 2


@attrs.define(eq=False)
class _Pump(Generic[T]):
    """The host's half; made and used on the host's loop."""

    _put: Callable[[T], None]
    _room: int = attrs.field(default=BUFFER, init=False)
    _allowed: asyncio.Event = attrs.field(factory=asyncio.Event, init=False)
    _task: asyncio.Task[None] = attrs.field(init=False)

    def start(
        self, source: Callable[[], AsyncGenerator[T]], over: Callable[[asyncio.Task[None]], object]
    ) -> None:
        """Begin; *over* is called when the generator has ended."""
        self._task = asyncio.ensure_future(self._run(source))
        self._task.add_done_callback(over)

    async def _run(self, source: Callable[[], AsyncGenerator[T]]) -> None:
        async with aclosing(source()) as items:
            async for item in items:
                self._put(item)
                self._room -= 1
                while not self._room:
                    self._allowed.clear()
                    await self._allowed.wait()

    def allow(self, more: int) -> None:
        """Let it go so many items further."""
        self._room += more
        self._allowed.set()

    async def stop(self) -> None:
        """End the generator; return when its `finally` has run, or after 5 seconds."""
        self._task.cancel()
        await asyncio.wait([self._task], timeout=STOP_SECONDS)


@attrs.define(eq=False)
class HostStream(Generic[T]):
    """An iterator over what a generator inside the host yields; read it inside its `async with` block.

    Leaving the block ends the generator and runs its `finally`.
    """

    _bridge: Bridge
    _source: Callable[[], AsyncGenerator[T]]
    _pump: _Pump[T] | None = attrs.field(default=None, init=False)
    _crossing: deque[T] = attrs.field(factory=deque, init=False)
    _is_called: bool = attrs.field(default=False, init=False)
    """Whether the outside was told to fetch what is crossing, and has not come yet."""
    _ready: deque[T] = attrs.field(factory=deque, init=False)
    _news: anyio.Event = attrs.field(factory=anyio.Event, init=False)
    _taken: int = attrs.field(default=0, init=False)
    _end: BaseException | None = attrs.field(default=None, init=False)

    async def __aenter__(self) -> Self:
        try:
            await self._bridge.call(self._start)
        except BaseException:
            await self._stop()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stop()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> T:
        if self._pump is None:
            raise StreamConsumed("a stream is read inside its `async with` block")
        while not self._ready:
            if self._end is not None:
                raise self._end
            self._news = anyio.Event()
            await self._news.wait()
        self._taken += 1
        if not self._taken % _REFILL:
            self._bridge.post(self._pump.allow, _REFILL)
        return self._ready.popleft()

    async def _start(self) -> None:
        self._pump = _Pump(self._put)
        self._pump.start(self._source, self._over)

    def _put(self, item: T) -> None:
        """Cross over with an item. Runs inside."""
        self._crossing.append(item)
        # Safe without a lock: outside, the mark is taken down before what is crossing is fetched. So where it
        # still stands here, the item that was added before it is fetched with the rest.
        if not self._is_called:
            self._is_called = True
            self._bridge.post_back(self._fetch)

    def _over(self, pumping: asyncio.Task[None]) -> None:
        """Cross over with the end. Runs inside, behind the last item."""
        if pumping.cancelled():
            self._bridge.post_back(self._fetch, ProviderClosed("the browser host was closed meanwhile"))
        else:
            self._bridge.post_back(self._fetch, pumping.exception() or StopAsyncIteration())

    def _fetch(self, end: BaseException | None = None) -> None:
        self._is_called = False
        while self._crossing:
            self._ready.append(self._crossing.popleft())
        self._end = self._end or end
        self._news.set()

    async def _stop(self) -> None:
        if self._pump is not None:
            pump, self._pump = self._pump, None
            await self._bridge.leave(pump.stop)
