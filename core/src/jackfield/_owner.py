"""The task that owns an opened connection: it enters the provider and it leaves it, nobody else does.

So a provider may keep task groups of its own, whichever task adds, uses or removes the connection.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import anyio
import attrs

from . import _log
from ._connection import Connection

if TYPE_CHECKING:
    from anyio.abc import TaskGroup, TaskStatus

    from ._provider import ProviderContext

CLOSE_SECONDS: Final = 10.0


@attrs.define(eq=False, repr=False)
class Owner:
    """Opens a connection in a task of the manager's, and closes it there."""

    connection: Connection
    _tasks: TaskGroup
    _closing: anyio.Event = attrs.field(factory=anyio.Event, init=False)
    _closed: anyio.Event | None = attrs.field(default=None, init=False)

    async def open(self, context: ProviderContext | None = None) -> None:
        """Open the connection; errors as for `Connection.opened`."""
        await self._tasks.start(self._live, context)

    async def _live(self, context: ProviderContext | None, *, task_status: TaskStatus[None]) -> None:
        self._closed = anyio.Event()
        opened = False
        try:
            async with self.connection.opened(context):
                opened = True
                task_status.started()
                await self._closing.wait()
        except Exception as error:
            if not opened:
                raise
            _log.warning("provider.close_failed", connection=self.connection.name, reason=repr(error))
        finally:
            self._closed.set()

    def ask_to_close(self) -> None:
        """Turn new requests away and let the owning task leave the provider."""
        self.connection.shut()
        self._closing.set()

    async def close(self) -> None:
        """Close the connection; return when it is closed, or after 10 seconds. May be called twice."""
        self.ask_to_close()
        if self._closed is not None:
            with anyio.move_on_after(CLOSE_SECONDS, shield=True):
                await self._closed.wait()

    def successor(self) -> Owner:
        """Return an owner for a fresh connection of the same name and settings; the statistics go on."""
        old = self.connection
        return Owner(old.renewed(), self._tasks)
