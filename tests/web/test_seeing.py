"""What of a page is seen: one answer, whoever asks."""

from __future__ import annotations

from typing import Any

import pytest

from jackfield_web import PageHandle
from jackfield_web.page import IsolatedWorld, devtools_place, find_visible, probe_config
from jackfield_web.site import Site, build_site

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(120)]
SITE = build_site(
    {
        "name": "a",
        "version": "2026-11-27",
        "base_url": "http://127.0.0.1",
        "selectors": {"chat_input": "#it", "response_area": "#it", "stop_button": "#it"},
    }
)
SEEN = {
    "a button": "<button id=it>Stop</button>",
    "half faded": "<button id=it style='opacity: 0.1'>Stop</button>",
    "without an area": "<div id=it style='height: 0'><b>Stop</b></div>",
    "without a box": "<div id=it style='display: contents'><b>Stop</b></div>",
    "a check box that the page draws": "<label><input id=it type=checkbox style='opacity: 0'>I agree</label>",
    "a field for files under a button": "<b>Add<input id=it type=file style='opacity: 0'></b>",
    "a field for files out of sight": "<b><input id=it type=file style='position: fixed; left: -9999px'></b>",
    "a field under drawn boxes": "<div><input id=it style='opacity: 0'><i>1</i><i>2</i></div>",
}
UNSEEN = {
    "nothing": "<p>Stop</p>",
    "faded out": "<button id=it style='opacity: 0'>Stop</button>",
    "in what is faded out": "<div style='opacity: 0'><button id=it>Stop</button></div>",
    "without a box, faded out": "<p style='opacity: 0'><a id=it style='display: contents'><b>Stop</b></a>",
    "a button in a form": "<form><input id=it type=submit style='opacity: 0'></form>",
    "a check box in what is faded out": "<p style='opacity: 0'><input id=it type=checkbox></p>",
    "hidden": "<button id=it style='visibility: hidden'>Stop</button>",
    "a hidden field": "<p><input id=it style='opacity: 0; visibility: hidden'></p>",
    "a faded field for programs": "<p><input id=it type=password style='opacity: 0' aria-hidden=true></p>",
    "a faded field for nobody": "<p><input id=it style='opacity: 0' tabindex=-1></p>",
    "a field out of sight": "<p><input id=it style='position: absolute; left: -9999px'></p>",
    "a field above the page": "<p><textarea id=it style='position: fixed; top: -9999px'></textarea></p>",
    "a field that is cut off": "<p><input id=it style='position: absolute; clip-path: inset(50%)'></p>",
    "a field of a dot": "<p><input id=it style='all: unset; position: fixed; width: 1px; height: 1px; "
    "overflow: hidden'></p>",
    "not drawn": "<button id=it hidden>Stop</button>",
    "empty": "<div id=it></div>",
    "in what is folded": "<details><button id=it>Stop</button></details>",
}


async def test_what_is_seen(page: PageHandle) -> None:
    """Who acts on a page sees what its reader sees: what is faded out is not there, but for drawn fields."""
    found, shown = await page.call(_seen, SITE, SEEN | UNSEEN)

    assert found == shown == list(SEEN)


async def _seen(page: Any, site: Site, cases: dict[str, str]) -> tuple[list[str], list[str]]:
    """Return the cases of which the element is seen: by who clicks, and by who reads."""
    session = await page.context.new_cdp_session(page)

    async def place() -> Any:
        return await devtools_place(page, site, session, lambda _: pytest.fail("there is one frame"))

    found, shown = [], []
    for name, html in cases.items():
        await page.set_content(html)
        if await find_visible(page.main_frame, ("#it",)) is not None:
            found.append(name)
        world = IsolatedWorld(place, Exception, probe_config(site), None)
        await world.open()
        if await world.call("stops"):
            shown.append(name)
    return found, shown


async def test_a_page_cannot_say_what_is_seen(page: PageHandle) -> None:
    """It is asked where the page's own functions are not, so that a page neither notices nor answers."""

    async def asked(page: Any) -> tuple[bool, bool]:
        await page.set_content(SEEN["a button"])
        await page.evaluate(
            "void (Element.prototype.checkVisibility = () => { document.title = 'asked'; return false })"
        )
        return await find_visible(page.main_frame, ("#it",)) is not None, await page.title() == "asked"

    assert await page.call(asked) == (True, False)


async def test_the_first_selector_that_finds_something_seen_says_what(page: PageHandle) -> None:
    """Of several selectors the first counts that finds something seen, wherever that stands on the page."""

    async def found(page: Any) -> tuple[str, bool]:
        await page.set_content("<i id=one hidden>1</i><i id=three>3</i><i id=two>2</i>")
        element = await find_visible(page.main_frame, ("#none", "#one", "#two", "#three"))
        assert element is not None
        nothing = await find_visible(page.main_frame, ("#none", "#one")) is None
        return await element.inner_text(), nothing

    assert await page.call(found) == ("2", True)


async def test_one_question_tells_that_nothing_is_seen(
    page: PageHandle, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether something is there is asked again and again, and mostly it is not: one question for all."""

    async def asked(page: Any) -> int:
        count, questions = type(page.locator("b")).count, []

        async def counted(locator: Any) -> int:
            questions.append(locator)
            return int(await count(locator))

        monkeypatch.setattr(type(page.locator("b")), "count", counted)
        await find_visible(page.main_frame, ("#none", "#one", "#two"))
        return len(questions)

    assert await page.call(asked) == 1
