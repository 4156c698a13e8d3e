"""A page that is acted upon sees no more of us than one that is looked at: on each engine, and attached."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import anyio
import attrs
import pytest

from jackfield import DeadlineExceeded
from jackfield_stealth._undriven import Undriven
from jackfield_web import BrowserHost, BrowserSession, BrowserSettings, Identity
from jackfield_web.browser._stealth_browser import _click, window_picture
from jackfield_web.hands import PlainInput, deadline
from jackfield_web.page import choose_model
from jackfield_web.page._files import _give
from jackfield_web.site import build_site

if TYPE_CHECKING:
    from playwright.async_api import Page

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(300)]
ENGINES = ["playwright", "patchright", "attach"]
PAGE = """<!doctype html><title>Watching</title><input id=question><p id=answer>Hello</p>
<button id=ask onclick="opened = performance.now(); said = confirm('Are you sure?');
                        answered = performance.now(); settle()">Ask</button>
<script>
    let opened, answered, said, settle, changes = 0
    const until = new Promise((done) => { settle = done })
    const watch = (changed) => { changes += changed.length }
    new MutationObserver(watch).observe(document, { subtree: true, childList: true, attributes: true })
</script>"""
DARK = "--force-dark-mode --force-prefers-reduced-motion"


@pytest.fixture
def dark(browser_settings: BrowserSettings, tmp_path: Path) -> BrowserSettings:
    """Return the settings of a browser of somebody who has pages dark and at rest."""
    program = tmp_path / "browser"
    program.write_text(f'#!/bin/sh\nexec {browser_settings.browser} {DARK} "$@"\n')
    program.chmod(0o755)
    return attrs.evolve(browser_settings, browser=str(program))


@asynccontextmanager
async def opened(
    settings: BrowserSettings, engine: str, folder: Path, **more: Any
) -> AsyncIterator[BrowserSession]:
    """Give a session of a browser that *engine* drives: one with a profile, as a person has."""
    settings = attrs.evolve(settings, engine="playwright", **more)
    if engine != "attach":
        settings = attrs.evolve(settings, engine=engine, profile=folder)
        async with BrowserHost(settings) as host, host.session() as session:
            yield session
        return
    person = Undriven(
        browser=settings.browser,
        identity=Identity(),
        headless=settings.headless,
        host_rules=settings.host_rules,
    )
    async with person.listening(folder) as address:
        there = BrowserSettings(engine="attach", cdp_url=address, attended=settings.attended)
        async with BrowserHost(there) as host, host.session() as session:
            yield session


async def show(page: Page, url: str) -> None:
    """Show the watching page at *url*, without the engine writing it: that would be a look."""

    async def answer(route: Any) -> None:
        await route.fulfill(content_type="text/html", body=PAGE)

    await page.route("**/*", answer)
    await page.goto(url)


async def noticed(page: Page, expression: str) -> Any:
    """Return what the page itself would get for *expression*, asked without the engine's own ways."""
    session = await page.context.new_cdp_session(page)
    try:
        told = await session.send(
            "Runtime.evaluate", {"expression": expression, "returnByValue": True, "awaitPromise": True}
        )
        return told["result"].get("value")
    finally:
        await session.detach()


@pytest.mark.parametrize("engine", ENGINES)
async def test_a_picture_writes_nothing(
    engine: str, browser_settings: BrowserSettings, tmp_path: Path, pages: Any
) -> None:
    """While a picture is taken no element of the page changes, not even for its caret."""

    async def picture(page: Page) -> int:
        await show(page, pages.url)
        await page.locator("#question").click()
        before = await noticed(page, "changes")
        assert (await window_picture(page)).startswith(b"\x89PNG")
        changes: int = await noticed(page, "changes")
        return changes - before

    async with opened(browser_settings, engine, tmp_path / "p") as session, session.page() as page:
        assert await page.call(picture) == 0


@pytest.mark.parametrize("engine", ENGINES)
async def test_pages_are_as_the_person_has_them(
    engine: str, dark: BrowserSettings, tmp_path: Path, pages: Any
) -> None:
    """Dark and at rest for whom has it so, in a profile and without one, and the same after a navigation."""
    queries = ["(prefers-color-scheme: dark)", "(prefers-reduced-motion: reduce)"]
    asked = f"{queries}.map((query) => matchMedia(query).matches)"

    async def look(page: Page) -> list[Any]:
        await page.goto(pages.url)
        first = await noticed(page, asked)
        await page.goto(f"{pages.url}form")
        return [first, await noticed(page, asked)]

    async with opened(dark, engine, tmp_path / "p") as session, session.page() as page:
        assert await page.call(look) == [[True, True], [True, True]]
    if engine == "attach":
        return
    settings = attrs.evolve(dark, engine=engine)
    async with BrowserHost(settings) as host, host.session() as session, session.page() as page:
        assert await page.call(look) == [[True, True], [True, True]]


@pytest.mark.parametrize("engine", ENGINES)
async def test_a_page_behind_another_goes_on(
    engine: str, browser_settings: BrowserSettings, tmp_path: Path, pages: Any, windowed: Callable[[], None]
) -> None:
    """What is behind another tab is drawn and not slowed down: an answer there comes as fast as in front."""
    # A tab that is slowed down takes a second for each, and draws nothing at all.
    go_on = """(async () => {
        for (let step = 0; step < 40; step += 1) await new Promise((done) => setTimeout(done, 20))
        for (let frame = 0; frame < 3; frame += 1) await new Promise(requestAnimationFrame)
        return "went on"
    })()"""

    async def work(page: Page) -> Any:
        with deadline(30, "going on behind another tab"):
            return await noticed(page, go_on)

    windowed()
    settings = attrs.evolve(browser_settings, headless=False)
    async with (
        opened(settings, engine, tmp_path / "p") as session,
        session.page() as behind,
        session.page() as before,
    ):
        await behind.call(show, pages.url)
        await before.call(show, pages.url)
        assert [await page.call(work) for page in (behind, before)] == ["went on"] * 2


@pytest.mark.parametrize("engine", ENGINES)
async def test_a_dialog_is_answered_as_a_person_would(
    engine: str, browser_settings: BrowserSettings, tmp_path: Path, pages: Any
) -> None:
    """Where nobody is, a dialog is declined no faster than it can be read, and an error tells of it."""

    async def ask(page: Page) -> None:
        await show(page, pages.url)
        await _click(page, PlainInput(), "#ask", 60)
        await noticed(page, "until")

    async def late(_: Page) -> None:
        with deadline(0, "something else"):
            await anyio.sleep_forever()

    settings = attrs.evolve(browser_settings, attended=False)
    async with opened(settings, engine, tmp_path / "p") as session, session.page() as page:
        await page.call(ask)
        with pytest.raises(DeadlineExceeded) as caught:
            await page.call(late)

        assert await page.call(noticed, "said") is False
        assert await page.call(noticed, "answered - opened") > 1000
        assert "The page opened a dialog (confirm): it was answered." in str(caught.value)


async def test_a_dialog_is_the_person_s_where_one_is(
    browser_settings: BrowserSettings, tmp_path: Path, pages: Any
) -> None:
    """Where somebody can answer it a dialog stays, and an error says that it waits."""

    async def ask(page: Page) -> None:
        await show(page, pages.url)
        with deadline(8, "asking"):
            await noticed(page, "setTimeout(() => document.querySelector('#ask').click()), until")

    settings = attrs.evolve(browser_settings, attended=True)
    async with opened(settings, "playwright", tmp_path / "p") as session, session.page() as page:
        with pytest.raises(DeadlineExceeded) as caught:
            await page.call(ask)

    assert "a dialog (confirm): a person has to answer it in the window." in str(caught.value)


CHOOSING = build_site(
    {
        "name": "choosing",
        "version": "2026-11-28",
        "base_url": "http://127.0.0.1",
        "selectors": {"chat_input": "#q", "response_area": "#a", "finished": "#f", "file_input": "#files"},
        "models": {"select": "#model"},
    }
)
CHOICES = """<select id=model><option>One<option>Two</select><input id=files type=file><script>
    const heard = []
    for (const name of ["input", "change"])
        addEventListener(name, ({ target, isTrusted }) => heard.push([target.id, name, isTrusted]))
</script>"""


@pytest.mark.parametrize("engine", ENGINES)
async def test_a_list_and_a_field_for_files_hear_a_script(
    engine: str, browser_settings: BrowserSettings, tmp_path: Path, pages: Any
) -> None:
    """What the engine gives to a browser's own list, or a field for files, says that no hand did it."""

    async def choose(page: Page) -> Any:
        await page.goto(pages.url)
        await page.set_content(CHOICES)
        await choose_model(page, CHOOSING, "Two", PlainInput())
        file: Any = {"name": "a.txt", "mimeType": "text/plain", "buffer": b"a"}
        await _give(page, CHOOSING, [file], PlainInput())
        return await noticed(page, "heard")

    async with opened(browser_settings, engine, tmp_path / "p") as session, session.page() as page:
        assert await page.call(choose) == [
            [field, name, False] for field in ("model", "files") for name in ("input", "change")
        ]
