"""A page with bad manners, each as a real page has been seen to behave: every byte of its answers is read.

The wire is shut off, so that what is read is what the page shows, made markdown again.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from jackfield import StreamInterrupted
from jackfield_playground import WebChatPlayground

pytestmark = pytest.mark.anyio

SETTLE = 0.4
QUESTION = "Write a function, “please” 東京 🙂"

# A question for a person, a way to sign in, and news, all of them transparent.
FADED = """
const parts = `<div style="opacity: 0"><p id="challenge">Are you a person?</p>
  <a id="sign-in" href="/login">Sign in</a>
  <div class="news" style="position: fixed; inset: 0; pointer-events: none"><button>OK</button></div></div>`;
addEventListener("DOMContentLoaded", () => document.body.insertAdjacentHTML("beforeend", parts));"""


def by_page(selectors: Mapping[str, Any] | None = None, **timing: float) -> dict[str, Any]:
    """Return the options that read what the page shows, and nothing else."""
    return {
        "site_overrides": {
            "reading": {"ways": ["observer"], "markdown_attribute": ""},
            "timing": {"composer": 15, "settle": SETTLE, **timing},
            "selectors": selectors or {},
        }
    }


@pytest.mark.parametrize(
    ("trap", "selectors"),
    [
        ("banner", {"ignore": ".banner"}),
        ("early-bar", {}),
        ("early-stop", {}),
        ("echo", {"user_turn": []}),
        ("frame", {"frame": "iframe#chat"}),
        ("keeps", {}),
        ("keeps-long", {}),
        ("late-address", {}),
        ("polls", {}),
        ("quiet", {}),
        ("shadow", {}),
        ("status", {}),
        ("virtual", {}),
        ("wipes", {}),
    ],
)
async def test_a_page_with_bad_manners_is_read_to_the_byte(
    connected: Any, chat: WebChatPlayground, trap: Any, selectors: Mapping[str, Any]
) -> None:
    """Two turns of one conversation are read whole and not taken for each other, whatever the page does."""
    lag = 0.02 if trap == "wipes" else SETTLE / 2
    chat.state.change(traps={trap}, lag_seconds=lag)

    async with connected(**by_page(selectors)) as connection:
        conversation = connection.conversation()
        answers = [(await conversation.send(text)).content for text in (QUESTION, "And now?")]

    assert answers == [asked.answer for asked in chat.state.asked]
    assert "```python" in answers[0]
    assert "Earlier questions in this thread: 1" in answers[1]


async def test_what_is_faded_out_is_not_there(connected: Any, chat: WebChatPlayground) -> None:
    """What a page has faded out, and would show at another time, keeps nobody from anything."""
    chat.state.change(script=FADED)
    gone = {"dismiss": ".news button", "guest": "#sign-in"}

    async with connected(**by_page(gone)) as connection:
        response = await connection.send(QUESTION)

    assert response.content == chat.state.asked[0].answer


@pytest.mark.parametrize("wait", ["first_seconds", "pause_seconds"])
async def test_a_page_that_takes_its_time_is_waited_for(
    connected: Any, chat: WebChatPlayground, wait: str
) -> None:
    """Five settle times without a new word, before the first one or in the midst, are no end."""
    chat.state.change(**{wait: 5 * SETTLE})

    async with connected(**by_page()) as connection:
        response = await connection.send(QUESTION)

    assert response.content == chat.state.asked[0].answer
    assert response.metadata["read_by"] == "observer"


async def test_a_page_with_new_names_is_read_by_the_old_ones_successors(
    connected: Any, chat: WebChatPlayground
) -> None:
    """Where a page's classes were renamed, what the Site names beside them is found, and read whole."""
    chat.state.change(renamed=True)
    names = {
        "chat_input": ["#composer", "#x-composer"],
        "send_button": ["#send", "#x-send"],
        "stop_button": ["#stop", "#x-stop"],
        "response_area": [".answer .text", ".x-answer .text"],
        "user_turn": [".question .text", ".x-question .text"],
        "finished": [".answer .copy", ".x-answer .copy"],
        "logged_in": ["#account", "#x-account"],
    }

    async with connected(**by_page(names)) as connection:
        response = await connection.send(QUESTION)

    assert response.content == chat.state.asked[0].answer


async def test_a_stream_without_its_last_word_is_no_answer(connected: Any, chat: WebChatPlayground) -> None:
    """A stream that ends in good order and never said so is an error, with every byte that had come."""
    chat.state.change(piece_seconds=0)
    chat.state.cut_next(5)
    async with connected() as connection:
        with pytest.raises(StreamInterrupted, match="before the answer was complete") as caught:
            await connection.send(QUESTION)

    assert caught.value.partial == "I am the playground's **scripted "
