"""Claude's page with manners of other pages: a message goes once, and its answer is read to the byte."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from jackfield_playground import ClaudePlayground

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(120)]

MANNERS = Path(__file__).parents[2] / "manners"
NAMES = {
    "composer": '[data-testid="chat-input"]',
    "send": '[data-testid="chat-input-send"], [aria-label="Send message"]',
    "stop": '[data-testid="chat-input-stop"], [aria-label="Stop response"]',
}
CLOSES = {"site_overrides": {"selectors": {"dismiss": ".got-it"}}}


def script(manner: str, **names: Any) -> str:
    """Return a script of `tests/manners`, with what the page calls its parts, in a scope of its own."""
    told = json.dumps({**NAMES, **names})
    return f"{{ const names = {told};\n{(MANNERS / f'{manner}.js').read_text('utf-8')} }}"


@pytest.mark.parametrize("clears", [False, True], ids=["keeps it", "clears it late"])
async def test_a_composer_that_keeps_its_text(connected: Any, site: ClaudePlayground, clears: bool) -> None:
    """Text that is left in the composer is no reason to send it again."""
    site.state.change(script=script("keeps", clears=clears))
    async with connected() as connection:
        conversation = connection.conversation()
        answers = [(await conversation.send(text)).content for text in ("One?", "And two?")]

    assert [asked.text for asked in site.state.asked] == ["One?", "And two?"]
    assert answers == [asked.answer for asked in site.state.asked]


async def test_a_page_that_asks_again_by_itself(connected: Any, site: ClaudePlayground) -> None:
    """What the page's second request brings is the answer, and nothing is pressed twice."""
    site.state.change(script=script("again"))
    site.state.fail_next(503)
    async with connected() as connection:
        response = await connection.send("One?")

    assert [asked.answer for asked in site.state.asked] == [response.content]


async def test_news_over_the_page(connected: Any, site: ClaudePlayground) -> None:
    """What lies over the page, from the beginning or since one writes, is closed; the message goes once."""
    site.state.change(script=script("news"))
    async with connected(**CLOSES) as connection:
        conversation = connection.conversation()
        answers = [(await conversation.send(text)).content for text in ("One?", "And two?")]

    assert answers == [asked.answer for asked in site.state.asked]
