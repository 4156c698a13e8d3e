"""Asking several connections at once. Results are read as they arrive; who leaves early stops the rest."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, Final, Generic, TypeAlias, TypeVar

import anyio
import attrs

from ._background import Background

if TYPE_CHECKING:
    from anyio.streams.memory import MemoryObjectSendStream

STOP_SECONDS: Final = 10.0
Item = TypeVar("Item")
Tell: TypeAlias = Callable[[Item], Awaitable[None]]


@attrs.define(eq=False, repr=False)
class Fanout(Generic[Item]):
    """One job for each name, each in a task of its own.

    The tasks belong to the manager, not to the block that reads: a task group round that block's `yield`
    would cancel the reader for a job's fault.

    Args:
        running: Gives where the tasks run, or raises; asked when the block is entered, for the manager may
            have ended since.
        names: The names.
        job: Does it, and tells what comes of it.
    """

    _running: Callable[[], Background]
    _names: Sequence[str]
    _job: Callable[[str, Tell[Item]], Awaitable[None]]
    _left: int = attrs.field(default=0, init=False)
    _all_done: anyio.Event = attrs.field(factory=anyio.Event, init=False)

    @asynccontextmanager
    async def open(self) -> AsyncIterator[AsyncIterator[Item]]:
        """Start the jobs; read what they tell. Leaving the block ends those that still run."""
        tasks = self._running()
        send, receive = anyio.create_memory_object_stream[Item](0)
        scopes = [anyio.CancelScope() for _ in self._names]
        self._left = len(scopes)
        async with receive:
            for name, scope in zip(self._names, scopes, strict=True):
                tasks.start_soon(self._run, name, scope, send.clone())
            send.close()
            try:
                yield receive
            finally:
                await self._stop(scopes)

    async def _run(self, name: str, scope: anyio.CancelScope, send: MemoryObjectSendStream[Item]) -> None:
        try:
            # The reader may be gone before a job that does not heed its cancellation.
            with scope, send, suppress(anyio.BrokenResourceError):
                await self._job(name, send.send)
        finally:
            self._left -= 1
            if not self._left:
                self._all_done.set()

    async def _stop(self, scopes: Sequence[anyio.CancelScope]) -> None:
        for scope in scopes:
            scope.cancel()
        if self._left:
            with anyio.move_on_after(STOP_SECONDS, shield=True):
                await self._all_done.wait()
