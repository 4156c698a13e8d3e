"""The browser host: one engine and one browser, reached the same way from asyncio and from trio.

What the engine calls a page never leaves the host's loop. Callers hold a `PageHandle` and pass functions,
which are run on the page, inside.
"""

from __future__ import annotations

import functools
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from typing import Self, TypeVar, TypeVarTuple

import attrs

from jackfield import ConfigError

from ..accounts import StorageState
from ._bridge import Bridge
from ._handles import BrowserSession
from ._inside import HostedBrowser, HostedSession
from ._origins import Origins
from ._reach import Reach
from ._settings import BrowserSettings
from ._stream import HostStream

T = TypeVar("T")
Args = TypeVarTuple("Args")


@attrs.define(eq=False)
class BrowserHost:
    """A browser for as long as its `async with` block.

    A browser that ends under us is noticed by the calls under way (`BrowserCrashed`); opening the next page
    starts a new one.

    Attributes:
        settings: How the browser is started.
    """

    settings: BrowserSettings = attrs.field(factory=BrowserSettings)
    _bridge: Bridge = attrs.field(factory=Bridge, init=False)
    _inside: HostedBrowser = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        self._inside = HostedBrowser(self.settings)

    async def __aenter__(self) -> Self:
        """Start the driver and the browser.

        Raises:
            LaunchFailed: No browser was found, or it did not start.
            ProfileInUse: Another browser has the profile.
            SessionStoreError: The profile's directory is not safe.
        """
        try:
            await self._bridge.start()
            await self._bridge.call(self._inside.life)
        except BaseException:
            await self._stop()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stop()

    @property
    def is_lost(self) -> bool:
        """Whether the browser is gone, or has not started."""
        return self._inside.is_lost

    async def wake(self) -> None:
        """See to it that the browser runs.

        Raises:
            LaunchFailed: It was gone and does not start again.
        """
        await self._bridge.call(self._inside.life)

    async def call(self, function: Callable[[*Args], Awaitable[T]], *args: *Args) -> T:
        """Return what *function* returns on the host's loop.

        Cancelling the caller cancels the function, and the caller waits until it has ended.

        Raises:
            BrowserError: For what the engine raised.
            ProviderClosed: The host is not open, or was closed meanwhile.
        """
        return await self._bridge.call(functools.partial(self._inside.run, function, *args))

    def stream(self, function: Callable[[*Args], AsyncGenerator[T]], *args: *Args) -> HostStream[T]:
        """Return what *function* yields on the host's loop, to be read inside an `async with` block."""
        return HostStream(self._bridge, functools.partial(self._inside.items, function, *args))

    @asynccontextmanager
    async def session(
        self,
        state: StorageState | None = None,
        *,
        origins: Iterable[str] = (),
        permissions: Iterable[str] = (),
        reach: Reach | None = None,
    ) -> AsyncIterator[BrowserSession]:
        """Give one account's cookies and pages for the length of a block; sessions do not see each other.

        On a persistent profile, and in a browser that is attached to, there is one set of cookies for all.

        Args:
            state: The login to begin with; None to begin with none.
            origins: The origins that pages may go to; empty for all.
            permissions: What pages may do, in Playwright's words; everything else is denied.
            reach: How pages reach their remote; a profile's goes into the settings too.

        Raises:
            ConfigError: *state* was given and the browser keeps its own, or an origin is none.
        """
        if state is not None and self.settings.keeps_its_own:
            raise ConfigError(
                "a storage state and a browser that keeps its own profile exclude each other",
                hint="Add cookies to the profile with `BrowserSession.add_cookies`.",
            )
        inside = HostedSession(self._inside, Origins(origins), tuple(permissions), state, reach or Reach())
        try:
            yield BrowserSession(self._bridge, inside)
        finally:
            await self._bridge.leave(inside.close)

    async def _stop(self) -> None:
        await self._bridge.leave(self._inside.stop)
        await self._bridge.stop()
