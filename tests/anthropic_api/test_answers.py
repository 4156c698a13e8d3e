"""Answers of the stand-in, which is as strict as the API: what arrives, and what goes back."""

from __future__ import annotations

from typing import Any

import attrs
import pytest

from jackfield import (
    AuthenticationRequired,
    ChatRequest,
    ContextTooLong,
    FilePart,
    ImagePart,
    Message,
    Model,
    ModelNotFound,
    OpaquePart,
    ReasoningDelta,
    ReasoningPart,
    ResponseStarted,
    TextDelta,
    Tool,
    ToolResultPart,
    connect,
)
from jackfield_anthropic_api import AnthropicOptions

pytestmark = pytest.mark.anyio
CLOCK = Tool("clock", "Tells the time.", {"type": "object", "properties": {"zone": {"type": "string"}}})
PNG = b"\x89PNG\r\n\x1a\n"


@pytest.mark.parametrize("version", ["2023-06-01", "2026-10-21"])
async def test_both_versions(version: str, opened: Any) -> None:
    """An answer arrives as it is written, with ids, limits, counts and the model that made it."""
    async with opened(version=version) as connection, connection.stream("Hello there") as stream:
        events = [event async for event in stream]
    response = stream.response

    assert isinstance(events[0], ResponseStarted)
    assert len([event for event in events if isinstance(event, TextDelta)]) > 10
    assert "Hello there" in response.content
    assert response.remote_request_id.startswith("req_")
    assert response.limits["requests_remaining"] == 49
    assert (response.model, response.requested_model) == ("claude-playground-1", "claude-playground-1")
    assert response.usage.input_tokens > 10


async def test_tools_and_thoughts_go_round(opened: Any, room: Any) -> None:
    """Two calls at once, behind a signed thought, are answered, and the API takes all of it back."""
    async with opened() as connection:
        asked = ChatRequest(messages="The [tools], please", tools=[CLOCK], reasoning="high")
        async with connection.stream(asked) as stream:
            thoughts = [event.text async for event in stream if isinstance(event, ReasoningDelta)]
        first = stream.response
        results = [ToolResultPart(call.id, call.name, "noon") for call in first.tool_calls]
        results[1] = attrs.evolve(results[1], is_error=True)
        history = [*asked.messages, first.message, *(Message("tool", result) for result in results)]
        last = await connection.send(attrs.evolve(asked, messages=history))

    assert "".join(thoughts) == first.reasoning
    assert len(first.tool_calls) == 2
    assert first.finish_reason == "tool_call"
    assert dict(first.tool_calls[0].arguments) == {"zone": "from the playground, “so”"}
    assert "noon noon" in last.content
    sent = room.state.posted[-1].body["messages"]
    assert [block["type"] for block in sent[1]["content"]] == ["thinking", "text", "tool_use", "tool_use"]
    assert [block.get("is_error") for block in sent[2]["content"]] == [None, True]


@pytest.mark.parametrize("reasoning", ["high", {"summary": False}])
async def test_a_thought_is_for_its_own_model(reasoning: Any, opened: Any, room: Any) -> None:
    """A signed thought goes back to its model, by either of its names, and to no other: that is told."""
    from jackfield import Reasoning

    wish = Reasoning(**reasoning) if isinstance(reasoning, dict) else reasoning
    small = "claude-playground-mini-20261001"
    async with opened(max_tokens=8000, model_mapping={"mini": small}) as connection:
        asked = ChatRequest(messages="Hello", reasoning=wish, model="mini")
        first = await connection.send(asked)
        again = attrs.evolve(asked, messages=[*asked.messages, first.message, Message("user", "And?")])
        same = await connection.send(again)
        other = await connection.send(attrs.evolve(again, model=room.model))
    kinds = [
        [block["type"] for block in posted.body["messages"][-2]["content"]]
        for posted in room.state.posted[1:]
    ]

    assert isinstance(first.parts[0], ReasoningPart)
    assert kinds == [["thinking", "text"], ["text"]]
    assert same.adaptations == ()
    assert [one.field for one in other.adaptations] == ["messages[1].parts[0]"]


@pytest.mark.parametrize("word", ["[redacted]", "[search]", "[pause]", "[unknown]"])
async def test_what_is_not_shown_goes_back(word: str, opened: Any, room: Any) -> None:
    """Hidden thoughts, the remote's own calls and what nobody knows go back in their place, as they came."""
    async with opened() as connection:
        asked = ChatRequest(messages=f"Now {word}", reasoning="low")
        first = await connection.send(asked)
        await connection.send(
            attrs.evolve(asked, messages=[*asked.messages, first.message, Message("user", "On.")])
        )
    sent = room.state.posted[-1].body["messages"][1]["content"]

    assert [type(part) for part in first.parts if isinstance(part, OpaquePart)] == [OpaquePart] * (
        word in {"[search]", "[unknown]"}
    )
    assert len(sent) == len(first.parts)
    assert (first.provider_finish_reason == "pause_turn") == (word == "[pause]")


async def test_structured_output_files_and_pictures(opened: Any) -> None:
    """The answer keeps to a schema; pictures and files are read, and it says what in them it rests on."""
    schema = {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]}
    notes = FilePart(b"A jackfield is a panel of sockets.", "notes.txt", "text/plain")
    async with opened() as connection:
        form = await connection.send("A number", output=schema)
        seen = await connection.send(Message("user", ["Look", ImagePart(PNG, "image/png")]))
        cited = await connection.send(Message("user", ["Read", notes]), options={"citations": True})
    (text,) = cited.parts

    assert form.content == '{"n": 3}'
    assert "Images received: 1" in seen.content
    assert (text.citations[0].title, text.citations[0].quote) == (
        "notes.txt",
        "A jackfield is a panel of sock",
    )


async def test_caching(opened: Any) -> None:
    """A prompt that is to be kept is counted as written the first time, and as read the second."""
    async with opened() as connection:
        first, second = [await connection.send("A long prompt", options={"cache": "5m"}) for _ in range(2)]

    assert first.usage.cache_write_input_tokens == second.usage.cache_read_input_tokens > 0
    assert first.usage.input_tokens == second.usage.input_tokens


async def test_ends(opened: Any) -> None:
    """An answer ends at its longest, at a text to stop at, by a refusal, or because the context is full."""
    async with opened() as connection:
        short = await connection.send("Hello", max_tokens=3)
        stopped = await connection.send("Hello", stop_sequences=["scripted"])
        refused = await connection.send("[refusal]")
        full = await connection.send("[full]")

    assert (short.finish_reason, short.provider_finish_reason) == ("length", "max_tokens")
    assert stopped.metadata["stop_sequence"] == "scripted"
    assert (refused.finish_reason, refused.refusal[:14]) == ("content_filter", "The playground")
    assert (full.finish_reason, full.provider_finish_reason) == ("length", "model_context_window_exceeded")


async def test_models(opened: Any, room: Any) -> None:
    """The list says how much each model reads and writes, and which is the default."""
    async with opened(model_mapping={"small": "claude-playground-mini-20261001"}) as connection:
        first, second = await connection.list_models()

    assert first == Model(id=room.model, default=True, context_tokens=200_000, output_tokens=64_000)
    assert (second.aliases, second.output_tokens) == (("small",), 8_192)


async def test_words_of_a_refusal(opened: Any, room: Any) -> None:
    """A model that is not there is told by the type of its 404; what is too long by its status."""
    async with opened() as connection:
        with pytest.raises(ModelNotFound):
            await connection.send("Hello", model="claude-9")
        room.state.change(most_bytes=1000)
        with pytest.raises(ContextTooLong):
            await connection.send("Hello " * 1000)


async def test_a_key_that_nothing_could_try(opened: Any, room: Any) -> None:
    """Where there is no list of models to be asked for, a wrong key shows when it asks."""
    room.state.change(lists=False)
    async with opened("sk-ant-nobody") as connection:
        with pytest.raises(AuthenticationRequired):
            await connection.send("Hello")


async def test_what_does_not_stream(opened: Any, room: Any) -> None:
    """An answer in one piece, as from a remote that does not stream, is the answer; it is asked for once."""
    room.state.change(streams=False)
    async with opened() as connection:
        response = await connection.send("Hello")

    assert "Hello" in response.content
    assert response.usage.output_tokens > 1
    assert room.posts() == 1


async def test_key_of_the_first_version(room: Any, opened: Any) -> None:
    """The key goes in the header of the version's own clients, or in the one that is asked for."""
    assert [
        AnthropicOptions(version=version, key_header=header).bears_key
        for version in ("2023-06-01", "2026-10-21")
        for header in (None, "authorization", "x-api-key")
    ] == [False, True, False, True, True, False]
    async with opened(key_header="x-api-key") as connection:
        await connection.send("Hello")

    assert room.state.posted[-1].key_in == "x-api-key"


async def test_the_key_that_people_have(room: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The key is read from ANTHROPIC_API_KEY, where the vendor's own programs look for it."""
    monkeypatch.setenv("ANTHROPIC_API_KEY", room.key)
    async with connect(
        "anthropic_api", {"base_url": room.base_url, "default_model": room.model}
    ) as connection:
        assert (await connection.send("Hello")).success
