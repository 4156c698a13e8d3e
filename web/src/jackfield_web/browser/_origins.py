"""Where a page may go. Law: a page that leaves the allowed origins by itself is stopped before the request.

Only top-level navigations are watched, through the browser's own request interception limited to documents:
it changes nothing that the page can see, and what the page fetches is not touched. It is asked of the browser
and not of each page, because a page can be asked only once it is there: the first request of a window that a
page opens has left by then. A person's own browser is asked page by page all the same: there it would hold up
what they open in their other tabs. Only while a page has credentials it is asked too, for its own windows.
What was fetched in advance is gone to without a request: such a page is closed where it arrives.
"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Final

import anyio
import attrs

from jackfield import ConfigError

from ..errors import NavigationRefused, shown_url
from ..hands import devtools
from ..site import Address, Site, read_address, told_address
from ._engine import error_of
from ._listener import Errands

if TYPE_CHECKING:
    from playwright.async_api import Browser, CDPSession, Page

_LOCAL_SCHEMES: Final = frozenset({"about", "blob", "data"})
"""What makes no request. Scripts cannot leave a page for the last two."""
_DETACH_SECONDS: Final = 3.0


def _checked(origins: Iterable[str]) -> tuple[str, ...]:
    checked: list[str] = []
    for origin in origins:
        found = read_address(origin)
        if found is None or not found.is_web or not found.is_origin:
            raise ConfigError(
                f"{told_address(origin)} is no origin",
                hint="Write `https://example.org` or `https://*.example.org`.",
            )
        checked.append(found.origin)
    return tuple(checked)


@attrs.frozen
class Origins:
    """The origins that a page may visit; without any, all are allowed.

    Attributes:
        allowed: Origins such as `https://example.org`; `https://*.example.org` stands for all hosts below.
            Kept as the browser writes them, which compares some as they are written.

    Raises:
        ConfigError: One of them is no origin.
    """

    allowed: tuple[str, ...] = attrs.field(default=(), converter=_checked)

    def allow(self, url: str) -> bool:
        """Whether a page may go to *url*."""
        if not self.allowed:
            return True
        wanted = read_address(url)
        return wanted is not None and (wanted.scheme in _LOCAL_SCHEMES or self._hold(wanted))

    def exclude(self, url: str) -> bool:
        """Whether *url* is a page on the web that no page may be on; errors are the browser's own pages."""
        address = read_address(url)
        return address is not None and address.is_web and not self.allow(url)

    def _hold(self, wanted: Address) -> bool:
        return any(_fits(wanted, origin) for origin in map(read_address, self.allowed) if origin)

    def require(self, url: str) -> None:
        """Refuse an address that a page may not go to.

        Raises:
            NavigationRefused: *url* is outside the allowed origins.
        """
        if not self.allow(url):
            raise self.refusal(url)

    def require_own(self, url: str) -> None:
        """Refuse an address that is on none of the origins; what makes no request is on none.

        Raises:
            NavigationRefused: *url* is on none of the origins.
        """
        if not self.own(url):
            raise self.refusal(url)

    def own(self, url: str) -> bool:
        """Whether *url* is on one of the origins; what makes no request is on none."""
        address = read_address(url)
        return address is not None and self._hold(address)

    def refusal(self, url: str) -> NavigationRefused:
        """Return the error for *url*, whose path is not shown: that of a mailed link is a password."""
        address = read_address(url)
        shown = address.origin if address is not None and address.host else shown_url(url)
        return NavigationRefused(
            f"{shown} is outside the allowed origins", hint=f"Allowed: {', '.join(self.allowed)}."
        )


def _fits(wanted: Address, origin: Address) -> bool:
    if (wanted.scheme, wanted.port) != (origin.scheme, origin.port):
        return False
    host = origin.host
    return wanted.host.endswith(host[1:]) if host.startswith("*.") else wanted.host == host


@attrs.define(eq=False)
class NavigationGuard:
    """Keeps pages within their origins; lives on the host's loop.

    A refused navigation is aborted, so the page stays where it was; a window that has not been anywhere is
    closed.

    Attributes:
        pages: Our own: one that is kept from leaving stays where it is. A window that it opened is closed.
        context: The engine's name of the browser context whose pages are all kept, whoever opens them; empty
            when only *pages* are.
        has_windows: Whether the windows that *pages* open are kept too.
        refused: The last address that was refused, by the main frame: to it, or to a window that it opened.
    """

    _origins: Origins
    _session: CDPSession
    pages: set[Page]
    context: str = ""
    has_windows: bool = False
    refused: dict[str, str] = attrs.field(factory=dict, init=False)
    _frames: dict[Page, str] = attrs.field(factory=dict, init=False)
    """The main frames of our pages; they are asked for when a request is refused."""
    _answers: Errands = attrs.field(factory=Errands, init=False)

    @classmethod
    async def install(cls, page: Page, origins: Origins) -> NavigationGuard:
        """Watch *page* alone from now on, for as long as it lives."""
        session = await page.context.new_cdp_session(page)
        return await cls(origins, session, {page}).begin()

    @classmethod
    async def install_around(cls, page: Page, origins: Origins, browser: Browser) -> NavigationGuard:
        """Watch every page of *page*'s context from now on, those too that are not there yet."""
        async with devtools(page) as own:
            target = await _target(own)
        session = await browser.new_browser_cdp_session()
        guard = cls(origins, session, {page}, target["browserContextId"])
        return await guard.begin()

    @classmethod
    async def install_with_windows(cls, page: Page, origins: Origins, browser: Browser) -> NavigationGuard:
        """Watch *page* and the windows that it opens from now on, and no other page of its context."""
        session = await browser.new_browser_cdp_session()
        return await cls(origins, session, {page}, has_windows=True).begin()

    async def begin(self) -> NavigationGuard:
        """Watch from now on."""
        self._session.on("Fetch.requestPaused", self._answers.on_event(self._answer))
        await self._session.send("Fetch.enable", {"patterns": [{"resourceType": "Document"}]})
        return self

    async def remove(self) -> None:
        """Let the pages go where they like, as they do when they or their browser are gone."""
        with contextlib.suppress(Exception), anyio.move_on_after(_DETACH_SECONDS, shield=True):
            await self._session.detach()

    def why(self, page: Page) -> NavigationRefused | None:
        """Return why *page* is not where it wanted to go last; None when it was not kept from it."""
        url = self.refused.get(self._frames.get(page, ""))
        return self._origins.refusal(url) if url else None

    def forget(self, page: Page) -> None:
        """Say that *page* is closed."""
        self.pages.discard(page)
        self._frames.pop(page, None)

    async def _answer(self, request: dict[str, Any]) -> None:
        known: dict[str, Any] = {"requestId": request["requestId"]}
        url, frame = request["request"]["url"], request["frameId"]
        if self._origins.allow(url) or not (kept := await self._kept(frame)):
            self.refused.pop(frame, None)
            await self._session.send("Fetch.continueRequest", known)
            return
        self.refused |= dict.fromkeys(kept, url)
        await self._session.send("Fetch.failRequest", known | {"errorReason": "Aborted"})
        if frame not in self._frames.values():
            await self._session.send("Target.closeTarget", {"targetId": frame})

    async def _kept(self, frame: str) -> list[str]:
        """Return *frame* and what opened it, if it is a page that is kept; a frame in one has no target."""
        for page in self.pages - self._frames.keys():
            with contextlib.suppress(error_of(page)):
                self._frames[page] = await _main_frame_of(page)
        if frame in self._frames.values() or not (self.context or self.has_windows):
            return [frame] if frame in self._frames.values() else []
        found: Any = await self._session.send("Target.getTargets")
        pages = {one["targetId"]: one for one in found["targetInfos"] if one["type"] == "page"}
        line = [frame]
        while opener := pages.get(line[-1], {}).get("openerId"):
            line.append(opener)
        if self.context:
            is_kept = pages.get(frame, {}).get("browserContextId") == self.context
        else:
            is_kept = any(name in self._frames.values() for name in line)
        return line if is_kept else []


async def _target(session: CDPSession) -> dict[str, Any]:
    """Return what the browser says of the page that *session* is on; its name is that of its main frame."""
    found: Any = await session.send("Target.getTargetInfo")
    info: dict[str, Any] = found["targetInfo"]
    return info


async def _main_frame_of(page: Page) -> str:
    """Return the browser's name of the main frame of *page*."""
    # The session ends with its page: while a navigation is held up, to detach it waits for that.
    name: str = (await _target(await page.context.new_cdp_session(page)))["targetId"]
    return name


@asynccontextmanager
async def kept_within(page: Page, origins: Origins) -> AsyncIterator[None]:
    """Keep *page* within *origins* for the length of a block, also where it may go anywhere otherwise."""
    async with devtools(page) as session:
        await NavigationGuard(origins, session, {page}).begin()
        yield


def own_origins(site: Site) -> Origins:
    """Return where the Site lets credentials be typed: by default on the origin of its start.

    Of the hosts below a star those that the Site names are there too: an engine has no word for the others.
    """
    start = read_address(site.addresses.start)
    own = Origins(
        site.addresses.allowed_origins or (start.origin if start is not None else site.addresses.start,)
    )
    pages = (start, read_address(site.addresses.login))
    named = [page.origin for page in pages if page is not None and own.own(page.href)]
    return Origins(dict.fromkeys((*own.allowed, *named)))


def reachable(site: Site) -> tuple[str, ...]:
    """Return the origins that the Site's pages may go to by themselves."""
    pages = map(read_address, (site.addresses.start, site.addresses.login))
    own = [page.origin for page in pages if page is not None]
    return tuple(dict.fromkeys((*own, *own_origins(site).allowed, *site.addresses.other_origins)))
