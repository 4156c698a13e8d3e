"""Everything that Claude's stream is known to do, through the page in a real browser."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from jackfield import ActivityReported, TextReplaced
from jackfield_playground import ClaudePlayground

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(180)]

TREE = "?tree=True&rendering_mode=messages&render_all_tools=true"


def text_of(tree: dict[str, Any]) -> str:
    """Return the text of the last answer of a conversation, as the API serves it."""
    leaf = next(one for one in tree["chat_messages"] if one["uuid"] == tree["current_leaf_message_uuid"])
    return "\n\n".join(block["text"] for block in leaf["content"] if block["type"] == "text")


async def kept(api: Any, conversation: str) -> str:
    """Return what the API says that the last answer of a conversation is."""
    answer = await api.get(f"/chat_conversations/{conversation.rpartition('/')[2]}{TREE}")
    return text_of(answer.json())


@pytest.mark.parametrize(
    ("layout", "stream"), [("2026-10", "blocks"), ("2026-08", "blocks"), ("2026-08", "completions")]
)
async def test_the_page_and_the_api_say_the_same(
    connected: Any, site: ClaudePlayground, api: Any, layout: str, stream: str
) -> None:
    """The same message, sent through the page and through the API, has the same answer, byte for byte."""
    site.state.change(layout=layout, stream=stream)
    message = "Write a function, “please”:\n\n  东京 🙂 <b>&amp;</b>"
    async with connected() as connection:
        response = await connection.send(message)
    name = str(uuid.uuid4())
    asked = {"prompt": message, "create_conversation_params": {"name": "", "is_temporary": False}}
    posted = await api.post(f"/chat_conversations/{name}/completion", json=asked)

    assert posted.status_code == 200
    by_page, by_api = site.state.asked
    assert by_page.text == by_api.text == message
    assert response.content.encode() == by_page.answer.encode() == by_api.answer.encode()
    assert response.content == await kept(api, response.conversation_id) == await kept(api, name)
    assert response.metadata["read_by"] == "wire"
    assert response.model == "claude-sonnet-5"


async def test_text_that_is_kept_is_told(connected: Any, site: ClaudePlayground, api: Any) -> None:
    """Whatever an answer is made of, its text is the one that the conversation keeps, byte for byte."""
    ordered = (
        "thinking",
        "tools",
        "retract",
        "range",
        "compact",
        "model",
        "used",
        "quotes",
        "code",
        "unknown",
        "max",
        "pause",
        "long",
    )
    async with connected() as connection:
        conversation = connection.conversation()
        answers = [(name, await conversation.send(f"Please, [{name}]")) for name in ordered]
        last = await kept(api, conversation.id)

    assert [(name, answer.content) for name, answer in answers] == [
        (name, asked.answer) for name, asked in zip(ordered, site.state.asked, strict=True)
    ]
    assert answers[-1][1].content == last
    ends = {name: (answer.finish_reason, answer.provider_finish_reason) for name, answer in answers}
    assert ends.pop("max") == ("length", "max_tokens")
    assert set(ends.values()) == {("stop", "end_turn")}
    by_name = dict(answers)
    assert by_name["compact"].metadata["compactions"] == 1
    assert by_name["model"].model == "claude-haiku-5-5"
    assert by_name["used"].metadata["message_limit"]["type"] == "within_limit"
    assert by_name["thinking"].reasoning == "A jackfield is a panel. Lines end in sockets there."
    assert by_name["unknown"].metadata["ignored_events"]["weather_report"] == 1
    assert '"plug it in"' in by_name["quotes"].content


async def test_steps_and_sources(connected: Any) -> None:
    """Tools are told with what they were asked, sources with their addresses, in their place."""
    async with connected() as connection, connection.stream("[tools]") as stream:
        events = [event async for event in stream]

    steps = [(one.kind, one.title) for one in events if isinstance(one, ActivityReported)]
    assert steps == [
        ("tool", "web_search"),
        ("tool", "web_search"),
        ("link", "Jackfield — a panel of sockets"),
    ]
    used = next(one for one in events if isinstance(one, ActivityReported))
    assert used.data["input"] == {"query": "what is a jackfield"}


async def test_what_is_withdrawn_is_taken_back(connected: Any) -> None:
    """Text that the site withdraws is taken back on the stream, not only in the end."""
    async with connected() as connection, connection.stream("[retract]") as stream:
        events = [event async for event in stream]
        response = await stream.collect()

    assert [event.keep for event in events if isinstance(event, TextReplaced)] == [
        len("The first part stands.")
    ]
    assert response.content == "The first part stands.\n\nThe second part is right."


async def test_last_words_after_the_stop_button(connected: Any, site: ClaudePlayground) -> None:
    """An answer whose last words are drawn late is whole, read from the page as from the wire."""
    site.state.change(late_seconds=0.8)
    by_page = {"reading": {"ways": ["observer"]}}
    async with connected(site_overrides=by_page) as connection:
        response = await connection.send("Say what a jackfield is")

    assert response.metadata["read_by"] in {"observer", "polling"}
    assert response.content == site.state.asked[0].answer


async def test_a_long_conversation(connected: Any, site: ClaudePlayground) -> None:
    """In a page that keeps only its last messages in the document, each answer is its own question's."""
    site.state.change(shown_messages=4)
    async with connected() as connection:
        conversation = connection.conversation()
        answers = [await conversation.send(f"Question {number}") for number in range(5)]

    assert [answer.content for answer in answers] == [asked.answer for asked in site.state.asked]
    assert len({answer.conversation_id for answer in answers}) == 1
    assert "Earlier questions in this thread: 4" in answers[-1].content
    assert [body.get("parent_message_uuid") is None for body in site.state.bodies] == [True, *[False] * 4]
