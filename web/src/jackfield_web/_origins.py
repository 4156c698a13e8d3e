"""Where a page may go. Law: a page that leaves the allowed origins by itself is stopped before the request.

Only top-level navigations are watched, through the browser's own request interception limited to documents:
it changes nothing that the page can see, and what the page fetches is not touched. A window that a page
opens is watched only once it is there: outside it is closed, and its first request has left by then.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final

import attrs

from jackfield import ConfigError

from ._address import Address, read_address
from ._errors import NavigationRefused, shown_url
from ._site import Site

if TYPE_CHECKING:
    from playwright.async_api import CDPSession, Page

_LOCAL_SCHEMES: Final = frozenset({"about", "blob", "data"})
"""What makes no request. Scripts cannot leave a page for the last two."""


def _checked(origins: Iterable[str]) -> tuple[str, ...]:
    checked = tuple(origins)
    for origin in checked:
        found = read_address(origin)
        if found is None or not found.is_web or not found.is_origin:
            # It may have been copied with its user's name and password.
            shown = shown_url(origin) if "@" in origin else repr(origin)
            raise ConfigError(
                f"{shown} is no origin",
                hint="Write `https://example.org` or `https://*.example.org`.",
            )
    return checked


@attrs.frozen
class Origins:
    """The origins that a page may visit; without any, all are allowed.

    Attributes:
        allowed: Origins such as `https://example.org`; `https://*.example.org` stands for all hosts below.

    Raises:
        ConfigError: One of them is no origin.
    """

    allowed: tuple[str, ...] = attrs.field(default=(), converter=_checked)

    def allow(self, url: str) -> bool:
        """Whether a page may go to *url*."""
        if not self.allowed:
            return True
        wanted = read_address(url)
        return wanted is not None and (wanted.scheme in _LOCAL_SCHEMES or self.hold(wanted))

    def hold(self, wanted: Address) -> bool:
        """Whether *wanted* is on one of the origins."""
        return any(_fits(wanted, origin) for origin in map(read_address, self.allowed) if origin)

    def require(self, url: str) -> None:
        """Refuse an address that a page may not go to.

        Raises:
            NavigationRefused: *url* is outside the allowed origins.
        """
        if not self.allow(url):
            raise self.refusal(url)

    def refusal(self, url: str) -> NavigationRefused:
        """Return the error for *url*."""
        return NavigationRefused(
            f"{shown_url(url)} is outside the allowed origins", hint=f"Allowed: {', '.join(self.allowed)}."
        )


def _fits(wanted: Address, origin: Address) -> bool:
    if (wanted.scheme, wanted.port) != (origin.scheme, origin.port):
        return False
    host = origin.host
    return wanted.host.endswith(host[1:]) if host.startswith("*.") else wanted.host == host


# The engine notes its wrapper of a bound method on the method's object, so there must be room for it.
@attrs.define(eq=False, slots=False)
class NavigationGuard:
    """Keeps one page within its origins; lives on the host's loop.

    A refused navigation is aborted, so the page stays where it was.

    Attributes:
        refused: The last address that was refused.
    """

    _origins: Origins
    _session: CDPSession
    _frame: str
    refused: str | None = attrs.field(default=None, init=False)
    _answers: set[asyncio.Task[None]] = attrs.field(factory=set, init=False)

    @classmethod
    async def install(cls, page: Page, origins: Origins) -> NavigationGuard:
        """Watch *page* from now on, for as long as it lives."""
        session = await page.context.new_cdp_session(page)
        tree: Any = await session.send("Page.getFrameTree")
        guard = cls(origins, session, tree["frameTree"]["frame"]["id"])
        session.on("Fetch.requestPaused", guard._paused)
        await session.send("Fetch.enable", {"patterns": [{"resourceType": "Document"}]})
        return guard

    def explain(self, error: Exception) -> NavigationRefused | None:
        """Return why the engine's navigation was aborted, if it was by this guard."""
        if self.refused is None or "net::ERR_ABORTED" not in str(error):
            return None
        return self._origins.refusal(self.refused)

    def _paused(self, request: dict[str, Any]) -> None:
        answer = asyncio.ensure_future(self._answer(request))
        self._answers.add(answer)
        answer.add_done_callback(self._answered)

    async def _answer(self, request: dict[str, Any]) -> None:
        known: dict[str, Any] = {"requestId": request["requestId"]}
        url = request["request"]["url"]
        if request["frameId"] != self._frame or self._origins.allow(url):
            await self._session.send("Fetch.continueRequest", known)
        else:
            self.refused = url
            await self._session.send("Fetch.failRequest", known | {"errorReason": "Aborted"})

    def _answered(self, answer: asyncio.Task[None]) -> None:
        self._answers.discard(answer)
        if not answer.cancelled():
            # A page that closed meanwhile needs no answer; an error that is read is not reported by the loop.
            answer.exception()


def own_origins(site: Site) -> Origins:
    """Return where the Site lets credentials be typed: by default on the origin of its start."""
    start = read_address(site.addresses.start)
    own = start.origin if start is not None else site.addresses.start
    return Origins(site.addresses.allowed_origins or (own,))


def reachable(site: Site) -> tuple[str, ...]:
    """Return the origins that the Site's pages may go to by themselves; none for a page without one."""
    pages = [read_address(page) for page in (site.addresses.start, site.addresses.login)]
    if pages[0] is None or not pages[0].is_web:
        return ()
    own = (page.origin for page in pages if page is not None)
    return tuple(dict.fromkeys((*own, *own_origins(site).allowed, *site.addresses.other_origins)))
