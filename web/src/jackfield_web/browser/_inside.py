"""The host's side of the bridge. Law: everything here runs on the host's own asyncio loop, and nowhere else.

Starting is shielded and recorded in one step: a caller that is cancelled meanwhile leaves a browser that has
an owner. Connecting to one that runs elsewhere is given up, with the driver. The engine's own time limits are
off; every deadline is a cancel scope of ours.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import aclosing, asynccontextmanager
from typing import TYPE_CHECKING, Any, Final, TypeVar

import anyio
import attrs
from anyio import to_thread

from jackfield import ProviderClosed, ProviderError

from ..accounts import Cookie, FileLock, StorageState
from ..errors import NavigationRefused, PageClosed, PageCrashed, from_engine, scrubbed
from ..hands import deadline
from ._engine import STOP_SECONDS, Driver, error_of
from ._flags import AS_THE_PERSON_HAS_IT, OF_EVERY_CONTEXT
from ._headers import say_headers
from ._launch import Life, launch, lock_profile
from ._listener import Errands, listener
from ._login_state import LoginState
from ._noise import add_noise_of
from ._origins import NavigationGuard, Origins
from ._own_login import forget_everything, forget_origins, put_items
from ._reach import Reach
from ._settings import BrowserSettings

if TYPE_CHECKING:
    from playwright.async_api import BrowserContext, Frame, Page

T = TypeVar("T")

OPEN_SECONDS: Final = 15.0
_ENDING_SECONDS: Final = 1.0


@attrs.define(eq=False)
class HostedBrowser:
    """One driver and one browser, started again when they are gone."""

    settings: BrowserSettings
    _driver: Driver | None = attrs.field(default=None, init=False)
    _life: Life | None = attrs.field(default=None, init=False)
    _lock: FileLock | None = attrs.field(default=None, init=False)
    _starting: asyncio.Lock = attrs.field(factory=asyncio.Lock, init=False)
    _stopping: bool = attrs.field(default=False, init=False)

    async def life(self) -> Life:
        """Return the running browser; start one if there is none or the last one is gone."""
        async with self._starting:
            if self._stopping:
                raise ProviderClosed("the browser host is closed")
            if self._life is None or self._life.ended:
                await self._start()
            await anyio.lowlevel.checkpoint_if_cancelled()
            assert self._life is not None
            return self._life

    @property
    def is_lost(self) -> bool:
        """Whether the browser is gone, or has not started."""
        return self._life is None or self._life.ended

    async def stop(self) -> None:
        """Close browser and driver, by force after some seconds, and give the profile back."""
        self._stopping = True
        with anyio.CancelScope(shield=True):
            async with self._starting:
                await self._shut()

    async def _start(self) -> None:
        with anyio.CancelScope(shield=True):
            await self._shut()
            if self.settings.profile is not None:
                self._lock = await to_thread.run_sync(lock_profile, self.settings.profile)
            driver = self._driver = await Driver.start(self.settings.engine)
        try:
            # Of a browser that runs elsewhere there is a connection only, and that ends with the driver.
            with anyio.CancelScope(shield=not self.settings.is_remote):
                self._life = await launch(self.settings, driver)
        except asyncio.CancelledError:
            self._driver = None
            with anyio.CancelScope(shield=True):
                await driver.kill()
            raise

    async def _shut(self) -> None:
        life, self._life = self._life, None
        driver, self._driver = self._driver, None
        lock, self._lock = self._lock, None
        if driver is not None:
            with anyio.move_on_after(STOP_SECONDS) as scope:
                if life is not None:
                    with contextlib.suppress(Exception):
                        await life.browser.close()
                await driver.stop()
            if scope.cancelled_caught:
                await driver.kill()
        if lock is not None:
            lock.release()

    async def run(self, function: Callable[..., Awaitable[T]], *args: Any) -> T:
        """Return what *function* returns; the engine's errors become ours."""
        async with self.errors():
            return await function(*args)

    async def items(self, function: Callable[..., AsyncGenerator[T]], *args: Any) -> AsyncGenerator[T]:
        """Yield what *function* yields; the engine's errors become ours."""
        async with self.errors(), aclosing(function(*args)) as items:
            async for item in items:
                yield item

    @asynccontextmanager
    async def errors(self, page: HostedPage | None = None) -> AsyncIterator[None]:
        """Turn an engine's error into one of ours, with the engine's as its cause."""
        driver, life = self._driver, page.life if page else self._life
        try:
            yield
        except ProviderError as error:
            if page is not None:
                page.tell_dialog(error)
            raise
        except Exception as error:
            if driver is None or not isinstance(error, driver.error):
                raise
            if type(error).__name__ == "TargetClosedError" and life and not life.ended and not self._stopping:
                await self._notice_end(driver, life)
            ours = self.gone(life) or (page and page.explain(error)) or from_engine(error)
            raise ours from scrubbed(error)

    def gone(self, life: Life | None) -> ProviderError | None:
        """Return why *life* cannot be used any more; None while it can."""
        if self._stopping:
            return ProviderClosed("the browser host was closed meanwhile")
        return life.gone() if life else None

    async def _notice_end(self, driver: Driver, life: Life) -> None:
        """End *life* if its driver is dead, which fires no event; a living one has told what it knew."""
        if not await driver.answers():
            life.end()


@attrs.define(eq=False)
class HostedSession:
    """One account's cookies and pages; made again in a new browser when the old one is gone.

    Attributes:
        browser: The browser.
        origins: Where its pages may go.
        permissions: What its pages may do.
        state: The login to begin with, each time that it is made.
        reach: How its pages reach their remote.
        life: The browser that it was made in.
        refused: The names of cookies that the browser refused.
        has_told: Whether it was told that databases are left out of its login.
        login: What reads its login.
    """

    browser: HostedBrowser
    origins: Origins
    permissions: tuple[str, ...]
    state: StorageState | None
    reach: Reach
    life: Life | None = attrs.field(default=None, init=False)
    refused: tuple[str, ...] = attrs.field(default=(), init=False)
    has_told: bool = attrs.field(default=False, init=False)
    login: LoginState = attrs.field(factory=LoginState, init=False)
    _context: BrowserContext | None = attrs.field(default=None, init=False)
    _opening: asyncio.Lock = attrs.field(factory=asyncio.Lock, init=False)
    _closed: bool = attrs.field(default=False, init=False)
    _guard: tuple[BrowserContext, NavigationGuard] | None = attrs.field(default=None, init=False)
    _guarding: asyncio.Lock = attrs.field(factory=asyncio.Lock, init=False)

    async def context(self) -> BrowserContext:
        """Return the engine's context of this session in the running browser."""
        life = await self.browser.life()
        async with self._opening:
            if self._closed:
                raise ProviderClosed(
                    "the browser session is closed", hint="Use it inside its `async with` block."
                )
            if self._context is None or self.life is not life:
                with anyio.CancelScope(shield=True):
                    self._context, self.life = await self._new_context(life), life
            assert self._context is not None
            return self._context

    async def guard(self, page: Page) -> NavigationGuard | None:
        """Return what keeps *page* and the windows that it opens within the origins, if there are any."""
        if not self.origins.allowed:
            return None
        if self.is_attached:
            return await NavigationGuard.install(page, self.origins)
        assert self.life is not None
        async with self._guarding:
            if self._guard is None or self._guard[0] is not page.context:
                guard = await NavigationGuard.install_around(page, self.origins, self.life.browser)
                self._guard = page.context, guard
        return self._guard[1]

    async def say_headers(self, page: Page) -> None:
        """Say the account's headers to its remote, whenever *page* asks it for something."""
        if self.reach.headers and self.reach.origins:
            await say_headers(page, self.reach.headers, Origins(self.reach.origins))

    @property
    def is_attached(self) -> bool:
        """Whether the browser is one that a person started and works in."""
        return self.browser.settings.engine == "attach"

    async def run(self, function: Callable[..., Awaitable[T]], *args: Any) -> T:
        """Return what *function* returns for the engine's context."""
        context = await self.context()
        async with self.browser.errors():
            return await function(context, *args)

    async def end_if_silent(self, seconds: float) -> bool:
        """Take a browser that says nothing for *seconds* for ended, for all in it; tell whether it has."""
        with anyio.move_on_after(seconds), contextlib.suppress(ProviderError):
            await self.run(_ask)
            return False
        if self.life is not None:
            self.life.end()
        return True

    async def forget_login(self, origins: tuple[str, ...]) -> None:
        """Take a login on *origins* away: a profile's all, of a person's browser no more than that."""
        with deadline(OPEN_SECONDS, "taking a login out of the browser"):
            await self.run(forget_origins if self.is_attached else forget_everything, origins)

    async def put_login(self, login: StorageState) -> None:
        """Put *login* into a browser that keeps its own."""
        items = login.stored_items()
        with deadline(OPEN_SECONDS, "putting a login into the browser"):
            await self.run(self.add_cookies, login.cookies)
            await self.run(put_items, items)

    async def add_cookies(self, context: BrowserContext, cookies: tuple[Cookie, ...]) -> tuple[str, ...]:
        """Give *context* the cookies that the browser takes; return the names of the others.

        The browser takes all of a list or none, and does not tell which of them is to blame.
        """
        if not cookies:
            return ()
        said: Any = [cookie.as_playwright() for cookie in cookies]
        try:
            await context.add_cookies(said)
        except error_of(context) as error:
            if type(error).__name__ == "TargetClosedError":
                raise
        else:
            return ()
        if len(cookies) == 1:
            self.refused = tuple(dict.fromkeys((*self.refused, cookies[0].name)))
            return (cookies[0].name,)
        half = len(cookies) // 2
        refused = await self.add_cookies(context, cookies[:half])
        return refused + await self.add_cookies(context, cookies[half:])

    async def close(self) -> None:
        """Close the session's pages and forget its cookies; a persistent profile stays as it is."""
        self._closed = True
        with anyio.CancelScope(shield=True):
            # A context that is being made would stay in the browser, which may be shared.
            async with self._opening:
                context, self._context = self._context, None
        if self.life is None or self.life.ended:
            return
        if self._guard is not None:
            await self._guard[1].remove()
        if context is not None and context is not self.life.own:
            with contextlib.suppress(Exception), anyio.move_on_after(STOP_SECONDS, shield=True):
                await context.close()

    async def _new_context(self, life: Life) -> BrowserContext:
        async with self.browser.errors():
            with deadline(OPEN_SECONDS, "opening a browser session"):
                context = life.own or await self._apart(life)
                # Not none of them: that denies all, which a page can see. What is not given, a person gives.
                if self.permissions:
                    await context.grant_permissions(self.permissions)
        context.set_default_timeout(0)
        context.set_default_navigation_timeout(0)
        return context

    async def _apart(self, life: Life) -> BrowserContext:
        # Without its cookies: one that the browser refuses would keep all the others from it.
        state: Any = attrs.evolve(self.state, cookies=()).as_playwright() if self.state else None
        context = await life.browser.new_context(
            storage_state=state, **OF_EVERY_CONTEXT, **self.reach.context_options()
        )
        life.dialogs.watch(context)
        self.login.watch(context, self.state)
        await add_noise_of(life.identity, context)
        await self.add_cookies(context, self.state.cookies if self.state else ())
        return context


async def _ask(context: BrowserContext) -> None:
    """Ask the browser something, which it answers whatever its pages do."""
    await context.cookies("http://localhost/")


@attrs.define(eq=False)
class HostedPage:
    """One page and the windows that it opened."""

    session: HostedSession
    page: Page | None = attrs.field(default=None, init=False)
    life: Life | None = attrs.field(default=None, init=False)
    crashed: bool = attrs.field(default=False, init=False)
    left_for: str = attrs.field(default="", init=False)
    _guard: NavigationGuard | None = attrs.field(default=None, init=False)
    _narrower: NavigationGuard | None = attrs.field(default=None, init=False)
    _popups: list[Page] = attrs.field(factory=list, init=False)
    _errands: Errands = attrs.field(factory=Errands, init=False)
    _running: set[asyncio.Task[Any]] = attrs.field(factory=set, init=False)

    async def open(self) -> None:
        """Open the page."""
        context = await self.session.context()
        life = self.life = self.session.life
        assert life is not None
        life.at_end.add(self._ended)
        async with self.session.browser.errors(self):
            with anyio.CancelScope(shield=True), deadline(OPEN_SECONDS, "opening a page"):
                self.page = await context.new_page()
                life.dialogs.ours.add(self.page)
                self.page.on("crash", listener(self._crashed))
                self.page.on("popup", listener(self._popup))
                self.page.on("framenavigated", listener(self._arrived))
                if life.identity is None:
                    # A browser that runs already has a context of its own, whose pages the engine has light.
                    await self.page.emulate_media(**AS_THE_PERSON_HAS_IT)
                await self.session.say_headers(self.page)
                self._guard = await self.session.guard(self.page)
                if self._guard is not None:
                    self._guard.pages.add(self.page)

    async def run(self, function: Callable[..., Awaitable[T]], *args: Any) -> T:
        """Return what *function* returns for the engine's page."""
        async with self.session.browser.errors(self), self._until_crash():
            return await function(self._open_page(), *args)

    async def items(self, function: Callable[..., AsyncGenerator[T]], *args: Any) -> AsyncGenerator[T]:
        """Yield what *function* yields for the engine's page."""
        async with (
            self.session.browser.errors(self),
            self._until_crash(),
            aclosing(function(self._open_page(), *args)) as items,
        ):
            async for item in items:
                yield item

    @asynccontextmanager
    async def _until_crash(self) -> AsyncIterator[None]:
        """End the block when the page's process or its browser ends.

        The DevTools protocol leaves its callers waiting, and an engine those whose page crashed with it.
        """
        task = asyncio.current_task()
        assert task is not None
        self._running.add(task)
        try:
            yield
        except asyncio.CancelledError:
            if task in self._running or task.uncancel():
                raise
            why = self.session.browser.gone(self.life) or self.gone()
            assert why is not None
            raise why from None
        finally:
            self._running.discard(task)

    async def close(self) -> None:
        """Close the page and the windows that it opened."""
        if self.life is not None:
            self.life.at_end.discard(self._ended)
        if self.life is not None and self.page is not None:
            self.life.dialogs.forget(self.page)
            if self._guard is not None:
                self._guard.forget(self.page)
        with anyio.move_on_after(STOP_SECONDS, shield=True):
            for page in (*self._popups, self.page):
                if page is not None and not page.is_closed():
                    with contextlib.suppress(Exception):
                        await page.close()

    async def keep(self, origins: Origins) -> None:
        """Keep the page and the windows that it opens within *origins*, also where it may go anywhere."""
        page = self._open_page()
        assert self.life is not None
        async with self.session.browser.errors(self):
            with anyio.CancelScope(shield=True), deadline(OPEN_SECONDS, "watching a page"):
                browser = self.life.browser
                self._narrower = await NavigationGuard.install_with_windows(page, origins, browser)

    async def let_go(self) -> None:
        """End what `keep` began."""
        guard, self._narrower = self._narrower, None
        if guard is not None and self.life is not None and not self.life.ended:
            await guard.remove()

    def gone(self) -> ProviderError | None:
        """Return why the page cannot be used any more; None while it can."""
        if self.life and (gone := self.life.gone()):
            return gone
        if self.crashed:
            return PageCrashed("the page's process ended", hint="Open the page again.")
        if self.left_for:
            return self.session.origins.refusal(self.left_for)
        if self.page is None or self.page.is_closed():
            return PageClosed("the page is closed", hint="Open the page again.")
        return None

    def tell_dialog(self, error: ProviderError) -> None:
        """Add to *error* that the page opened a dialog, if it did."""
        if self.life is not None and self.page is not None:
            self.life.dialogs.tell(self.page, error)

    def explain(self, error: Exception) -> ProviderError | None:
        """Return what the engine's *error* means, if the page is gone or was kept from leaving."""
        if gone := self.gone():
            return gone
        return self.kept_from() if "net::ERR_ABORTED" in str(error) else None

    def kept_from(self) -> NavigationRefused | None:
        """Return why the page is not where it wanted to go last; None when it was not kept from it."""
        page = self._open_page()
        guards = (self._narrower, self._guard)
        return next((why for guard in guards if guard and (why := guard.why(page))), None)

    def _open_page(self) -> Page:
        if gone := self.gone():
            raise gone
        assert self.page is not None
        return self.page

    def _crashed(self, _: Page) -> None:
        self.crashed = True
        self._abandon()

    def _ended(self) -> None:
        # What the engine ends by itself may end its own way.
        asyncio.get_running_loop().call_later(_ENDING_SECONDS, self._abandon)

    def _abandon(self) -> None:
        while self._running:
            self._running.pop().cancel()

    def _popup(self, page: Page) -> None:
        self._popups.append(page)
        page.on("popup", listener(self._popup))
        page.on("framenavigated", listener(self._arrived))
        self._arrived(page.main_frame)
        # Its first request went without them.
        self._errands.begin(self.session.say_headers(page))
        if self.session.origins.allowed and self.session.is_attached:
            self._errands.begin(NavigationGuard.install(page, self.session.origins))

    def _arrived(self, frame: Frame) -> None:
        """Close a page that came to be outside the origins.

        To what was fetched in advance it goes without a request, and a window may be there unwatched.
        """
        if frame.parent_frame is None and self.session.origins.exclude(frame.url):
            if frame.page is self.page:
                self.left_for = frame.url
            self._errands.begin(frame.page.close())
