"""A request's body, and what is told or refused before anything is sent."""

from __future__ import annotations

from typing import Any

import attrs
import pytest

from jackfield import (
    AudioPart,
    ChatRequest,
    ConfigError,
    FileId,
    FilePart,
    ImagePart,
    JsonSchema,
    Message,
    OpaquePart,
    ProviderState,
    Reasoning,
    ReasoningPart,
    RefusalPart,
    TextPart,
    Tool,
    ToolCallPart,
    ToolResultPart,
    Url,
)
from jackfield_gemini_api import GeminiOptions
from jackfield_gemini_api._asking import body_of, plan_of
from jackfield_gemini_api._options import family_of, resource_of

pytestmark = pytest.mark.anyio
NEW, OLD = "gemini-3-flash", "gemini-2.5-flash"
OPTIONS = GeminiOptions(default_model=NEW)
CLOCK = Tool("clock", "Tells the time.", {"type": "object", "$ref": "#/x", "additionalProperties": False})
CALL = ToolCallPart("a1", "clock", "{}")


def body(messages: Any = "Hi", **wishes: Any) -> Any:
    return body_of(ChatRequest(messages=messages, **wishes), OPTIONS)


def told(messages: Any = "Hi", **wishes: Any) -> list[str]:
    plan = plan_of(ChatRequest(messages=messages, **wishes), OPTIONS)
    return [one.field for one in plan.raise_for_refusal().adaptations]


THINKING: list[tuple[Any, str, Any]] = [
    (None, NEW, None),
    ("low", NEW, {"includeThoughts": True, "thinkingLevel": "LOW"}),
    ("max", NEW, {"includeThoughts": True, "thinkingLevel": "XHIGH"}),
    ("none", NEW, {"thinkingBudget": 0}),
    (300, NEW, {"includeThoughts": True, "thinkingBudget": 300}),
    (Reasoning(effort="high", summary=False), NEW, {"thinkingLevel": "HIGH"}),
    (Reasoning(effort="high", budget=9), NEW, {"includeThoughts": True, "thinkingBudget": 9}),
    (Reasoning(summary=True), NEW, {"includeThoughts": True}),
    ("medium", OLD, {"includeThoughts": True, "thinkingBudget": 8192}),
    ("high", f"publishers/google/models/{OLD}", {"includeThoughts": True, "thinkingBudget": 24576}),
]


@pytest.mark.parametrize(("reasoning", "model", "expected"), THINKING)
def test_thinking(reasoning: Any, model: str, expected: Any) -> None:
    """An effort is a level, for the models that know levels, and a budget for the others; never both."""
    config = body(reasoning=reasoning, model=model).get("generationConfig", {})

    assert config.get("thinkingConfig") == expected


STRICT = attrs.evolve(CLOCK, strict=True)
CHOICES: list[tuple[Any, Tool, Any]] = [
    (None, CLOCK, None),
    ("auto", CLOCK, {"mode": "AUTO"}),
    ("none", CLOCK, {"mode": "NONE"}),
    ("required", STRICT, {"mode": "ANY"}),
    ("clock", CLOCK, {"mode": "ANY", "allowedFunctionNames": ["clock"]}),
    (None, STRICT, {"mode": "VALIDATED"}),
    ("none", STRICT, {"mode": "NONE"}),
]


@pytest.mark.parametrize(("choice", "tool", "expected"), CHOICES)
def test_tools(choice: Any, tool: Tool, expected: Any) -> None:
    """A tool's schema goes as JSON schema, whatever is in it; a choice is a mode."""
    told = body(tools=[tool], tool_choice=choice)

    declared = {"name": "clock", "description": "Tells the time.", "parametersJsonSchema": CLOCK.schema}
    assert told["tools"] == [{"functionDeclarations": [declared]}]
    assert told.get("toolConfig") == (expected and {"functionCallingConfig": expected})


def test_every_setting() -> None:
    """Each setting has its own field; the request's own go beside, and further ones over them."""
    wishes: dict[str, Any] = {
        "output": {"type": "object"},
        "max_tokens": 9,
        "temperature": 0.5,
        "top_p": 0.9,
        "seed": 7,
        "stop_sequences": ["."],
    }
    own = {
        "remote_tools": [{"googleSearch": {}}],
        "safety_settings": {"HARM_CATEGORY_HARASSMENT": "OFF"},
        "cached_content": "cachedContents/1",
        "top_k": 3,
        "media_resolution": "low",
        "response_modalities": ["TEXT"],
        "generation": {"presencePenalty": 0.1},
        "extra": {"labels": {"a": "b"}},
    }

    assert body(**wishes, options=own) == {
        "contents": [{"role": "user", "parts": [{"text": "Hi"}]}],
        "tools": [{"googleSearch": {}}],
        "generationConfig": {
            "maxOutputTokens": 9,
            "temperature": 0.5,
            "topP": 0.9,
            "topK": 3,
            "seed": 7,
            "stopSequences": ["."],
            "responseMimeType": "application/json",
            "responseJsonSchema": {"type": "object"},
            "responseModalities": ["TEXT"],
            "mediaResolution": "MEDIA_RESOLUTION_LOW",
            "presencePenalty": 0.1,
        },
        "safetySettings": [{"category": "HARM_CATEGORY_HARASSMENT", "threshold": "OFF"}],
        "cachedContent": "cachedContents/1",
        "labels": {"a": "b"},
    }


def test_turns() -> None:
    """Messages of one role are one turn, the system's go ahead, and what says nothing is left out."""
    said = [
        Message("system", "Be brief."),
        Message("user", "One"),
        Message("user", ""),
        Message("assistant", [TextPart(""), RefusalPart("No.")]),
        Message("system", "Be kind."),
        Message("user", "Two"),
    ]

    assert body(said)["systemInstruction"] == {"parts": [{"text": "Be brief."}, {"text": "Be kind."}]}
    assert body(said)["contents"] == [
        {"role": "user", "parts": [{"text": "One"}]},
        {"role": "model", "parts": [{"text": "No."}]},
        {"role": "user", "parts": [{"text": "Two"}]},
    ]
    assert told(said) == ["messages[4]", "messages[3].parts[1]"]


def test_media() -> None:
    """Bytes go inline, addresses and the API's own files as addresses, a tool's pictures in its result."""
    parts = [
        ImagePart(b"\x89", "image/png"),
        AudioPart(Url("https://a.b/c.wav"), "audio/wav"),
        FilePart(FileId("gemini_api", "files/abc"), "a.pdf", "application/pdf"),
    ]
    blob = {"inlineData": {"mimeType": "image/png", "data": "iQ=="}}
    result = ToolResultPart("a1", "clock", ["noon", parts[0]])
    messages = [Message("user", parts), Message("assistant", CALL), Message("tool", result)]
    asked, _, answered = body(messages)["contents"]

    assert asked["parts"] == [
        blob,
        {"fileData": {"fileUri": "https://a.b/c.wav", "mimeType": "audio/wav"}},
        {
            "fileData": {
                "fileUri": "https://generativelanguage.googleapis.com/v1beta/files/abc",
                "mimeType": "application/pdf",
            }
        },
    ]
    assert answered["parts"] == [
        {"functionResponse": {"id": "a1", "name": "clock", "response": {"output": "noon"}, "parts": [blob]}}
    ]


def state(kind: str, data: Any) -> ProviderState:
    return ProviderState("gemini_api", kind, data, NEW)


def test_signatures() -> None:
    """A signature goes back on its own part; what is for the part before it goes there, and to none alone."""
    signed = state("signature", {"thoughtSignature": "cw=="})
    alone = OpaquePart(signed)
    parts = [alone, ImagePart(b"", "image/png"), alone, TextPart("", state=signed), CALL]
    parts += [ReasoningPart("Hm", signed), ReasoningPart("Nobody wants this")]
    _, answer = body([Message("user", "Draw"), Message("assistant", parts)])["contents"]

    assert [part.get("thoughtSignature") for part in answer["parts"]] == [
        "cw==",
        "cw==",
        "skip_thought_signature_validator",
        "cw==",
    ]
    assert answer["parts"][3] == {"text": "Hm", "thought": True, "thoughtSignature": "cw=="}
    assert answer["parts"][1] == {"text": "", "thoughtSignature": "cw=="}


@pytest.mark.parametrize("model", [NEW, OLD])
def test_unsigned_calls(model: str) -> None:
    """The first call of a step that nobody signed has the vendor's mark, where the model wants it: told."""
    signed = attrs.evolve(CALL, state=state("signature", {"thoughtSignature": "cw=="}))
    results = Message("tool", ToolResultPart("a1", "clock", ""))
    said = [Message("user", "?"), Message("assistant", [CALL, CALL]), results, Message("assistant", signed)]

    assert told(said, model=model) == (["messages[1].parts[0]"] if model == NEW else [])
    marks = [
        part.get("thoughtSignature") for turn in body(said, model=model)["contents"] for part in turn["parts"]
    ]
    mark = "skip_thought_signature_validator" if model == NEW else None
    assert marks == [None, mark, None, None, "cw=="]


TOLD: list[tuple[dict[str, Any], list[str]]] = [
    ({"output": JsonSchema({}, strict=False)}, ["output"]),
    ({"reasoning": Reasoning(effort="low", budget=5)}, ["reasoning.effort"]),
    ({"messages": Message("user", ImagePart(b"", "image/png", detail="low"))}, ["messages[0].parts[0]"]),
    ({"messages": Message("user", FilePart(b"", "a.txt", "text/plain"))}, ["messages[0].parts[0]"]),
    (
        {"messages": [Message("user", "?"), Message("assistant", attrs.evolve(CALL, by="remote"))]},
        ["messages[1].parts[0]"],
    ),
]


@pytest.mark.parametrize(("wishes", "fields"), TOLD)
def test_what_is_told(wishes: dict[str, Any], fields: list[str]) -> None:
    """What the API has no words for is sent as near as can be, and told by its place."""
    assert told(**wishes) == fields


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"stop_sequences": list("abcdef")}, "6 stop_sequences"),
    ({"messages": Message("system", "Be brief.")}, "all messages are the system's"),
    ({"messages": Message("user", ImagePart(b"", "image/gif"))}, "image/gif"),
    ({"messages": [Message("system", ImagePart(b"", "image/png")), Message("user", "?")]}, "more than text"),
    ({"model": "a/../b"}, "cannot be called"),
]


@pytest.mark.parametrize(("wishes", "words"), REFUSED)
def test_refused(wishes: dict[str, Any], words: str) -> None:
    """What the API would refuse is refused before anything is sent."""
    (refusal,) = plan_of(ChatRequest(**{"messages": "Hi", **wishes}), OPTIONS).refusals

    assert words in str(refusal)


def test_names_of_models() -> None:
    """A model may bear the API's own prefix; versions and dates make no other family."""
    assert [resource_of(name) for name in (NEW, "tunedModels/x")] == [f"models/{NEW}", "tunedModels/x"]
    assert GeminiOptions(default_model=f"models/{NEW}").model_for(None) == NEW
    names = (NEW, f"models/{NEW}-001", f"{NEW}-preview", f"{NEW}-preview-09-2026", f"{NEW}-latest")
    assert {family_of(name) for name in names} == {NEW}
    assert family_of(None) is None
    assert family_of("gemini-3-flash-lite") != NEW


def test_no_model_at_all() -> None:
    """Without a model nothing is sent: the API has no default."""
    (refusal,) = plan_of(ChatRequest(messages="Hi"), GeminiOptions()).refusals

    assert "default_model" in (refusal.hint or "")
    with pytest.raises(ConfigError, match="v1beta"):
        GeminiOptions(version="beta/1")


async def test_arguments_go_back_as_they_came(opened: Any, room: Any) -> None:
    """What is nested in a call's arguments is on the wire again, unchanged."""
    nested = '{"zone": {"list": [1, {"deep": "ü"}], "none": null}}'
    said = [
        Message("user", "?"),
        Message("assistant", attrs.evolve(CALL, arguments_json=nested)),
        Message("tool", ToolResultPart("a1", "clock", "noon")),
    ]
    async with opened() as connection:
        await connection.send(ChatRequest(messages=said, tools=[CLOCK]))
    sent = room.state.posted[-1].body["contents"][1]["parts"][0]["functionCall"]

    assert sent["args"] == {"zone": {"list": [1, {"deep": "ü"}], "none": None}}
