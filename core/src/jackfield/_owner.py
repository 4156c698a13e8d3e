"""The task that owns an opened connection: it enters the provider and it leaves it, nobody else does.

So a provider may keep task groups of its own, whichever task adds, uses or removes the connection.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import anyio
import attrs

from . import _log
from ._connection import Connection
from ._exceptions import ProviderClosed

if TYPE_CHECKING:
    from anyio.abc import TaskGroup, TaskStatus

    from ._provider import ProviderContext

CLOSE_SECONDS: Final = 10.0


@attrs.define(eq=False, repr=False)
class Owner:
    """Opens a connection in a task of the manager's, and closes it there.

    Attributes:
        connection: The connection as it is now; it is a fresh one after `reopen`.
    """

    connection: Connection
    _tasks: TaskGroup
    _closing: anyio.Event = attrs.field(factory=anyio.Event, init=False)
    _closed: anyio.Event = attrs.field(factory=anyio.Event, init=False)
    _scope: anyio.CancelScope = attrs.field(factory=anyio.CancelScope, init=False)
    _living: bool = attrs.field(default=False, init=False)
    _given_up: bool = attrs.field(default=False, init=False)
    _reopening: anyio.Lock = attrs.field(factory=anyio.Lock, init=False)

    async def open(self, context: ProviderContext | None = None) -> None:
        """Open the connection; errors as for `Connection.opened`."""
        await self._tasks.start(self._live, context)

    async def _live(self, context: ProviderContext | None, *, task_status: TaskStatus[None]) -> None:
        connection, closing, closed = self.connection, self._closing, self._closed
        opened, self._living = False, True
        try:
            with self._scope as scope:
                async with connection.opened(context):
                    opened = True
                    task_status.started()
                    # A program that is cancelled ends its requests; only then is closed what they ran on.
                    scope.shield = True
                    await closing.wait()
        except Exception as error:
            if not opened:
                raise
            _log.warning("provider.close_failed", connection=connection.name, reason=repr(error))
        finally:
            connection.shut()
            self._living = False
            closed.set()

    async def reopen(self, context: ProviderContext) -> None:
        """Open a fresh connection of the same name and settings with *context*; the statistics go on.

        Raises:
            ProviderClosed: The connection was removed meanwhile.
        """
        async with self._reopening:
            await self._close()
            if self._given_up:
                raise ProviderClosed(f"the connection {self.connection.name!r} was removed")
            self.connection = self.connection.renewed()
            self._closing, self._closed, self._scope = anyio.Event(), anyio.Event(), anyio.CancelScope()
            await self.open(context)

    def give_up(self) -> None:
        """Turn new requests away for good, and let the owning task leave the provider."""
        self._given_up = True
        self.connection.shut()
        self._closing.set()

    async def _close(self) -> None:
        self.connection.shut()
        self._closing.set()
        await left(self)

    async def closed(self) -> None:
        """Return when the owning task has left the provider."""
        if self._living:
            await self._closed.wait()

    def cut_short(self) -> None:
        """Let the owning task leave the provider without its consent."""
        self._scope.cancel()


async def close(*owners: Owner) -> None:
    """Close connections; return when all are closed. They may be closed already."""
    for owner in owners:
        owner.give_up()
    await left(*owners)


async def left(*owners: Owner) -> None:
    """Return when all are closed; what takes longer than 10 seconds is cut short."""
    with anyio.move_on_after(CLOSE_SECONDS, shield=True):
        for owner in owners:
            await owner.closed()
    for owner in owners:
        owner.cut_short()
