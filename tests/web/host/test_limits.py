"""What pages may not do, and where they may not go."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING, Any

import anyio
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jackfield import ConfigError
from jackfield_web import BrowserHost, NavigationRefused
from jackfield_web.browser import Origins

if TYPE_CHECKING:
    from playwright.async_api import Page

PERMISSIONS = """Promise.all(["geolocation", "notifications", "clipboard-read", "clipboard-write", "camera"]
    .map(async name => (await navigator.permissions.query({name})).state))"""


async def goto(page: Page, url: str) -> str:
    await page.goto(url, wait_until="domcontentloaded")
    return page.url


async def leave_for(page: Page, url: str) -> str:
    await page.evaluate("url => { location.href = url }", url)
    await page.wait_for_timeout(400)
    return page.url


async def open_window(page: Page, url: str) -> list[str]:
    async with page.expect_popup() as opened:
        await page.evaluate("url => { window.open(url) }", url)
    other = await opened.value
    await other.wait_for_url(url)
    return [other.url for other in page.context.pages if other is not page]


async def open_window_outside(page: Page, url: str) -> None:
    async with page.expect_popup() as opened:
        await page.evaluate("url => { window.open(url) }", url)
    other = await opened.value
    while not other.is_closed():
        await page.wait_for_timeout(20)


@pytest.mark.anyio
async def test_pages_are_given_nothing_unasked(host: BrowserHost, pages: Any) -> None:
    """Position, notifications and camera are a person's to give, who is not there; one can be given before.

    They are not denied beforehand: a browser that denies everything is one that nobody has.
    """

    async def ask(page: Page) -> list[str]:
        await page.goto(pages.url)
        answers: list[str] = await page.evaluate(PERMISSIONS)
        return answers

    async def want(page: Page) -> str:
        answer: str = await page.evaluate("Notification.requestPermission()")
        return answer

    async with host.session() as session, session.page() as page:
        assert await page.call(ask) == ["prompt", "prompt", "prompt", "granted", "prompt"]
        assert await page.call(want) == "denied"
    async with host.session(permissions=["clipboard-write"]) as session, session.page() as page:
        assert await page.call(ask) == ["denied", "denied", "denied", "granted", "denied"]


@pytest.mark.anyio
async def test_downloads_are_denied(host: BrowserHost, pages: Any) -> None:
    """A file that a page offers is not saved."""

    async def download(page: Page) -> str | None:
        await page.goto(pages.url)
        async with page.expect_download() as begun:
            await page.evaluate("location.href = '/file'")
        return await (await begun.value).failure()

    async with host.session() as session, session.page() as page:
        with anyio.fail_after(10):
            failure = await page.call(download)

    assert failure
    assert "accept_downloads" in failure or "canceled" in failure


@pytest.mark.anyio
async def test_a_page_stays_within_its_origins(host: BrowserHost, pages: Any) -> None:
    """A script, a redirect and a new window that would leave are stopped before the other server is asked."""
    async with host.session(origins=[pages.url]) as session, session.page() as page:
        assert await page.call(goto, pages.url + "form") == pages.url + "form"
        with pytest.raises(NavigationRefused, match=r"//localhost:\d+ is outside the allowed origins"):
            await page.call(goto, f"{pages.url}redirect?to={pages.elsewhere}outside-by-redirect")
        assert await page.call(leave_for, pages.elsewhere + "outside-by-script") == pages.url + "form"
        with anyio.fail_after(30):
            await page.call(open_window_outside, pages.elsewhere + "outside-by-window")
            await page.call(open_window_outside, f"{pages.url}redirect?to={pages.elsewhere}outside-by-window")

    assert not [path for path in pages.seen if path.startswith("/outside")]


@pytest.fixture
def neighbour(serving: Callable[..., AbstractContextManager[str]]) -> Iterator[tuple[str, list[str]]]:
    """Serve pages that let themselves be drawn before anybody goes there; tell which were asked for."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.send_header("Supports-Loading-Mode", "credentialed-prerender")
            self.send_header("Content-Length", "0")
            self.end_headers()

    with serving(Handler) as address:
        yield f"{address}/", asked


async def have_in_advance(page: Page, way: str, url: str) -> None:
    await page.evaluate(
        """([way, url]) => {
            const rules = document.createElement("script");
            rules.type = "speculationrules";
            rules.text = JSON.stringify({ [way]: [{ urls: [url], eagerness: "immediate" }] });
            document.head.append(rules);
        }""",
        [way, url],
    )
    await page.wait_for_timeout(1500)


@pytest.mark.anyio
async def test_what_a_page_has_in_advance_is_outside_too(
    host: BrowserHost, pages: Any, neighbour: tuple[str, list[str]]
) -> None:
    """What a page has drawn in advance is not asked for, and a page does not leave its origins for it.

    No request says that a page goes to what it has had fetched: there it is closed, as its window is.
    """
    url, asked = neighbour
    async with host.session(origins=[pages.url]) as session, session.page() as page:
        await page.call(goto, pages.url + "form")
        await page.call(have_in_advance, "prerender", url)
        assert await page.call(leave_for, url) == pages.url + "form"
        assert asked == []
        await page.call(have_in_advance, "prefetch", url)
        with anyio.fail_after(30):
            await page.call(open_window_outside, url)
        await page.call(have_in_advance, "prefetch", url + "again")
        with pytest.raises(NavigationRefused, match="is outside the allowed origins"):
            await page.call(leave_for, url + "again")
        assert not page.is_open

    assert {"/", "/again"} <= {*asked}


@pytest.mark.anyio
async def test_windows_that_a_page_opens_end_with_it(host: BrowserHost, pages: Any) -> None:
    """A window of an allowed origin may open, and is closed with the page that opened it."""

    async def count(context: Any) -> int:
        return len(context.pages)

    async with host.session(origins=[pages.url]) as session:
        async with session.page() as page:
            await page.call(goto, pages.url)
            assert await page.call(open_window, pages.url + "form") == [pages.url + "form"]
        assert await session.call(count) == 0


@pytest.mark.parametrize(
    ("url", "allowed"),
    [
        ("https://example.org/chat?x=1", True),
        ("https://EXAMPLE.org:443/", True),
        ("https://example.org./", True),
        ("about:blank", True),
        ("https://a.b.example.net/", True),
        ("https://example.net/", False),
        ("https://notexample.net/", False),
        ("http://example.org/", False),
        ("https://example.org:8443/", False),
        ("https://example.org@evil.test/", False),
        ("https://example.org.evil.test/", False),
        ("javascript:alert(1)", False),
        ("file:///etc/passwd", False),
        ("https://[::1", False),
        ("https://evil.test\\@example.org/", False),
        ("https:\\\\example.org/", True),
        ("https://evil.test\t/@example.org", False),
        ("https://user:password@example.org/", True),
        ("https://ex\u0430mple.org/", False),
        ("https://ex\u00adample.org/", True),
        ("", False),
    ],
)
def test_an_address_is_within_the_origins_or_not(url: str, allowed: bool) -> None:
    """Scheme, host and port must agree; `*.` stands for the hosts below; look-alikes are outside."""
    assert Origins(["https://example.org", "https://*.example.net"]).allow(url) is allowed


@given(st.text())
def test_any_text_is_judged_without_an_error(text: str) -> None:
    """Whatever a page gives as an address, the answer is yes or no."""
    assert Origins(["https://example.org"]).allow(text) in {True, False}


@pytest.mark.parametrize(
    "origin",
    [
        "example.org",
        "https://",
        "https://example.org/path",
        "https://example.org?",
        "https://evil.test\\@example.org",
        "https://user:s3cret@example.org",
        "https://example.org?s3cret",
        "https://*",
        "https://**.example.org",
        "https://chat.*.example.org",
        "https://*.*.example.org",
        "ftp://x",
        "https://[::1",
    ],
)
def test_what_is_no_origin_is_refused(origin: str) -> None:
    """An origin has a scheme and a host and nothing else; the error shows how to write one."""
    with pytest.raises(ConfigError, match=r"Write `https://example\.org") as caught:
        Origins([origin])

    assert "s3cret" not in str(caught.value)


def test_origins_are_read_as_addresses_are() -> None:
    """An origin in another script or with its own port stands for what a browser asks."""
    origins = Origins(["https://B\u00fccher.example:443"])

    assert origins.allow("https://xn--bcher-kva.example/chat")
    assert not origins.allow("https://bucher.example/")


def test_without_origins_every_address_is_allowed() -> None:
    """No list, no limit."""
    assert Origins().allow("https://anything.test/")
