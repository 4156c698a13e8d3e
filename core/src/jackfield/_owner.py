"""The task that owns an opened connection: it enters the provider and it leaves it, nobody else does.

So a provider may keep task groups of its own, whichever task adds, uses or removes the connection.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import TYPE_CHECKING, Final, Generic, Protocol, TypeVar

import anyio
import attrs

from . import _log
from ._background import Background
from ._blame import in_words
from ._exceptions import ProviderClosed

if TYPE_CHECKING:
    from ._provider import ProviderContext


CLOSE_SECONDS: Final = 5.0


class Owned(Protocol):
    """What a task can own: a connection, as far as its owner knows it."""

    @property
    def name(self) -> str:
        """Its name."""

    def hold_open(self, context: ProviderContext | None) -> AbstractAsyncContextManager[None]:
        """Be open for the length of a block."""

    async def stay_open(self, closing: anyio.Event) -> None:
        """Return after *closing* is set and `wake` called."""

    def wake(self) -> None:
        """Look whether it is time to close."""

    def give_up(self) -> None:
        """Hear that it is closed for good."""


Held = TypeVar("Held", bound=Owned)


@attrs.define(eq=False, repr=False)
class _Life:
    """One opening of a connection, from its beginning to its end, in a task of its own.

    Attributes:
        is_open: Whether it was opened.
        error: Why it was not.
        is_superseded: Whether it is to end because another one is to follow.
        settled: Set when it is open, or will not be.
        over: Set when the provider was left.
    """

    _connection: Owned
    _context: ProviderContext | None
    is_open: bool = attrs.field(default=False, init=False)
    error: BaseException | None = attrs.field(default=None, init=False)
    is_superseded: bool = attrs.field(default=False, init=False)
    settled: anyio.Event = attrs.field(factory=anyio.Event, init=False)
    over: anyio.Event = attrs.field(factory=anyio.Event, init=False)
    _closing: anyio.Event = attrs.field(factory=anyio.Event, init=False)
    _scope: anyio.CancelScope = attrs.field(factory=anyio.CancelScope, init=False)

    async def live(self) -> None:
        """Open the connection, keep it, and close it when it is to end."""
        try:
            with self._scope:
                async with self._connection.hold_open(self._context):
                    # A program that is cancelled ends its requests; only then is closed what they ran on.
                    # It is safe to be out of reach: who opens this has `end`, and calls it in any case.
                    self._scope.shield = self.is_open = True
                    self.settled.set()
                    await self._connection.stay_open(self._closing)
        except BaseException as error:
            if _is_of_the_loop(error):
                raise
            # What is no fault of the plugin's that raised it, too: its opener hears of it, the loop does not.
            self.error = error
            if self.is_open:
                _log.warning(
                    "provider.close_failed", connection=self._connection.name, reason=in_words(error)
                )
        finally:
            self.settled.set()
            self.over.set()

    def end(self) -> None:
        """Let it end: by closing what is open, or by giving up what is being opened."""
        self._closing.set()
        self._connection.wake()
        if not self.is_open:
            self._scope.cancel()


def _is_of_the_loop(error: BaseException) -> bool:
    """Whether *error* is the event loop's: its cancellation, and on asyncio Ctrl-C, which may come anywhere.

    On trio Ctrl-C never comes to these tasks. What a plugin raises there would end the loop as its own bug.
    """
    if isinstance(error, anyio.get_cancelled_exc_class()):
        return True
    is_on_asyncio = anyio.get_cancelled_exc_class().__module__.startswith("asyncio")
    return is_on_asyncio and isinstance(error, KeyboardInterrupt)


@attrs.define(eq=False, repr=False)
class Owner(Generic[Held]):
    """Opens a connection in a task of the manager's, and closes it there; again and again if need be.

    Attributes:
        connection: The connection, for as long as its name is known.
    """

    connection: Held
    _tasks: Background
    _life: _Life | None = attrs.field(default=None, init=False)
    _given_up: bool = attrs.field(default=False, init=False)
    _reopening: anyio.Lock = attrs.field(factory=anyio.Lock, init=False)

    async def open(self, context: ProviderContext | None = None) -> None:
        """Open the connection; errors as for `Connection.hold_open`.

        Whoever waits here may be cancelled at any moment: then nothing is left open.

        Raises:
            ProviderClosed: The connection was removed while it was being opened.
        """
        self._refuse_if_given_up()
        life = self._life = _Life(self.connection, context)
        # Not `TaskGroup.start`: that waits, shielded, for a cancelled child, and this one shields itself.
        self._tasks.start_soon(life.live)
        try:
            await life.settled.wait()
        except BaseException:
            life.end()
            await over(life)
            raise
        if life.is_superseded:
            # What becomes of the next one is told to whoever gave the context for it.
            async with self._reopening:
                self._refuse_if_given_up()
            return
        if life.error is not None and not life.is_open:
            raise life.error
        self._refuse_if_given_up()
        if not life.is_open:
            raise ProviderClosed(f"{self.connection.name!r} was closed while it was being opened")

    def _refuse_if_given_up(self) -> None:
        if self._given_up:
            raise ProviderClosed(f"the connection {self.connection.name!r} was removed")

    async def reopen(self, context: ProviderContext) -> None:
        """Close what is open and open it with *context*; everything else of the connection goes on.

        Raises:
            ProviderClosed: The connection was removed meanwhile.
        """
        async with self._reopening:
            if self._life is not None:
                self._life.is_superseded = True
                self._life.end()
                await over(self._life)
            await self.open(context)

    def give_up(self) -> None:
        """Turn new requests away for good, and let the owning task leave the provider."""
        self._given_up = True
        self.connection.give_up()
        if self._life is not None:
            self._life.end()

    async def close(self) -> None:
        """Close the connection for good; return when it is closed, or after 5 seconds."""
        await close(self)


async def close(*owners: Owner[Held]) -> None:
    """Close connections side by side; return when all are closed. They may be closed already."""
    for owner in owners:
        owner.give_up()
    await over(*(owner._life for owner in owners if owner._life is not None))  # noqa: SLF001  its own module


async def over(*lives: _Life) -> None:
    """Return when all have ended. What hangs for longer than 5 seconds is left to end by itself."""
    with anyio.move_on_after(CLOSE_SECONDS, shield=True):
        for life in lives:
            await life.over.wait()


@asynccontextmanager
async def opened(connection: Held, context: ProviderContext | None) -> AsyncIterator[Held]:
    """Open one connection for the length of a block, in a task of its own beside it."""
    owner: Owner[Held]

    async def last() -> None:
        await owner.close()

    tasks = Background(last)
    owner = Owner(connection, tasks)
    async with tasks:
        await owner.open(context)
        yield connection
