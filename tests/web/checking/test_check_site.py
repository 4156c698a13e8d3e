"""Checking the playground's chat page: what is found at rest, with a message, and whether a draft works."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from jackfield import connect
from jackfield_playground import WebChatPlayground, WebChatSettings
from jackfield_web import BrowserSettings
from jackfield_web.drafting import Checked, check_site
from jackfield_web.site import build_site

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(300)]

MESSAGE = "Hello there, who are you?"


@pytest.fixture(autouse=True)
def state_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep what outlasts a program in a folder of the test's own."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))


@pytest.fixture(scope="module")
def chat() -> Iterator[WebChatPlayground]:
    """Return a chat page that the module's tests share."""
    with WebChatPlayground(WebChatSettings(piece_seconds=0.02)).running() as chat:
        yield chat


@pytest.fixture(scope="module")
async def conversed(
    anyio_backend: str, chat: WebChatPlayground, browser_settings: BrowserSettings
) -> Checked:
    """Return what is found when a message is sent, and twice more to try the draft."""
    before = len(chat.state.asked)
    checked = await check_site(f"{chat.base_url}/", browser_settings, message=MESSAGE)
    assert [asked.text for asked in chat.state.asked[before:]] == [MESSAGE] * 3
    return checked


async def test_at_rest(chat: WebChatPlayground, browser_settings: BrowserSettings) -> None:
    """Without a message nothing is sent; composer and buttons are found, and what is missing is told."""
    before = len(chat.state.asked)
    checked = await check_site(f"{chat.base_url}/", browser_settings)

    assert len(chat.state.asked) == before
    assert checked.known is None
    first = {one.name: one.css for one in reversed(checked.matched)}
    assert first == {"chat_input": "#composer", "send_button": "#send", "new_chat_button": "#new-chat"}
    assert all(one.seen == 1 for one in checked.matched)
    assert "response_area is missing" in checked.lacks
    assert not checked.sent


async def test_turns_and_buttons(conversed: Checked) -> None:
    """After a message the turns, the stop button, the sign of a whole answer and the stream are found."""
    assert conversed.drafted is not None
    selectors = conversed.drafted["selectors"]
    assert selectors["user_turn"][0] == ".question .text"
    assert selectors["response_area"] == [".answer .text"]
    assert selectors["stop_button"] == ["#stop"]
    assert selectors["finished"] == selectors["copy_button"] == [".answer .copy"]
    assert conversed.sent
    assert conversed.answer > 50
    assert conversed.streams[0].startswith("fetch-sse: ")


async def test_the_wire(conversed: Checked) -> None:
    """The stream that carried the answer becomes a wire whose rules take it out and know its end."""
    assert conversed.drafted is not None
    (wire,) = conversed.drafted["wires"]
    assert wire["url"] == "{base_url}/api/chats/[^/?]+/messages$"
    assert (wire["kind"], wire["method"], wire["end_is_done"]) == ("fetch-sse", "POST", False)
    said = {"when": {"type": "piece"}, "text": "text"}
    assert wire["rules"] == [said, {"when": {"type": "done"}, "done": True}]


async def test_a_draft_works(
    conversed: Checked, chat: WebChatPlayground, browser_settings: BrowserSettings
) -> None:
    """The draft is a whole Site: `custom_web` answers with it, from the wire, and goes on with the thread."""
    assert conversed.lacks == ""
    assert conversed.drafted is not None
    assert build_site(conversed.drafted).name == "playground-chat"
    browser = {"browser": browser_settings.browser, "host_rules": browser_settings.host_rules}
    async with connect("custom_web", {"site": conversed.drafted, **browser}) as connection:
        talk = connection.conversation()
        first = await talk.send("My name is Ada.")
        second = await talk.send("What did I just tell you?")

    assert "“My name is Ada.”" in first.content
    assert "Earlier questions in this thread: 1" in second.content
    assert first.metadata["read_by"] == "wire"
    assert first.conversation_id == second.conversation_id


async def test_a_login_is_told(chat: WebChatPlayground, browser_settings: BrowserSettings) -> None:
    """A page behind a login shows its form, and nothing is taken for a chat."""
    with WebChatPlayground(WebChatSettings(login=True)).running() as closed:
        checked = await check_site(closed.base_url, browser_settings, message=MESSAGE)

        assert closed.state.asked == ()
    assert checked.wants_login
    assert not checked.sent
    names = {one.name for one in checked.matched}
    assert {"login_username", "login_password", "login_button"} <= names
    assert "chat_input" not in names
