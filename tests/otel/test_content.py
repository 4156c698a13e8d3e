"""What was said is told where that is asked for, and nowhere else; a secret never is."""

from __future__ import annotations

import json
from typing import Any

import pytest
from opentelemetry.trace import StatusCode

from jackfield import (
    AudioPart,
    Capability,
    ChatRequest,
    ConfigError,
    FilePart,
    ImagePart,
    Message,
    OpaquePart,
    ProviderContext,
    ProviderState,
    QuotaExhausted,
    ReasoningDelta,
    ReasoningPart,
    RefusalPart,
    ResponseFinished,
    ResponseStarted,
    TextDelta,
    TextPart,
    Tool,
    ToolResultPart,
)
from jackfield_otel import Capture, OpenTelemetry
from jackfield_otel._content import content_of

VARIABLE = "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT"
CANARY = "canary-7f3a9c51"
"""Stands in every place that holds something said."""
KEY = "sk-5b1e90d7a2c4f836"
"""The token that the connection is logged in with."""

ASKED = ChatRequest(
    messages=[Message("system", f"system {CANARY}"), Message("user", f"question {CANARY} {KEY}")],
    tools=[Tool("look", f"tool {CANARY} {KEY}", {"description": [f"schema {CANARY} {KEY}"]})],
)
ANSWER = [
    ResponseStarted(handle=f"run of {KEY}"),
    ReasoningDelta(f"thought {CANARY}"),
    TextDelta(f"answer {CANARY} {KEY}", index=1),
    ResponseFinished(),
]


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)


@pytest.fixture
def ask(make_manager: Any, make_telemetry: Any, script: Any) -> Any:
    """Ask, with those settings of the plugin, what has something to hide in every place."""
    script.attempts = [ANSWER]

    async def ask(**settings: Any) -> None:
        able = {
            "capabilities": set(Capability) - {Capability.EMBEDDINGS, Capability.BATCHES},
            "auth_types": {"token"},
        }
        async with make_manager(make_telemetry(**settings), **able) as manager:
            await manager.add_provider("scripted")
            context = ProviderContext("scripted", "token", {"token": KEY})
            await manager.set_provider_context("scripted", context)
            await manager.send_message("scripted", ASKED)

    return ask


def everything(told: Any) -> str:
    """Return all that OpenTelemetry was told, as text."""
    spans = [span.to_json() for span in told.spans]
    events = [f"{event.body} {dict(event.attributes)}" for event in told.events]
    return "".join([*spans, *events, told.metric_reader.get_metrics_data().to_json()])


@pytest.mark.anyio
async def test_nothing_by_default(ask: Any, told: Any) -> None:
    """Nobody who did not ask for it is told a word of what was said, by whatever way; nor a secret."""
    await ask()

    assert told.facts["gen_ai.response.finish_reasons"] == ("stop",)
    assert told.facts["gen_ai.response.id"] == "run of **********"
    assert CANARY not in everything(told)
    assert KEY not in everything(told)


CHOICES = pytest.mark.parametrize(
    ("choice", "places"),
    [
        ("no_content", set()),
        ("span_only", {"span"}),
        ("event_only", {"event"}),
        ("span_and_event", {"span", "event"}),
    ],
)


def places_of(told: Any) -> set[str]:
    """Return where what was said can be read, and check that no secret can."""
    assert KEY not in everything(told)
    assert {event.event_name for event in told.events} <= {"gen_ai.client.inference.operation.details"}
    events = [dict(event.attributes) for event in told.events]
    return {
        *(["span"] if CANARY in told.span.to_json() else []),
        *(["event"] if CANARY in str(events) else []),
    }


@pytest.mark.anyio
@CHOICES
async def test_the_option(ask: Any, told: Any, choice: str, places: set[str]) -> None:
    """What was said is told on the span, in an event or in both, as the option says."""
    await ask(content=choice)

    assert places_of(told) == places


@pytest.mark.anyio
@CHOICES
async def test_the_variable(
    ask: Any, told: Any, monkeypatch: pytest.MonkeyPatch, choice: str, places: set[str]
) -> None:
    """Where the program does not say, the environment does, in capitals as the conventions have them."""
    monkeypatch.setenv(VARIABLE, choice.upper())
    await ask()

    assert places_of(told) == places


@pytest.mark.anyio
async def test_the_option_goes_first(ask: Any, told: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A program that wants nothing told is obeyed, whatever the environment says."""
    monkeypatch.setenv(VARIABLE, "SPAN_AND_EVENT")
    await ask(content="no_content")

    assert CANARY not in everything(told)


@pytest.mark.anyio
async def test_all_that_was_said(ask: Any, told: Any) -> None:
    """On the span are messages, answer and tools, each place in its form, and secrets masked in each."""
    await ask(content=Capture.SPAN_ONLY)

    said = {name: json.loads(told.facts[name]) for name in told.facts if "messages" in name or "tool" in name}
    masked = f"{CANARY} **********"
    assert said == {
        "gen_ai.input.messages": [
            {"role": "system", "parts": [{"type": "text", "content": f"system {CANARY}"}]},
            {"role": "user", "parts": [{"type": "text", "content": f"question {masked}"}]},
        ],
        "gen_ai.output.messages": [
            {
                "role": "assistant",
                "parts": [
                    {"type": "reasoning", "content": f"thought {CANARY}"},
                    {"type": "text", "content": f"answer {masked}"},
                ],
                "finish_reason": "stop",
            }
        ],
        "gen_ai.tool.definitions": [
            {
                "type": "function",
                "name": "look",
                "description": f"tool {masked}",
                "parameters": {"description": [f"schema {masked}"]},
            }
        ],
    }


@pytest.mark.anyio
async def test_a_failure(ask: Any, told: Any, script: Any) -> None:
    """Who asks for what was said is told an error's message, and how far the answer came."""
    script.attempts = [[*ANSWER[:3], QuotaExhausted(f"no money for {CANARY} {KEY}")]]
    await ask(content="span_only")

    assert told.span.status.status_code is StatusCode.ERROR
    assert told.span.status.description == f"no money for {CANARY} **********"
    (answer,) = json.loads(told.facts["gen_ai.output.messages"])
    said = [part["content"] for part in answer["parts"]]
    assert said == [f"thought {CANARY}", f"answer {CANARY} **********"]


def test_media() -> None:
    """Of what has bytes, the type and the size are told, and never the bytes."""
    asked = ChatRequest(
        messages=Message(
            "user",
            [
                ImagePart(b"\x89PNG-bytes", "image/png"),
                AudioPart(b"RIFF", "audio/wav"),
                FilePart(b"a,b", "a.csv", "text/csv"),
            ],
        )
    )
    ((message,),) = content_of(asked, None).values()

    assert [(part["type"], part["modality"], part["size"]) for part in message["parts"]] == [
        ("blob", "image", 10),
        ("blob", "audio", 4),
        ("blob", "document", 3),
    ]
    assert "bytes" not in json.dumps(message)


def test_what_is_nobodys_to_read() -> None:
    """What only a provider understands is left out: an opaque part, hidden reasoning, a part's state."""
    state = ProviderState("scripted", "signature", {"data": CANARY})
    parts = [OpaquePart(state), ReasoningPart("", state), TextPart("Hello", state=state), RefusalPart("No.")]
    asked = ChatRequest(messages=[Message("user", "Hi"), Message("assistant", parts)])
    ((_, answer),) = content_of(asked, None).values()

    assert answer["parts"] == [{"type": "text", "content": "Hello"}, {"type": "refusal", "content": "No."}]


def test_a_result_with_an_image() -> None:
    """A tool's result that is more than text is told part by part."""
    result = ToolResultPart("call-1", "look", ["a cat", ImagePart(b"1234", "image/png")])
    ((message,),) = content_of(ChatRequest(messages=Message("tool", [result])), None).values()

    (told,) = message["parts"]
    assert [part["type"] for part in told["response"]] == ["text", "blob"]


def test_a_wrong_option() -> None:
    """A choice that there is not is refused, and the message names those that there are."""
    with pytest.raises(ConfigError, match=r"'spans' is no choice.*span_only"):
        OpenTelemetry(content="spans")


def test_a_word_of_others(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    """A word of the variable that only others know means that nothing is told, and a warning says so."""
    monkeypatch.setenv(VARIABLE, "true")

    assert not OpenTelemetry().content
    (record,) = caplog.records
    assert VARIABLE in record.getMessage()
    assert "span_only" in record.getMessage()
