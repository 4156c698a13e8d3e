"""The world that a page is looked at from: what it tells by itself, and what it is asked."""

from __future__ import annotations

import asyncio
from typing import Any

import attrs
import pytest

from jackfield_web import PageHandle
from jackfield_web.page import IsolatedWorld, devtools_place, find_visible, probe_config
from jackfield_web.page._worlds import hears
from jackfield_web.site import Site, build_site

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(120)]
SITE = build_site(
    {
        "name": "a",
        "version": "2026-11-27",
        "base_url": "http://127.0.0.1",
        "selectors": {"chat_input": "#in", "response_area": "#out", "send_button": "#go", "busy": ".busy"},
    }
)
PAGE = "<div id=outer><p id=out></p><textarea id=in></textarea><b><i><button id=go>Go</button></i></b></div>"

SAID = """<base href=https://chat.test/>
<nav><a href=c/1>1</a><a href=https://chat.test/c/2>2</a></nav>
<p class=me>one</p><p>answer</p><p class=me>two</p>"""
WATCHED = """heard = 0
const links = HTMLAnchorElement.prototype
const own = Object.getOwnPropertyDescriptor(links, "href")
Object.defineProperty(links, "href", { get() { heard += 1; return own.get.call(this) } })"""
"""Counts who asks for a link's address in the page's own world."""


class Asked:
    """A session that notes what is asked over it."""

    def __init__(self, session: Any) -> None:
        self._session = session
        self.calls: list[str] = []

    async def send(self, method: str, params: Any = None) -> Any:
        values = [one.get("value") for one in (params or {}).get("arguments", [])]
        self.calls += [str(values[0]) if values else method]
        return await self._session.send(method, params)


async def world_of(page: Any, site: Site, changed: Any) -> tuple[IsolatedWorld, Asked]:
    """Return an opened world of *page*, and what notes what the page is asked."""
    session = await page.context.new_cdp_session(page)
    asked = Asked(session)

    async def place() -> Any:
        _, name = await devtools_place(page, site, session, lambda _: pytest.fail("there is one frame"))
        return asked, name

    world = IsolatedWorld(place, Exception, probe_config(site), changed)
    await world.open()
    return world, asked


async def test_changes_are_of_no_interest_for_a_while(page: PageHandle) -> None:
    """A page is not asked whether it changed while nobody wants to know, and is when somebody does again."""

    async def told(page: Any) -> list[int]:
        news = asyncio.Event()
        await page.set_content(PAGE)
        world, asked = await world_of(page, SITE, news.set)
        counts = []
        for wanted in (False, True):
            world.heed(wanted)
            # What is waited for already is told once more.
            await world.call("look", "", False)
            await asyncio.sleep(0.1)
            asked.calls.clear()
            news.clear()
            for _ in range(3):
                await page.evaluate("out.append('more')")
                await asyncio.sleep(0.1)
                await world.call("look", "", False)
            await asyncio.sleep(0.1)
            counts.append(asked.calls.count("changed"))
        assert news.is_set()
        return counts

    never, often = await page.call(told)

    assert never == 0
    assert often >= 2


async def test_what_was_said_is_told_without_the_page(page: PageHandle) -> None:
    """The user's turns and the links to conversations are read where the page's scripts do not hear of it."""
    site = attrs.evolve(
        SITE, selectors=attrs.evolve(SITE.selectors, user_turn=(".none", ".me"), conversation_link=("nav a",))
    )

    async def told(page: Any) -> tuple[Any, int]:
        await page.set_content(SAID)
        await page.evaluate(WATCHED)
        world, _ = await world_of(page, site, None)
        traces = await world.call("traces")
        return traces, await page.evaluate("heard")

    traces, heard = await page.call(told)

    assert traces == {"turns": ["one", "two"], "links": ["https://chat.test/c/1", "https://chat.test/c/2"]}
    assert heard == 0


FORM = """form = (one) => {
    const made = document.createElement("form")
    one.replaceWith(made)
    made.append(one)
    return made
}"""
LISTENING = {
    "the button": ("go.onclick = () => 0", 1),
    "what holds it": ("go.parentNode.onclick = () => 0", 8),
    "far above": ("outer.onclick = () => 0", 8),
    "the form that it sends": ("go.type = 'submit'; form(go).onsubmit = () => 0", 1),
    "the button in a form that it does not send": ("go.type = 'button'; form(go); go.onclick = () => 0", 1),
    "the document": ("document.onclick = () => 0", 8),
    "the window": ("window.onclick = () => 0", 8),
    "nothing": ("0", 8),
}


@pytest.mark.parametrize("who", LISTENING)
async def test_who_listens_to_a_press(page: PageHandle, who: str) -> None:
    """Whoever listens on the way of a press is found, no engine; where it is pressed is looked at first."""
    script, most = LISTENING[who]

    async def asked(page: Any) -> tuple[bool, int]:
        await page.set_content(PAGE)
        # With its first question the engine begins to listen on the window to every kind of press.
        await page.query_selector("#go")
        await page.evaluate(f"{FORM}; {script}")
        world, session = await world_of(page, SITE, None)
        heard = await hears(session, world._probe, "send_button")  # type: ignore[arg-type]
        return heard, session.calls.count("DOMDebugger.getEventListeners")

    heard, places = await page.call(asked)

    assert heard is (who != "nothing")
    assert 1 <= places <= most


async def test_who_does_not_wait_asks_once(page: PageHandle, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without time to wait a page is asked once what is seen of it; with time, until something is."""
    from jackfield_web.page import _frames

    asked: list[str] = []
    seen_in = _frames.seen_in

    def noted(place: Any, css: str) -> Any:
        asked.append(css)
        return seen_in(place, css)

    async def looks(page: Any) -> tuple[bool, bool]:
        await page.set_content(PAGE)
        at_once = await find_visible(page.main_frame, ("#none",)) is None
        await page.evaluate("setTimeout(() => { out.append('here'); out.id = 'none' }, 200)")
        return at_once, await find_visible(page.main_frame, ("#none",), seconds=5) is not None

    monkeypatch.setattr(_frames, "seen_in", noted)
    assert await page.call(looks) == (True, True)
    assert asked[0] == "#none"
    assert len(asked) > 2
    asked.clear()

    await page.call(lambda page: find_visible(page.main_frame, ("#nothing",)))

    assert asked == ["#nothing"]
