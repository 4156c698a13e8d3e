"""StealthBrowser: six verbs on one page."""

from __future__ import annotations

import contextlib
import doctest
import socket
import traceback
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import attrs
import pytest

import jackfield_web
from jackfield import ConnectFailed, DeadlineExceeded, ProviderClosed
from jackfield_web import (
    BrowserError,
    BrowserSettings,
    Identity,
    NavigationRefused,
    PageChanged,
    StealthBrowser,
)
from jackfield_web.hands import PlainInput

pytestmark = pytest.mark.anyio
SURFACES = """async () => {
    const facts = "[navigator.languages.join(), Intl.DateTimeFormat().resolvedOptions().timeZone]";
    const frame = document.body.appendChild(document.createElement("iframe"));
    const worker = new Worker(URL.createObjectURL(new Blob([`postMessage(${facts})`])));
    const told = await new Promise(done => worker.onmessage = event => done(event.data));
    return [eval(facts), frame.contentWindow.eval(facts), told];
}"""


@pytest.fixture(scope="module")
async def stealth(anyio_backend: str, browser_settings: BrowserSettings) -> AsyncIterator[StealthBrowser]:
    """Return a browser that the module's tests share."""
    identity = Identity(window=(1000, 700), languages=("de-DE",), timezone="Asia/Tokyo")
    async with StealthBrowser(settings=attrs.evolve(browser_settings, identity=identity)) as browser:
        yield browser


@pytest.fixture
def closed_port() -> int:
    """Return a port on which nobody listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
    return port


async def test_the_example_of_the_docstring_runs(pages: Any, anyio_backend: str) -> None:
    """What the documentation shows does what it says."""
    (example,) = doctest.DocTestParser().get_examples(StealthBrowser.__doc__ or "")
    names: dict[str, Any] = vars(jackfield_web).copy()
    exec(example.source, names)

    assert await names["ask"](pages.url, "Where is the north?") == "You asked: Where is the north?"


async def test_text_is_typed_behind_what_is_there(stealth: StealthBrowser, pages: Any) -> None:
    """Typing twice gives both texts, with every character as it was."""
    await stealth.navigate(pages.url)
    await stealth.type_text("#question", "naïve “quotes” ")
    await stealth.type_text("#question", "你好 🙂")
    await stealth.click_element("#ask")

    assert await stealth.get_text("#answer") == "You asked: naïve “quotes” 你好 🙂"


async def test_a_picture_is_a_private_file(stealth: StealthBrowser, pages: Any, tmp_path: Path) -> None:
    """The picture comes back as PNG and lies in a file that only its owner can read."""
    await stealth.navigate(pages.url)
    picture = await stealth.screenshot(tmp_path / "page.png")

    assert picture.startswith(b"\x89PNG")
    assert (tmp_path / "page.png").read_bytes() == picture
    assert (tmp_path / "page.png").stat().st_mode & 0o777 == 0o600


async def test_a_missing_element_is_a_changed_page(stealth: StealthBrowser, pages: Any) -> None:
    """An element that does not show in time is told with its selector and the page, whatever the verb."""
    await stealth.navigate(pages.url + "form?secret=1")

    for verb in (stealth.wait_for_element, stealth.get_text, stealth.click_element):
        with pytest.raises(PageChanged, match=r"'#nothing' was not visible within 0\.2 seconds") as caught:
            await verb("#nothing", seconds=0.2)
        assert caught.value.url == pages.url + "form"
    await stealth.wait_for_element("#nothing", state="hidden")


async def test_a_page_that_does_not_come_ends_with_the_deadline(stealth: StealthBrowser, pages: Any) -> None:
    """A server that says nothing is given up after the limit."""
    with pytest.raises(DeadlineExceeded, match=r"going to http\S+hang took longer"):
        await stealth.navigate(pages.url + "hang?token=s3cret", seconds=0.3)


async def test_a_visit_while_the_page_leaves(stealth: StealthBrowser, pages: Any) -> None:
    """A visit that meets a page on its way elsewhere, as to a login, ends at one of the two, whoever wins."""

    async def leave(page: Any) -> None:
        await page.evaluate("setTimeout(() => { location.href = 'headers' })")

    async def address(page: Any) -> str:
        return page.url

    for _ in range(40):
        await stealth.navigate(pages.url + "form")
        # The page that the visit ended at may itself be about to go, and its script with it.
        with contextlib.suppress(BrowserError):
            await stealth._held().call(leave)
    # The last one's way out ends here too, and not in what comes after.
    await stealth.navigate(pages.url + "form")

    assert await stealth._held().call(address) in {pages.url + "form", pages.url + "headers"}


async def test_an_address_where_nobody_listens(stealth: StealthBrowser, closed_port: int, pages: Any) -> None:
    """A refused connection is the core's own transport error, and its error page disturbs no later visit."""
    url = f"http://127.0.0.1:{closed_port}/?token=s3cret"
    with pytest.raises(ConnectFailed, match="ERR_CONNECTION_REFUSED") as caught:
        await stealth.navigate(url)

    assert "s3cret" not in "".join(traceback.format_exception(caught.value))
    began = len(pages.seen)
    for _ in range(3):
        with pytest.raises(ConnectFailed):
            await stealth.navigate(url)
        await stealth.navigate(pages.url + "form")
    assert pages.seen[began:].count("/form") == 3


async def test_every_surface_tells_the_same_identity(stealth: StealthBrowser, pages: Any) -> None:
    """Page, frame, worker and request header agree on language and time zone."""

    async def surfaces(page: Any) -> Any:
        return await page.evaluate(SURFACES)

    await stealth.navigate(pages.url + "headers")
    header = await stealth.get_text("body")
    page, frame, worker = await stealth._held().call(surfaces)

    assert page == frame == worker == ["de-DE", "Asia/Tokyo"]
    assert "Accept-Language: de-DE" in header


async def test_every_verb_goes_through_the_input_driver(
    browser_settings: BrowserSettings, pages: Any
) -> None:
    """Visiting, typing and clicking are done by the hand that was given; a lost page is opened again."""
    done: list[str] = []

    class Noting(PlainInput):
        async def navigate(self, page: Any, url: str) -> None:
            done.append("navigate")
            await super().navigate(page, url)

        async def click(self, target: Any, *, seconds: float = 10) -> None:
            done.append("click")
            await super().click(target, seconds=seconds)

        async def type_text(self, target: Any, text: str) -> None:
            done.append("type")
            await super().type_text(target, text)

    async def close(page: Any) -> None:
        await page.close()

    settings = attrs.evolve(browser_settings)
    async with StealthBrowser(settings=settings, input=Noting(), origins=[pages.url]) as browser:
        with pytest.raises(NavigationRefused, match="outside the allowed origins"):
            await browser.navigate(pages.elsewhere)
        await browser.navigate(pages.url)
        await browser._held().call(close)
        await browser.navigate(pages.url)
        await browser.type_text("#question", "x")
        await browser.click_element("#ask")

    assert done == ["navigate", "navigate", "type", "click"]
    with pytest.raises(ProviderClosed):
        await browser.navigate(pages.url)
    await browser.close()


def test_a_window_has_a_size() -> None:
    """A window without an area is refused with what was expected."""
    with pytest.raises(ValueError, match="window is \\(width, height\\) in pixels"):
        Identity(window=(0, 800))
