"""Three engines, one interface: the same chat turn on each, and nothing of ours in the page."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs
import pytest

from jackfield import ConfigError, connect
from jackfield_playground import WebChatPlayground, WebChatSettings
from jackfield_web import BrowserError, BrowserHost, BrowserSettings

if TYPE_CHECKING:
    from playwright.async_api import Page

pytestmark = pytest.mark.anyio
QUESTION = "Write a function, “please”\n\t東京 🙂 <b>&amp;</b>"
WAYS = ["wire", "observer", "polling"]


@pytest.fixture(autouse=True)
def _state_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))


@pytest.fixture
def where(engine: str, browser_settings: BrowserSettings, request: pytest.FixtureRequest) -> dict[str, Any]:
    """Return the options of the browser that is started, or of the one that runs."""
    if engine == "attach":
        return {"cdp_url": request.getfixturevalue("devtools")}
    return {"browser": browser_settings.browser, "host_rules": browser_settings.host_rules}


@pytest.mark.parametrize(
    ("engine", "show"),
    [
        ("playwright", False),
        ("playwright", True),
        ("patchright", False),
        ("patchright", True),
        ("attach", False),
    ],
)
async def test_a_chat_turn_is_the_same_on_every_engine(
    engine: str,
    show: bool,
    where: dict[str, Any],
    windowed: Callable[[], None],
) -> None:
    """The question reaches the page and the answer reaches us, both to the byte, whatever drives."""
    options = {"engine": engine, "show": show, "attended": False, **where}
    if show:
        windowed()
    with WebChatPlayground(WebChatSettings(piece_seconds=0.005)).running() as chat:
        async with connect("custom_web", {"site": chat.site, "max_retries": 0, **options}) as connection:
            response = await connection.send(QUESTION)
        (asked,) = chat.state.asked

    assert asked.text == QUESTION
    assert response.content == asked.answer


@pytest.mark.parametrize("way", WAYS)
async def test_every_way_of_reading_works_without_being_noticed(
    way: str, browser_settings: BrowserSettings
) -> None:
    """With patchright each way of reading gives the whole answer."""
    with WebChatPlayground(WebChatSettings(piece_seconds=0.005)).running() as chat:
        options = {
            "site": chat.site,
            "engine": "patchright",
            "browser": browser_settings.browser,
            "host_rules": browser_settings.host_rules,
            "site_overrides": {"reading": {"ways": [way]}},
        }
        async with connect("custom_web", options) as connection:
            response = await connection.send("Hello")
        (asked,) = chat.state.asked

    assert response.metadata["read_by"] == way
    assert response.content.split() == asked.answer.split()


async def test_an_error_of_each_engine_becomes_ours(browser_settings: BrowserSettings) -> None:
    """Patchright's errors are classes of its own, and reach the caller as ours like Playwright's."""

    async def fail(page: Page) -> None:
        await page.evaluate("this is no script")

    host = BrowserHost(attrs.evolve(browser_settings, engine="patchright"))
    async with host, host.session() as session, session.page() as page:
        with pytest.raises(BrowserError, match="SyntaxError") as caught:
            await page.call(fail)

    assert type(caught.value.__cause__).__module__.startswith("patchright")


async def test_attaching_needs_an_address() -> None:
    """The engine that attaches says what it needs, and how to start a browser for it."""
    with pytest.raises(ConfigError, match="there is no cdp_url") as caught:
        BrowserSettings(engine="attach")

    assert "--remote-debugging-port" in str(caught.value)
