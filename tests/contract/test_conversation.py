"""One conversation with each web provider, in a real browser: what the test command has of the web side."""

from __future__ import annotations

from typing import Any

import pytest

from jackfield import connect

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(180)]


@pytest.mark.parametrize("provider", ["claude_web", "custom_web", "zai_web"])
async def test_a_conversation(provider: str, stand: Any) -> None:
    """An answer arrives in pieces and whole; a second question stays in its conversation and is answered."""
    options = {**stand.options, "min_interval": 0.0}
    async with connect(provider, options, stand.context) as connection:
        talk = connection.conversation()
        async with talk.stream("Say something in several words, please.") as stream:
            pieces = [text async for text in stream.text]
        again = await talk.send("And again.")

    first = stream.response
    assert (first.success, again.success) == (True, True)
    assert len(pieces) > 1
    assert "".join(pieces) == first.content
    assert again.content
    assert first.conversation_id == again.conversation_id == talk.id
