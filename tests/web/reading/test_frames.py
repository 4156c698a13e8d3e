"""A chat in a frame: within another frame, and of another site, with a process of its own."""

from __future__ import annotations

from typing import Any

import pytest

pytestmark = pytest.mark.anyio

FRAMED = """async (address) => {
    const outer = "<iframe id=outer width=800 height=600 srcdoc='<iframe id=inner></iframe>'></iframe>";
    document.body.innerHTML = outer;
    await new Promise((go) => { document.querySelector("#outer").onload = go; });
    const inner = document.querySelector("#outer").contentDocument.querySelector("#inner");
    inner.src = address;
    await new Promise((go) => { inner.onload = go; });
}"""
SHADED = """async (address) => {
    const root = document.body.appendChild(document.createElement("div")).attachShadow({ mode: "open" });
    root.innerHTML = "<iframe id=held width=800 height=600></iframe>";
    const held = root.querySelector("#held");
    held.src = address;
    await new Promise((go) => { held.onload = go; });
}"""
PATH = {"frame": "#outer >>> #inner"}


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"], ids=["same site", "another site"])
@pytest.mark.parametrize(("ways", "read_by"), [(["wire"], "wire"), (["observer"], "observer")])
async def test_a_chat_in_a_frame_of_a_frame(
    chat: Any, opened: Any, host: str, ways: list[str], read_by: str
) -> None:
    """Its traffic is heard and its changes are told as those of a page, and nothing is put into its world."""
    chat.messages = [{"text": "a"}, {"text": "b"}, {"done": True}]

    async with opened(selectors=PATH, reading={"ways": ways}) as talk:
        await talk.reader.page.evaluate(FRAMED, chat.url.replace("127.0.0.1", host))
        first = await talk.say("hello")
        second = await talk.say("and again")

    assert [first.text, second.text] == ["ab", "ab"]
    assert first.finished.metadata["read_by"] == second.finished.metadata["read_by"] == read_by
    assert chat.texts == ["hello", "and again"]
    assert [message["strangers"] for message in chat.received] == [[], []]


async def test_a_frame_that_is_loaded_anew_is_read_on(chat: Any, opened: Any) -> None:
    """A frame whose document is another one than before, in another process too, is talked to as before."""
    chat.messages = [{"text": "ab"}, {"done": True}]

    async with opened(selectors=PATH) as talk:
        page = talk.reader.page
        for host in ("127.0.0.1", "localhost", "127.0.0.1"):
            await page.evaluate(FRAMED, chat.url.replace("127.0.0.1", host))
            assert (await talk.say(f"from {host}")).text == "ab"

    assert len(chat.received) == 3


async def test_a_frame_that_holds_only_a_frame_is_looked_into(chat: Any, opened: Any) -> None:
    """Who names the outer frame alone means the chat in it, where no other frame could be meant."""
    chat.messages = [{"text": "ab"}, {"done": True}]

    async with opened(selectors={"frame": "#outer"}) as talk:
        await talk.reader.page.evaluate(FRAMED, chat.url)
        assert (await talk.say("hello")).text == "ab"

    assert len(chat.received) == 1


async def test_a_chat_in_a_frame_in_a_shadow_root(chat: Any, opened: Any) -> None:
    """It tells when it changes, from a world that it does not see, as any frame does."""
    chat.messages = [{"text": "ab"}, {"done": True}]

    async with opened(selectors={"frame": "#held"}, reading={"ways": ["observer"]}) as talk:
        await talk.reader.page.evaluate(SHADED, chat.url)
        answer = await talk.say("hello")

    assert (answer.text, answer.finished.metadata["read_by"]) == ("ab", "observer")
    assert [message["strangers"] for message in chat.received] == [[]]
