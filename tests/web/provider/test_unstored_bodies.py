"""Answers that nobody may store: Chromium calls each aborted that a page reads piece by piece."""

from __future__ import annotations

from typing import Any

import pytest

from jackfield import StreamInterrupted

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(300)]

WIRE = {"url": "/say$", "kind": "text", "end_is_done": True}
READS = """
add("user", text);
const held = new AbortController();
const response = await fetch("/say", { method: "POST", body: text, signal: held.signal });
const reader = response.body.getReader(), told = add("bot", ""), decoder = new TextDecoder();
for (let read; !(read = await reader.read()).done; ) {
  told.textContent += decoder.decode(read.value);
  LETS_GO
}
"""


async def test_a_body_that_nobody_may_store_is_whole_where_the_page_has_read_it(
    talking: Any, small: Any
) -> None:
    """Its end is one, each time, though the browser says that the page let go of it."""
    small.script, small.reply_kind, small.unstored = READS.replace("LETS_GO", ""), "text/plain", 0.3
    small.replies = [(200, "Here it is"), (200, "And here is more")]

    async with talking(wires=[WIRE]) as connection:
        conversation = connection.conversation()
        answers = [await conversation.send(question) for question in ("One?", "Two?")]

    assert [one.content for one in answers] == ["Here it is", "And here is more"]
    assert {one.metadata["read_by"] for one in answers} == {"wire"}


@pytest.mark.parametrize("lets_go", ["held.abort(); break;", "reader.cancel(); break;"])
async def test_a_body_of_which_the_page_lets_go_is_cut(talking: Any, small: Any, lets_go: str) -> None:
    """What the page did not read to its end is told as cut, also behind an answer of the same size.

    As the browser says the same of some that came whole, the error says what would tell the two apart.
    """
    small.reply_kind, small.unstored = "text/plain", 0.3
    small.script = READS.replace("LETS_GO", f"if (text === 'Two?') {{ {lets_go} }}")
    small.replies = [(200, "Here it is")]

    async with talking(wires=[WIRE]) as connection:
        conversation = connection.conversation()
        await conversation.send("One?")
        small.unstored = 5.0
        with pytest.raises(StreamInterrupted) as caught:
            await conversation.send("Two?")

    assert caught.value.partial == "Here it is"
    assert "`done`" in (caught.value.hint or "")
