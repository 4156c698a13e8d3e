"""Something that is open without a block: a task beside the program's own enters it, and leaves it.

Law: whoever forgets to close it, fails before or is cancelled leaves nothing behind: the task ends, at the
latest, with the event loop.
"""

from __future__ import annotations

import contextvars
import sys
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any, Final

import anyio
import attrs

from ._exceptions import ProviderClosed

if TYPE_CHECKING:
    import asyncio

CLOSE_SECONDS: Final = 30.0

_keeping: Final[set[asyncio.Task[None]]] = set()
"""The tasks on asyncio, whose loop alone would let the collector have them."""


@attrs.define(eq=False, repr=False)
class Keeper:
    """Keeps something open from `open` to `close`, for interfaces that have no `async with` block.

    What is entered may hold task groups and cancel scopes: one task enters and leaves it.

    Args:
        enter: Opens it.
        leave: Closes it, shielded from cancellation; also called when it could not be opened.
    """

    _enter: Callable[[], Coroutine[Any, Any, Any]]
    _leave: Callable[[], Coroutine[Any, Any, Any]]
    _error: Exception | None = attrs.field(default=None, init=False)
    _is_open: bool = attrs.field(default=False, init=False)
    _settled: anyio.Event = attrs.field(factory=anyio.Event, init=False)
    _closing: anyio.Event = attrs.field(factory=anyio.Event, init=False)
    _over: anyio.Event = attrs.field(factory=anyio.Event, init=False)
    _opening: anyio.CancelScope = attrs.field(factory=anyio.CancelScope, init=False)

    async def open(self) -> None:
        """Open it, once; raise what that raises. Who is cancelled meanwhile waits until it is closed again.

        Raises:
            ProviderClosed: It was closed meanwhile.
        """
        _spawn(self._keep, self._over)
        try:
            await self._settled.wait()
        except BaseException:
            await self._end()
            raise
        if self._error is not None:
            await self._end()
            raise self._error
        if not self._is_open:
            raise ProviderClosed("it was closed while it was being opened")

    async def close(self) -> None:
        """Close it, and return when it is closed, or after 30 seconds. May be called twice."""
        await self._end()
        error, self._error = self._error, None
        if error is not None:
            raise error

    async def _end(self) -> None:
        self._closing.set()
        if not self._is_open:
            self._opening.cancel()
        with anyio.move_on_after(CLOSE_SECONDS, shield=True):
            await self._over.wait()

    async def _keep(self) -> None:
        # An error goes to whoever opens or closes. What is no Exception is the event loop's own word, and a
        # cancellation among it the loop's end: it goes on its way.
        # The scope lies round both ends, because what is entered may keep scopes of its own while it is open.
        try:
            with self._opening:
                try:
                    await self._enter()
                    self._is_open = True
                    self._settled.set()
                    await self._closing.wait()
                finally:
                    await self._leave()
        except Exception as error:  # noqa: BLE001
            self._error = error
        finally:
            self._settled.set()
            self._over.set()


def _spawn(keep: Callable[[], Coroutine[Any, Any, None]], over: anyio.Event) -> None:
    """Run *keep* beside all other tasks; the event loop cancels it when it ends, and waits for it."""
    if (trio := sys.modules.get("trio")) is not None and trio.lowlevel.in_trio_run():
        trio.lowlevel.spawn_system_task(keep, context=contextvars.copy_context())
        return
    import asyncio

    task = asyncio.get_running_loop().create_task(keep())
    _keeping.add(task)
    task.add_done_callback(_keeping.discard)
    # asyncio ends a task that has not begun without its having begun.
    task.add_done_callback(lambda _: over.set())
