"""A browser with six verbs, for programs that want one page and no more."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal, Self

import anyio
import attrs
from anyio import to_thread

from jackfield import Keeper, ProviderClosed, log_event

from ..accounts import write_private
from ..errors import PageChanged, shown_url
from ..hands import InputDriver, Pace, PlainInput, deadline, input_driver
from ..identity import Identity
from ._handles import BrowserSession, PageHandle
from ._host import BrowserHost
from ._settings import BrowserSettings

if TYPE_CHECKING:
    from playwright.async_api import Locator, Page

ELEMENT_SECONDS: Final = 10.0
NAVIGATION_SECONDS: Final = 30.0

State = Literal["attached", "detached", "hidden", "visible"]


@attrs.define(eq=False)
class StealthBrowser:
    """One page of a browser, on asyncio and on trio: in an `async with` block, or between two calls.

    Without a block, `initialize` opens it and `cleanup` closes it, which the end of the event loop does for a
    program that does not come to it.

    Example:
        >>> async def ask(url: str, question: str) -> str:
        ...     async with StealthBrowser(headless=True) as browser:
        ...         await browser.navigate(url)
        ...         await browser.type_text("#question", question)
        ...         await browser.click_element("#ask")
        ...         await browser.wait_for_element("#answer")
        ...         return await browser.get_text("#answer")

    Attributes:
        name: What it is called in logs and errors. Nothing is kept under it: see *profile*.
        headless: Whether there is no window.
        profile: The directory of a persistent profile; None for one that is forgotten.
        identity: What the browser tells pages about itself; None for what the profile keeps.
        pace: How fast the hand is that visits, clicks and types: `person`, `quick`, or `off` for the engine's
            own input. Limits in seconds do not count the time that it takes.
        input: Another hand.
        browser: The browser's path or name; None to look for one.
        origins: The origins that the page may go to; empty for all.
        settings: All settings at once, instead of the first three and *browser*.
    """

    name: str = ""
    headless: bool = attrs.field(default=True, kw_only=True)
    profile: Path | str | None = attrs.field(default=None, kw_only=True)
    identity: Identity | None = attrs.field(default=None, kw_only=True)
    pace: Pace = attrs.field(default="off", kw_only=True)
    input: InputDriver | None = attrs.field(default=None, kw_only=True)
    browser: str | None = attrs.field(default=None, kw_only=True)
    origins: Iterable[str] = attrs.field(default=(), kw_only=True)
    settings: BrowserSettings | None = attrs.field(default=None, kw_only=True)
    _keeper: Keeper | None = attrs.field(default=None, init=False)
    _session: BrowserSession | None = attrs.field(default=None, init=False)
    _page: PageHandle | None = attrs.field(default=None, init=False)
    _hand: InputDriver = attrs.field(factory=PlainInput, init=False)
    _opened: AsyncExitStack = attrs.field(factory=AsyncExitStack, init=False)

    async def __aenter__(self) -> Self:
        """Start the browser and open the page.

        Raises:
            LaunchFailed: No browser was found, or it did not start.
            ProfileInUse: Another browser has the profile.
            ConfigError: A setting is wrong.
        """
        self._refuse_if_open()
        try:
            await self._open()
        except BaseException:
            await self._shut()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def initialize(self) -> None:
        """Start the browser and open the page, without a block; errors as on entering one.

        Cancelled meanwhile, it leaves nothing behind. After `cleanup` it may be called again.
        """
        self._refuse_if_open()
        keeper = self._keeper = Keeper(self._open, self._shut)
        try:
            await keeper.open()
        except BaseException:
            self._keeper = None
            raise

    async def cleanup(self) -> None:
        """Close page and browser, as `close` does; the counterpart of `initialize`. May be called twice."""
        await self.close()

    async def close(self) -> None:
        """Close page and browser. May be called twice."""
        keeper, self._keeper = self._keeper, None
        await (self._shut() if keeper is None else keeper.close())

    def _refuse_if_open(self) -> None:
        if self._page is not None or self._keeper is not None:
            raise RuntimeError(f"the browser{self._called} is open already: close it first, or make another")

    async def _open(self) -> None:
        settings = self.settings or BrowserSettings(
            headless=self.headless, profile=self.profile, identity=self.identity, browser=self.browser
        )
        host = await self._opened.enter_async_context(BrowserHost(settings))
        self._session = await self._opened.enter_async_context(host.session(origins=self.origins))
        self._page = await self._opened.enter_async_context(self._session.page())
        identity = await self._session.identity()
        self._hand = self.input or input_driver(self.pace, identity.seed if identity else 0)
        log_event("browser.opened", layer="web", name=self.name)

    async def _shut(self) -> None:
        self._page = self._session = None
        # Taken away at once, so that who closes it a second time meanwhile closes nothing out of order.
        # Cancelled or not, all of it is closed: what is in the stack shields its own closing.
        await self._opened.pop_all().aclose()

    @property
    def _called(self) -> str:
        return f" {self.name!r}" if self.name else ""

    async def navigate(self, url: str, *, seconds: float = NAVIGATION_SECONDS) -> None:
        """Go to *url* and return when the document is there; a page that was lost is opened again.

        Args:
            url: The address.
            seconds: The limit.

        Raises:
            NavigationRefused: The address is outside the allowed origins.
            ConnectFailed: Nobody answers there.
            DeadlineExceeded: The document did not come in time.
        """
        page = self._held()
        page.origins.require(url)
        if not page.is_open:
            page = await self._reopen()
        await page.call(_navigate, self._hand, url, seconds)

    async def type_text(self, selector: str, text: str, *, seconds: float = ELEMENT_SECONDS) -> None:
        """Type *text* into the element, behind what is there; `PageChanged` if it does not show in time."""
        await self._held().call(_type_text, self._hand, selector, text, seconds)

    async def click_element(self, selector: str, *, seconds: float = ELEMENT_SECONDS) -> None:
        """Click the element; `PageChanged` if it does not show in time."""
        await self._held().call(_click, self._hand, selector, seconds)

    async def wait_for_element(
        self, selector: str, *, state: State = "visible", seconds: float = ELEMENT_SECONDS
    ) -> None:
        """Wait until the element is in *state*; `PageChanged` after *seconds*."""
        await self._held().call(_element, selector, state, seconds)

    async def get_text(self, selector: str, *, seconds: float = ELEMENT_SECONDS) -> str:
        """Return the element's text as it is shown; `PageChanged` if it does not show in time."""
        return await self._held().call(_text, selector, seconds)

    async def screenshot(self, path: Path | str | None = None) -> bytes:
        """Return a PNG picture of what the window shows; with *path*, also write it there, with mode 0600."""
        picture = await self._held().call(window_picture)
        if path is not None:
            await to_thread.run_sync(write_private, Path(path), picture)
        return picture

    def _held(self) -> PageHandle:
        if self._page is None:
            raise ProviderClosed(
                f"the browser{self._called} is not open",
                hint="Use it inside its `async with` block, or after `await browser.initialize()`.",
            )
        return self._page

    async def _reopen(self) -> PageHandle:
        assert self._session is not None
        self._page = await self._opened.enter_async_context(self._session.page())
        return self._page


async def _navigate(page: Page, hand: InputDriver, url: str, seconds: float) -> None:
    with deadline(seconds + hand.seconds_for(), f"going to {shown_url(url)}"):
        await hand.navigate(page, url)
    log_event("page.opened", layer="web", url=shown_url(url))


async def _click(page: Page, hand: InputDriver, selector: str, seconds: float) -> None:
    target = await _element(page, selector, "visible", seconds)
    with deadline(seconds + hand.seconds_for(), f"clicking {selector!r}"):
        await hand.click(target)
    log_event("element.clicked", layer="web", selector=selector)


async def _type_text(page: Page, hand: InputDriver, selector: str, text: str, seconds: float) -> None:
    target = await _element(page, selector, "visible", seconds)
    with deadline(seconds + hand.seconds_for(text), f"typing into {selector!r}"):
        await hand.type_text(target, text)
    log_event("text.typed", layer="web", selector=selector, characters=len(text))


async def _text(page: Page, selector: str, seconds: float) -> str:
    target = await _element(page, selector, "visible", seconds)
    with deadline(seconds, f"reading {selector!r}"):
        return await target.inner_text()


async def _element(page: Page, selector: str, state: State, seconds: float) -> Locator:
    """Return the first element that *selector* finds, when it is in *state*."""
    target = page.locator(selector).first
    with anyio.move_on_after(seconds) as scope:
        await target.wait_for(state=state)
    if scope.cancelled_caught:
        raise PageChanged(f"{selector!r} was not {state} within {seconds:g} seconds", url=shown_url(page.url))
    return target


async def window_picture(page: Page) -> bytes:
    """Return a PNG picture of what the window of *page* shows, without a trace in the page."""
    with deadline(ELEMENT_SECONDS, "taking a picture"):
        # With the caret hidden, as engines do, a style would be written onto every field.
        return await page.screenshot(caret="initial")
