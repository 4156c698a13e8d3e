"""Items from a generator inside the host, read outside. Law: an item is read once or dropped, never lost.

A task inside pumps the generator into a bounded buffer, so it waits when nobody reads. The reader takes
everything that is there in one crossing. What has crossed is kept before the reader is woken: a read that is
cancelled at that moment finds it the next time.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from typing import Final, Generic, Self, TypeVar

import anyio
import attrs
from anyio.streams.memory import MemoryObjectReceiveStream, MemoryObjectSendStream

from jackfield import StreamConsumed

from ._bridge import Bridge
from ._engine import STOP_SECONDS

T = TypeVar("T")

BUFFER: Final = 16


@attrs.define(eq=False)
class _Pump(Generic[T]):
    """The host's half; made and used on the host's loop."""

    _task: asyncio.Task[None]
    _items: MemoryObjectReceiveStream[T]

    @classmethod
    def start(cls, source: Callable[[], AsyncGenerator[T]]) -> _Pump[T]:
        send, receive = anyio.create_memory_object_stream[T](BUFFER)
        return cls(asyncio.ensure_future(_pump(source, send)), receive)

    async def take(self, into: deque[T]) -> None:
        """Wait for an item and put all there are *into* the reader's hands; none means the end."""
        try:
            into.append(await self._items.receive())
            while self._items.statistics().current_buffer_used:
                into.append(self._items.receive_nowait())
        except anyio.EndOfStream:
            # The pump's failure is the end's reason; it is raised here, at the reader.
            await asyncio.shield(self._task)

    async def stop(self) -> None:
        """End the generator; return when its `finally` has run, or after 5 seconds."""
        self._items.close()
        self._task.cancel()
        await asyncio.wait([self._task], timeout=STOP_SECONDS)
        if self._task.done() and not self._task.cancelled():
            self._task.exception()


async def _pump(source: Callable[[], AsyncGenerator[T]], into: MemoryObjectSendStream[T]) -> None:
    async with into, aclosing(source()) as items:
        async for item in items:
            await into.send(item)


@attrs.define(eq=False)
class HostStream(Generic[T]):
    """An iterator over what a generator inside the host yields; read it inside its `async with` block.

    Leaving the block ends the generator and runs its `finally`.
    """

    _bridge: Bridge
    _source: Callable[[], AsyncGenerator[T]]
    _pump: _Pump[T] | None = attrs.field(default=None, init=False)
    _ready: deque[T] = attrs.field(factory=deque, init=False)

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
        if not self._ready:
            await self._bridge.call(self._take)
        if not self._ready:
            raise StopAsyncIteration
        return self._ready.popleft()

    async def _start(self) -> None:
        self._pump = _Pump.start(self._source)

    async def _take(self) -> None:
        if self._pump is None:
            raise StreamConsumed("a stream is read inside its `async with` block")
        await self._pump.take(self._ready)

    async def _stop(self) -> None:
        if self._pump is not None:
            pump, self._pump = self._pump, None
            await self._bridge.leave(pump.stop)
