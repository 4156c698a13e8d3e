"""What callers hold of a browser: one account's session, and its pages. Nothing in them is the engine's."""

from __future__ import annotations

import functools
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from logging import WARNING
from typing import TYPE_CHECKING, Any, TypeVar, TypeVarTuple

import attrs

from jackfield import ProviderError, log_event

from ..accounts import Cookie, StorageState
from ..errors import NavigationRefused
from ..identity import Identity
from ._bridge import Bridge
from ._inside import HostedPage, HostedSession
from ._origins import Origins
from ._stream import HostStream

if TYPE_CHECKING:
    from playwright.async_api import BrowserContext, Page

T = TypeVar("T")
Args = TypeVarTuple("Args")


@attrs.define(eq=False, repr=False)
class PageHandle:
    """A page, held from outside; `BrowserSession.page` gives one.

    The functions that it runs get the engine's page as their first argument and run on the host's loop.
    """

    _bridge: Bridge
    _inside: HostedPage

    @property
    def is_open(self) -> bool:
        """Whether the page can be used: neither closed nor crashed, and its browser is alive."""
        return self._inside.gone() is None

    @property
    def origins(self) -> Origins:
        """Where the page may go."""
        return self._inside.session.origins

    @property
    def kept_from(self) -> NavigationRefused | None:
        """Why the page is not where it wanted to go last; None when it was not kept from it."""
        return self._inside.kept_from()

    def tell_dialog(self, error: ProviderError) -> None:
        """Add to *error* that the page opened a dialog, if it did since that was told last."""
        self._inside.tell_dialog(error)

    async def address(self) -> str:
        """Return where the page is."""
        return await self.call(_address)

    async def call(self, function: Callable[[Page, *Args], Awaitable[T]], *args: *Args) -> T:
        """Return what *function* returns for the engine's page.

        Cancelling the caller cancels the function, and the caller waits until it has ended.

        Raises:
            BrowserCrashed: The browser ended.
            PageCrashed: The page's process ended.
            PageClosed: The page is closed.
            BrowserError: For anything else that the engine raised.
        """
        return await self._bridge.call(functools.partial(self._inside.run, function, *args))

    @asynccontextmanager
    async def kept_within(self, origins: Iterable[str]) -> AsyncIterator[None]:
        """Keep the page and the windows that it opens within *origins*, for the length of a block.

        Raises:
            BrowserError: It cannot be watched.
        """
        try:
            await self._bridge.call(self._inside.keep, Origins(origins))
            yield
        finally:
            await self._bridge.leave(self._inside.let_go)

    def stream(self, function: Callable[[Page, *Args], AsyncGenerator[T]], *args: *Args) -> HostStream[T]:
        """Return what *function* yields for the engine's page, to be read inside an `async with` block."""
        return HostStream(self._bridge, functools.partial(self._inside.items, function, *args))


@attrs.define(eq=False, repr=False)
class BrowserSession:
    """One account in a browser; `BrowserHost.session` gives one."""

    _bridge: Bridge
    _inside: HostedSession

    @asynccontextmanager
    async def page(self) -> AsyncIterator[PageHandle]:
        """Give a new page for the length of a block; it is closed with the windows that it opened.

        Raises:
            LaunchFailed: The browser was gone and does not start again.
            BrowserError: The page cannot be opened.
        """
        page = HostedPage(self._inside)
        try:
            await self._bridge.call(page.open)
            yield PageHandle(self._bridge, page)
        finally:
            await self._bridge.leave(page.close)

    async def call(self, function: Callable[[BrowserContext, *Args], Awaitable[T]], *args: *Args) -> T:
        """Return what *function* returns for the engine's browser context, inside."""
        return await self._bridge.call(functools.partial(self._inside.run, function, *args))

    async def identity(self) -> Identity | None:
        """Return who the browser is; None for one that somebody else started."""
        await self._bridge.call(self._inside.context)
        return self._inside.life.identity if self._inside.life else None

    async def storage_state(self) -> StorageState:
        """Return the login as it is now; a browser that has to start again begins with it."""
        found, is_whole = await self.call(self._inside.login.read)
        if not is_whole and not self._inside.has_told:
            self._inside.has_told = True
            log_event("login.databases_left_out", level=WARNING, layer="web")
        state = self._inside.state = StorageState.from_playwright(found)
        return state

    async def cookies(self) -> tuple[Cookie, ...]:
        """Return the cookies that the session has now."""
        return StorageState.from_playwright({"cookies": await self.call(_cookies)}).cookies

    async def add_cookies(self, cookies: Iterable[Cookie]) -> tuple[str, ...]:
        """Add *cookies* to those that the session has; return the names of those that the browser refuses."""
        return await self.call(self._inside.add_cookies, tuple(cookies))

    async def end_if_silent(self, seconds: float) -> bool:
        """Ask the browser for a sign of life, which ends for all who are in it if none comes in *seconds*.

        Returns:
            Whether it has ended.
        """
        return await self._bridge.call(self._inside.end_if_silent, seconds)

    async def forget_login(self, origins: Iterable[str]) -> None:
        """Take a login on *origins* out of a browser that keeps its own, its cookies and all that is stored.

        A profile of ours forgets all that it knows, a person's browser only what it knows of *origins*.
        """
        await self._bridge.call(self._inside.forget_login, tuple(origins))

    async def put_login(self, login: StorageState) -> None:
        """Put *login* into a browser that keeps its own: its cookies and its local storage.

        Raises:
            ConfigError: It has more than that, or no known form; nothing of it was put in.
        """
        await self._bridge.call(self._inside.put_login, login)

    async def browser_name(self) -> str:
        """Return the browser's own name for what this session has of it; empty when it does not tell."""
        return await self.call(_browser_name)

    @property
    def is_lost(self) -> bool:
        """Whether the browser that it was used in is gone."""
        life = self._inside.life
        return life is not None and life.ended

    @property
    def state(self) -> StorageState | None:
        """The login that it begins with in a browser that has to start again."""
        return self._inside.state

    @property
    def refused(self) -> tuple[str, ...]:
        """The names of the cookies that the browser refused."""
        return self._inside.refused


async def _address(page: Page) -> str:
    return page.url


async def _cookies(context: BrowserContext) -> Sequence[Any]:
    return await context.cookies()


async def _browser_name(context: BrowserContext) -> str:
    # By itself an address does not name it: one browser has several, and one may lead to several browsers.
    assert context.browser is not None
    protocol = await context.browser.new_browser_cdp_session()
    try:
        told: Any = await protocol.send("Target.getBrowserContexts")
    finally:
        await protocol.detach()
    return str(told.get("defaultBrowserContextId") or "")
