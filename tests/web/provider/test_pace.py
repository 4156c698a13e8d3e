"""Messages that are written by a person-like hand: they arrive as they were given."""

from __future__ import annotations

from typing import Any

import pytest

from jackfield import ConfigError
from jackfield_playground import WebChatPlayground
from jackfield_web import WebOptions
from jackfield_web.hands import PASTE_OVER

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(240)]

TYPED = "Hi 🙂, 東京?\n\nTwo  lines: “ok” & {x}"
PASTED = "".join(f"{line}. Ünïcödé 東京 👩‍👩‍👧 \t“quoted” <b>&amp;</b>\n\n" for line in range(100))


async def test_a_message_by_hand_arrives_as_it_was_given(connected: Any, chat: WebChatPlayground) -> None:
    """Emoji, CJK and line breaks, typed, and five kilobytes, pasted: the server gets the same bytes."""
    assert len(TYPED) < PASTE_OVER["person"]
    assert len(PASTED.encode()) > 5_000
    async with connected(pace="person") as connection:
        conversation = connection.conversation()
        typed = await conversation.send(TYPED)
        pasted = await conversation.send(PASTED)

    assert [asked.text for asked in chat.state.asked] == [TYPED, PASTED]
    assert [typed.content, pasted.content] == [asked.answer for asked in chat.state.asked]


async def test_a_quick_hand_logs_in(connected: Any, chat: WebChatPlayground, password: Any) -> None:
    """Name and password are written by the hand too, and the message after them."""
    chat.state.change(login=True)
    async with connected(password, pace="quick") as connection:
        response = await connection.send("Hello")

    assert response.success
    assert len(chat.state.asked) == 1


def test_paces_are_named() -> None:
    """A pace that there is not is refused."""
    with pytest.raises((ConfigError, ValueError), match="pace"):
        WebOptions(pace="slow")  # type: ignore[arg-type]
