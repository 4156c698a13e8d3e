"""The login of a browser that keeps its own, taken away and put in: cookies and storage are one value.

Law: no page of the Site is open meanwhile that was not there before, and its remote is not asked. An origin's
storage is written in an empty document that is answered here, past the origin's service worker.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Iterable, Mapping
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Final

from ..site import read_address

if TYPE_CHECKING:
    from playwright.async_api import BrowserContext, CDPSession, Page, Route

_ALL_ORIGINS: Final = "*"
# Without the icon the browser would ask the origin for one.
_EMPTY: Final = '<!doctype html><link rel=icon href="data:,">'
_PUT: Final = """(items) => {
    for (const [name, value] of Object.entries(items)) localStorage.setItem(name, value)
}"""


async def forget_everything(context: BrowserContext, origins: Collection[str]) -> None:
    """Take away all that *context* knows, and in any case what it knows of *origins*."""
    await context.clear_cookies()
    async with _blank_page(context) as (_, protocol):
        await _clear(protocol, (*origins, _ALL_ORIGINS))


async def forget_origins(context: BrowserContext, origins: Collection[str]) -> None:
    """Take away what *origins* store and the cookies that they are sent; everything else is a person's."""
    addresses = [address for origin in origins if (address := read_address(origin)) is not None]
    async with _blank_page(context) as (_, protocol):
        await _clear(protocol, origins)
        found: Any = await protocol.send("Storage.getCookies")
        for cookie in found["cookies"]:
            if any(_is_sent(cookie["domain"], address.host) for address in addresses):
                keys = ("name", "domain", "path", "partitionKey")
                one = {key: cookie[key] for key in keys if key in cookie}
                await protocol.send("Network.deleteCookies", one)


async def put_items(context: BrowserContext, items: Mapping[str, Mapping[str, str]]) -> None:
    """Put names and values into the local storage of their origins."""
    if not items:
        return
    async with empty_page(context) as page:
        for origin, said in items.items():
            await page.goto(origin)
            await page.evaluate(_PUT, dict(said))


@asynccontextmanager
async def empty_page(context: BrowserContext) -> AsyncIterator[Page]:
    """Give a page on which every origin shows an empty document, for the length of a block."""
    async with _blank_page(context) as (page, protocol):
        await protocol.send("Network.enable")
        await protocol.send("Network.setBypassServiceWorker", {"bypass": True})
        await page.route("**/*", _answer)
        yield page


def _is_sent(domain: str, host: str) -> bool:
    """Whether a cookie of *domain* is sent to *host*; `*.` stands for the hosts below."""
    whole, own = f".{domain.lstrip('.')}", f".{host.removeprefix('*.')}"
    if domain.startswith(".") and own.endswith(whole):
        return True
    return whole.endswith(own) if "*" in host else whole == own


async def _answer(route: Route) -> None:
    await route.fulfill(headers={"content-type": "text/html"}, body=_EMPTY)


async def _clear(protocol: CDPSession, origins: Iterable[str]) -> None:
    for origin in origins:
        await protocol.send("Storage.clearDataForOrigin", {"origin": origin, "storageTypes": "all"})


@asynccontextmanager
async def _blank_page(context: BrowserContext) -> AsyncIterator[tuple[Page, CDPSession]]:
    page = await context.new_page()
    try:
        yield page, await context.new_cdp_session(page)
    finally:
        await page.close()
