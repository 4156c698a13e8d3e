"""What is saved of a page when something failed: enough to see why, and nothing that was said or typed."""

from __future__ import annotations

import stat
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jackfield import Certainty, RunTimeout, TextDelta
from jackfield_playground import WebChatPlayground
from jackfield_web import PageChanged
from jackfield_web._evidence import bones

PAGE = """<title>A chat</title><script>let token = "s3cret"</script>
<h1>Chat</h1><button id="send" onclick="x('s3cret')">Send</button>
<label for="q">Question</label><input id="q" value="s3cret" data-testid="box"><textarea>s3cret</textarea>
<a href="/c/1?token=s3cret">s3cret</a>
<div class="bot" aria-label="bot's message: s3cret" data-markdown="s3cret"><h1>s3cret</h1><p>s3cret</p></div>
<div aria-label="{long}"></div>""".replace("{long}", "x" * 100)


def test_bones_tell_no_text() -> None:
    """Of a page stay tags, names and the words on buttons; what was said, typed or computed is gone."""
    kept = bones(PAGE, [".bot"])

    assert "s3cret" not in kept
    assert "x" * 100 not in kept
    for name in ("<h1>Chat</h1>", 'id="send"', ">Send<", ">Question<", 'data-testid="box"', 'class="bot"'):
        assert name in kept


@given(st.text(alphabet="abc <>&\"'/=", max_size=200))
def test_bones_of_anything(page: str) -> None:
    """Any text is taken for a page: nothing breaks, and what is left is a page again."""
    assert isinstance(bones(page, ["p"]), str)


@pytest.mark.anyio
async def test_a_renamed_page(connected: Any, chat: WebChatPlayground, state_folder: Path) -> None:
    """A page on which nothing is found is PageChanged: nothing was sent, and the evidence lies there."""
    chat.state.change(renamed=True)
    async with connected(site_overrides={"timing": {"composer": 1}}) as connection:
        with pytest.raises(PageChanged, match="neither") as caught:
            await connection.send("Hello")

    picture, html = sorted((state_folder / "evidence").iterdir(), key=lambda file: file.suffix, reverse=True)
    assert str(picture) in str(caught.value)
    assert [stat.S_IMODE(file.stat().st_mode) for file in (picture, html)] == [0o600, 0o600]
    assert stat.S_IMODE(picture.parent.stat().st_mode) == 0o700
    assert 'id="x-composer"' in html.read_text("utf-8")
    assert caught.value.certainty is Certainty.NOT_SENT
    assert chat.state.asked == ()


@pytest.mark.anyio
async def test_an_answer_that_stands_still(
    connected: Any, chat: WebChatPlayground, state_folder: Path
) -> None:
    """An answer that does not go on is RunTimeout with what there was; its evidence has no word of it."""
    chat.state.change(hold_after=3)
    async with connected(site_overrides={"timing": {"idle": 1.5}}) as connection:
        with pytest.raises(RunTimeout) as caught:
            async with connection.stream("A private question?") as stream:
                texts = [event.text async for event in stream if isinstance(event, TextDelta)]
                pytest.fail(f"it ended with {texts}")

    (html,) = (state_folder / "evidence").glob("*.html")
    assert (caught.value.phase, caught.value.partial) == ("idle", "I am the ")
    assert str(caught.value.handle).startswith(f"{chat.base_url}/c/")
    assert "private" not in html.read_text("utf-8")
    assert 'class="question"' in html.read_text("utf-8")
