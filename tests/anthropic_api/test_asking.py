"""What a request is on the wire, what of it is told, and what is refused before anything is sent."""

from __future__ import annotations

from typing import Any

import pytest

from jackfield import (
    AudioPart,
    ChatRequest,
    FileId,
    FilePart,
    ImagePart,
    InvalidRequest,
    Message,
    ModelNotFound,
    Part,
    ProviderState,
    Reasoning,
    ReasoningPart,
    RefusalPart,
    TextPart,
    Tool,
    ToolCallPart,
    ToolResultPart,
    Unsupported,
    Url,
)
from jackfield_anthropic_api import AnthropicOptions
from jackfield_anthropic_api._asking import body_of, plan_of

pytestmark = pytest.mark.anyio
NEW = AnthropicOptions(default_model="claude-x")
OLD = AnthropicOptions(default_model="claude-x", version="2023-06-01")
PNG = b"\x89PNG\r\n\x1a\n"
CLOCK = Tool("clock", "Tells the time.", {"properties": {"zone": {"type": "string"}}}, strict=True)


def body(messages: Any = "Hello", by: AnthropicOptions = NEW, **fields: Any) -> dict[str, Any]:
    return body_of(ChatRequest(messages=messages, **fields), by)


def blocks(*parts: Part | str, **fields: Any) -> Any:
    return body(Message("user", parts), **fields)["messages"][0]["content"]


def told(messages: Any, options: AnthropicOptions = NEW, **fields: Any) -> list[tuple[str, str]]:
    plan = plan_of(ChatRequest(messages=messages, **fields), options).raise_for_refusal()
    return [(one.field, one.reason) for one in plan.adaptations]


def state(kind: str, **data: Any) -> ProviderState:
    return ProviderState("anthropic_api", kind, data)


def test_the_least() -> None:
    """A plain question is a model, a longest answer, which the API wants, and one turn."""
    assert body() == {
        "model": "claude-x",
        "max_tokens": 16_384,
        "messages": [{"role": "user", "content": [{"type": "text", "text": "Hello"}]}],
    }


def test_every_field() -> None:
    """Each field of a request has its place on the wire."""
    asked = body(
        model="opus",
        by=AnthropicOptions(model_mapping={"opus": "claude-opus-9"}),
        tools=[CLOCK],
        tool_choice="required",
        output={"type": "object"},
        reasoning=Reasoning("high", budget=4000, summary=True),
        max_tokens=9000,
        stop_sequences="END",
    )
    asked |= body(by=OLD, temperature=0.5, top_p=0.9) | {"model": asked["model"], "max_tokens": 9000}

    assert asked == {
        "model": "claude-opus-9",
        "max_tokens": 9000,
        "messages": [{"role": "user", "content": [{"type": "text", "text": "Hello"}]}],
        "tools": [
            {
                "name": "clock",
                "description": "Tells the time.",
                "input_schema": {"type": "object", "properties": {"zone": {"type": "string"}}},
                "strict": True,
            }
        ],
        "tool_choice": {"type": "any"},
        "output_config": {"effort": "high", "format": {"type": "json_schema", "schema": {"type": "object"}}},
        "thinking": {"type": "enabled", "budget_tokens": 4000, "display": "summarized"},
        "stop_sequences": ["END"],
        "temperature": 0.5,
        "top_p": 0.9,
    }


def test_own_settings() -> None:
    """What only this API knows is a typed option of a request."""
    search = {"type": "web_search_20260318", "name": "web_search"}
    options = {
        "cache": "1h",
        "parallel_tools": False,
        "server_tools": [search],
        "service_tier": "standard_only",
        "user_id": "u-1",
        "top_k": 5,
        "extra": {"inference_geo": "eu"},
    }
    asked = body_of(ChatRequest(messages="Hello", options=options), OLD)

    del asked["model"], asked["max_tokens"], asked["messages"]
    assert asked == {
        "cache_control": {"type": "ephemeral", "ttl": "1h"},
        "tools": [search],
        "tool_choice": {"type": "auto", "disable_parallel_tool_use": True},
        "service_tier": "standard_only",
        "metadata": {"user_id": "u-1"},
        "top_k": 5,
        "inference_geo": "eu",
    }


@pytest.mark.parametrize(
    ("reasoning", "thinking", "effort", "longest"),
    [
        ("none", {"type": "disabled"}, None, 16_384),
        (0, {"type": "disabled"}, None, 16_384),
        ("minimal", {"type": "adaptive"}, "low", 16_384),
        ("max", {"type": "adaptive"}, "max", 16_384),
        (Reasoning(summary=False), {"type": "adaptive", "display": "omitted"}, None, 16_384),
        (100, {"type": "enabled", "budget_tokens": 1024}, None, 17_408),
        (5000, {"type": "enabled", "budget_tokens": 5000}, None, 21_384),
    ],
)
def test_reasoning(reasoning: Any, thinking: Any, effort: str | None, longest: int) -> None:
    """An effort lets the model choose, a budget is a number, and room for it is on top of the answer's."""
    asked = body(reasoning=reasoning)

    assert asked["thinking"] == thinking
    assert asked.get("output_config", {}).get("effort") == effort
    assert asked["max_tokens"] == longest


def test_pictures_and_files() -> None:
    """Bytes, addresses and what the API keeps already are sources; text goes as text, PDF as it is."""
    address, kept = Url("https://example.com/a"), FileId("anthropic_api", "file_1")
    found = blocks(
        ImagePart(PNG, "image/png"),
        ImagePart(address, "image/png"),
        FilePart(b"%PDF", "a.pdf", "application/pdf"),
        FilePart(b"a,b", "a.csv", "text/csv"),
        FilePart(kept, "b.pdf", "application/pdf"),
        options={"citations": True},
    )

    assert [one["type"] for one in found] == ["image", "image", "document", "document", "document"]
    assert [one["source"] for one in found] == [
        {"type": "base64", "media_type": "image/png", "data": "iVBORw0KGgo="},
        {"type": "url", "url": "https://example.com/a"},
        {"type": "base64", "media_type": "application/pdf", "data": "JVBERg=="},
        {"type": "text", "media_type": "text/plain", "data": "a,b"},
        {"type": "file", "file_id": "file_1"},
    ]
    assert found[3]["title"] == "a.csv"
    assert [one.get("citations") for one in found] == [None, None, *[{"enabled": True}] * 3]


def test_a_history_with_tools() -> None:
    """Thoughts, calls and results of both sides stand where the API wants them: results in one turn."""
    calls = [ToolCallPart("toolu_1", "clock", '{"zone": "UTC"}'), ToolCallPart("toolu_2", "clock", "")]
    cited = TextPart("It says.", state=state("text", citations=[{"type": "char_location"}]))
    thoughts = [
        ReasoningPart("Hm.", state("thinking", signature="s")),
        ReasoningPart("", state("redacted_thinking", data="d")),
        ReasoningPart("unsigned"),
    ]
    seen = ToolResultPart("toolu_2", "clock", [TextPart("no"), ImagePart(PNG, "image/png")], is_error=True)
    turns = body(
        [
            Message("user", "What time is it?"),
            Message("assistant", [*thoughts, cited, *calls]),
            Message("tool", ToolResultPart("toolu_1", "clock", "noon")),
            Message("tool", seen),
            Message("user", ["Thanks.", cited, "  "]),
        ]
    )["messages"]

    assert [turn["role"] for turn in turns] == ["user", "assistant", "user"]
    assert turns[1]["content"] == [
        {"type": "thinking", "thinking": "Hm.", "signature": "s"},
        {"type": "redacted_thinking", "data": "d"},
        {"type": "text", "text": "It says.", "citations": [{"type": "char_location"}]},
        {"type": "tool_use", "id": "toolu_1", "name": "clock", "input": {"zone": "UTC"}},
        {"type": "tool_use", "id": "toolu_2", "name": "clock", "input": {}},
    ]
    first, second, *rest = turns[2]["content"]
    assert first == {
        "type": "tool_result",
        "tool_use_id": "toolu_1",
        "content": [{"type": "text", "text": "noon"}],
    }
    assert (second["is_error"], [one["type"] for one in second["content"]]) == (True, ["text", "image"])
    assert rest == [{"type": "text", "text": "Thanks."}, {"type": "text", "text": "It says."}]


def test_system_messages() -> None:
    """They go ahead; one that comes later has a role since 2026-10-21, and before goes ahead too, told."""
    said = [
        Message("system", "Be brief."),
        Message("user", "Hello"),
        Message("system", "Now in French."),
        Message("user", "Hello"),
    ]
    new, old = body(said), body(said, OLD)

    assert [block["text"] for block in new["system"]] == ["Be brief."]
    assert [turn["role"] for turn in new["messages"]] == ["user", "system", "user"]
    assert told(said) == []
    assert [block["text"] for block in old["system"]] == ["Be brief.", "Now in French."]
    assert len(old["messages"]) == 1
    assert [field for field, _ in told(said, OLD)] == ["messages[2]"]


def test_what_is_told() -> None:
    """What the API has no words for is sent as it can be, and the plan says how."""
    said = [
        Message("user", ["Look", ImagePart(PNG, "image/png", "low")]),
        Message(
            "assistant", [RefusalPart("I will not."), ToolCallPart("functions.clock:0", "clock", "{oops")]
        ),
        Message("tool", ToolResultPart("functions.clock:0", "clock", "noon")),
        Message("assistant", [TextPart("So."), ToolCallPart("1", "search", "{}", by="remote")]),
        Message("user", "Well?"),
    ]
    turns = body(said)["messages"]

    assert [field for field, _ in told(said, reasoning=Reasoning("minimal", budget=10))] == [
        "reasoning",
        "reasoning",
        "messages[0].parts[1]",
        "messages[1].parts[0]",
        "messages[1].parts[1]",
        "messages[1].parts[1]",
        "messages[3].parts[1]",
    ]
    assert turns[1]["content"][1] == {
        "type": "tool_use",
        "id": "functions_clock_0",
        "name": "clock",
        "input": {"INVALID_JSON": "{oops"},
    }
    assert turns[2]["content"][0]["tool_use_id"] == "functions_clock_0"
    assert [one["type"] for one in turns[3]["content"]] == ["text"]


@pytest.mark.parametrize(
    ("fields", "options", "kind", "words"),
    [
        ({}, AnthropicOptions(), ModelNotFound, "default_model"),
        ({"reasoning": 3000, "max_tokens": 3000}, NEW, InvalidRequest, "3000 of them are for thinking"),
        ({"options": {"top_k": 3}}, NEW, InvalidRequest, "top_k"),
        ({"messages": Message("user", ImagePart(b"BM", "image/bmp"))}, NEW, Unsupported, r"parts\[0\]"),
        (
            {"messages": Message("user", FilePart(b"PK", "a.zip", "application/zip"))},
            NEW,
            Unsupported,
            "zip",
        ),
        (
            {"messages": Message("user", FilePart(b"\xff", "a.txt", "text/plain"))},
            NEW,
            InvalidRequest,
            "UTF-8",
        ),
    ],
)
def test_what_is_refused(fields: Any, options: AnthropicOptions, kind: type, words: str) -> None:
    """What the API would refuse is refused here, before anything is sent, and says what to do."""
    (refusal,) = plan_of(ChatRequest(**{"messages": "Hello", **fields}), options).refusals

    assert type(refusal) is kind
    assert refusal.certainty.value == "not_sent"
    with pytest.raises(kind, match=words):
        raise refusal


async def test_nothing_leaves_when_it_is_refused(opened: Any, room: Any) -> None:
    """A refusal costs nothing: no request arrives."""
    async with opened(default_model=None) as connection:
        with pytest.raises(ModelNotFound):
            await connection.send("Hello")
        with pytest.raises(Unsupported):
            await connection.send(Message("user", AudioPart(b"RIFF", "audio/wav")))
        with pytest.raises(InvalidRequest, match="citation"):
            await connection.send("Hello", model="x", options={"citation": True})

    assert room.state.posted == ()


async def test_sampling_belongs_to_the_first_version(opened: Any, room: Any) -> None:
    """Since 2026-10-21 the API refuses a temperature: it is left out and told; before, it is sent."""
    async with opened() as connection:
        response = await connection.send("Hello", temperature=0.5, top_p=0.5)
    async with opened(version="2023-06-01") as connection:
        await connection.send("Hello", temperature=0.5)
    new, old = room.state.posted

    assert [one.field for one in response.adaptations] == ["temperature", "top_p"]
    assert "temperature" not in new.body
    assert old.body["temperature"] == 0.5


async def test_headers(opened: Any, room: Any) -> None:
    """Version and betas are headers; the key goes as the version's own clients send it."""
    async with opened(betas=["a-1"], key_header="x-api-key") as connection:
        await connection.send("Hello", options={"betas": ["b-2", "a-1"]})
        await connection.send("Hello")
    first, second = (posted.headers for posted in room.state.posted)

    assert (first["anthropic-version"], first["anthropic-beta"]) == ("2026-10-21", "a-1,b-2")
    assert second["anthropic-beta"] == "a-1"
