"""Our names are those of others: OpenTelemetry's own GenAI instrumentation, told the same, says the same."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import attrs
import pytest
from opentelemetry.semconv._incubating.attributes import gen_ai_attributes, server_attributes
from opentelemetry.util.genai import types as theirs
from opentelemetry.util.genai.handler import TelemetryHandler
from opentelemetry.util.genai.invocation import InferenceInvocation

import jackfield
from jackfield import (
    Capability,
    ChatRequest,
    FileId,
    FilePart,
    ImagePart,
    Message,
    QuotaExhausted,
    ReasoningPart,
    ResponseFinished,
    ResponseStarted,
    TextDelta,
    TextPart,
    Tool,
    ToolCallPart,
    ToolResultPart,
    Url,
    Usage,
)
from jackfield_otel._attributes import error_type

pytestmark = pytest.mark.anyio

IMAGE = "https://images.example/1.png"
SCHEMA = {"type": "object", "properties": {"place": {"type": "string"}}}
REQUEST = ChatRequest(
    messages=[
        Message("system", "Be brief."),
        Message(
            "user", [TextPart("What is this?"), ImagePart(Url("https://images.example/1.png"), "image/png")]
        ),
        Message(
            "assistant",
            [
                ReasoningPart("Let me look."),
                ToolCallPart("call-1", "look", '{"place": "here"}'),
                ToolCallPart("call-2", "look", '{"place'),
                ToolCallPart("call-3", "search", "{}", by="remote"),
            ],
        ),
        Message("tool", [ToolResultPart("call-1", "look", "a cat")]),
        Message("user", [FilePart(FileId("scripted", "file-1"), "a.pdf", "application/pdf")]),
    ],
    model="small",
    tools=[Tool("look", "Looks.", SCHEMA)],
    conversation_id="thread-1",
    max_tokens=100,
    temperature=0.5,
    top_p=0.9,
    seed=1,
    stop_sequences=["END"],
    reasoning="low",
)
ANSWER = [
    ResponseStarted(handle="run-1", conversation_id="thread-1", model="small-2"),
    TextDelta("A cat."),
    TextDelta("!"),
    ResponseFinished(
        usage=Usage(
            input_tokens=12,
            output_tokens=5,
            cache_read_input_tokens=4,
            cache_write_input_tokens=3,
            reasoning_output_tokens=2,
        )
    ),
]


def _tell_the_same(invocation: InferenceInvocation) -> None:
    """Tell their instrumentation of the same request and answer, in its own types."""
    image = theirs.UriPart("image/png", "image", IMAGE)
    calls = [
        theirs.ToolCallRequestPart({"place": "here"}, "look", "call-1"),
        theirs.ToolCallRequestPart('{"place', "look", "call-2"),
        theirs.ServerToolCallPart("search", {"type": "search", "arguments": {}}, "call-3"),
    ]
    invocation.input_messages = [
        theirs.InputMessage("system", [theirs.TextPart("Be brief.")]),
        theirs.InputMessage("user", [theirs.TextPart("What is this?"), image]),
        theirs.InputMessage("assistant", [theirs.ReasoningPart("Let me look."), *calls]),
        theirs.InputMessage("tool", [theirs.ToolCallResponsePart("a cat", "call-1")]),
        theirs.InputMessage("user", [theirs.FilePart("application/pdf", "document", "file-1")]),
    ]
    invocation.output_messages = [theirs.OutputMessage("assistant", [theirs.TextPart("A cat.!")], "stop")]
    invocation.tool_definitions = [theirs.FunctionToolDefinition("look", "Looks.", SCHEMA)]
    invocation.max_tokens, invocation.temperature, invocation.top_p = 100, 0.5, 0.9
    invocation.seed, invocation.stop_sequences, invocation.reasoning_level = 1, ["END"], "low"
    invocation.response_model_name, invocation.response_id = "small-2", "run-1"
    invocation.finish_reasons = ["stop"]
    invocation.input_tokens, invocation.output_tokens, invocation.thinking_tokens = 12, 5, 2
    invocation.cache_read_input_tokens, invocation.cache_creation_input_tokens = 4, 3
    invocation.record_stream_chunk()
    invocation.record_stream_chunk()


@pytest.fixture
def told_by_them(told: Any) -> Any:
    """What OpenTelemetry is told by its own instrumentation."""
    return type(told)()


@pytest.fixture
def handler(told_by_them: Any, monkeypatch: pytest.MonkeyPatch) -> TelemetryHandler:
    """Their instrumentation, which is asked for the content."""
    monkeypatch.setenv("OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT", "SPAN_AND_EVENT")
    return TelemetryHandler(**told_by_them.providers)


@pytest.fixture
def ask(make_manager: Any, make_telemetry: Any, script: Any) -> Any:
    """Ask a provider that can do everything, and is called acme."""
    script.attempts = [ANSWER]

    async def ask(request: Any = REQUEST, **settings: Any) -> None:
        telemetry = make_telemetry(provider_names={"scripted": "acme"}, **settings)
        async with make_manager(
            telemetry, capabilities=set(Capability) - {Capability.EMBEDDINGS, Capability.BATCHES}
        ) as manager:
            await manager.add_provider("scripted")
            await manager.send_message("scripted", request)

    return ask


@pytest.fixture
def ask_both(ask: Any, handler: TelemetryHandler) -> Any:
    """Ask, and tell their instrumentation that it was asked the same."""

    async def ask_both(**settings: Any) -> None:
        await ask(**settings)
        with handler.inference("acme", request_model="small", conversation_id="thread-1") as invocation:
            _tell_the_same(invocation)

    return ask_both


def as_they_have_it(facts: Any) -> dict[str, Any]:
    """Return attributes, with what is JSON read, and without the times."""
    read = {
        name: json.loads(value) if isinstance(value, str) and value[:1] in "[{" else value
        for name, value in facts.items()
        if "time_to" not in name
    }
    for message in read.get("gen_ai.input.messages", []) + read.get("gen_ai.output.messages", []):
        # A name of who speaks is theirs alone, and empty here.
        assert message.pop("name", None) is None
    return read


async def test_a_span(ask_both: Any, told: Any, told_by_them: Any) -> None:
    """A chat's span has the name, the kind and the attributes that theirs has, and besides only ours."""
    await ask_both()

    ours, other = told.span, told_by_them.span
    assert (ours.name, ours.kind) == (other.name, other.kind)
    assert (ours.status.status_code, ours.events) == (other.status.status_code, other.events)
    shared = {name: value for name, value in told.facts.items() if not name.startswith("jackfield.")}
    assert as_they_have_it(shared) == as_they_have_it(told_by_them.facts)


async def test_the_metrics(ask_both: Any, told: Any, told_by_them: Any) -> None:
    """The metrics have their names, units and buckets, and each measurement its attributes."""
    await ask_both()

    assert set(told.metrics) == set(told_by_them.metrics)
    for name, other in told_by_them.metrics.items():
        ours = told.metrics[name]
        assert ours.unit == other.unit
        pairs = zip(ours.data.data_points, other.data.data_points, strict=True)
        assert all(one.explicit_bounds == pytest.approx(two.explicit_bounds) for one, two in pairs)
        facts = [facts for facts, *_ in told.points(name)]
        assert facts == [facts for facts, *_ in told_by_them.points(name)]


async def test_the_event(ask_both: Any, told: Any, told_by_them: Any) -> None:
    """The event about an answer has their name and their form: lists and mappings, and no JSON text."""
    await ask_both(content="event_only")

    ((ours,), (other,)) = told.events, told_by_them.events
    assert ours.event_name == other.event_name
    assert ours.span_id == told.span.context.span_id
    shared = {name: value for name, value in plain(ours).items() if not name.startswith("jackfield.")}
    assert as_they_have_it(shared) == as_they_have_it(plain(other))
    assert "gen_ai.input.messages" not in told.facts


def plain(event: Any) -> dict[str, Any]:
    """Return an event's attributes as JSON has them."""

    def plainer(value: Any) -> Any:
        return dict(value) if isinstance(value, Mapping) else list(value)

    read: dict[str, Any] = json.loads(json.dumps(event.attributes, default=plainer))
    return read


async def test_a_failure(
    ask: Any, script: Any, told: Any, told_by_them: Any, handler: TelemetryHandler
) -> None:
    """A failure has the status and the attribute that theirs has."""
    script.attempts = [[QuotaExhausted("used up")]]
    await ask("Hi", content="no_content")
    handler.inference("acme").fail(QuotaExhausted("used up"))

    assert told.span.status.status_code is told_by_them.span.status.status_code
    assert "error.type" in told_by_them.facts
    ((facts, *_),) = told.points("gen_ai.client.operation.duration")
    assert facts["error.type"] == told.facts["error.type"] == "jackfield.QuotaExhausted"


async def test_every_name_is_known(ask: Any, told: Any) -> None:
    """Every name of ours outside `jackfield.` is in the conventions, or in the form that extends them."""
    await ask(attrs.evolve(REQUEST, output={"type": "object"}), content="span_only")

    homes = (gen_ai_attributes, server_attributes)
    listed = {name for home in homes for name in map(str, vars(home).values())}
    newer = {"gen_ai.usage.cache_write.input_tokens", "gen_ai.request.reasoning.level"}
    assert {name for name in told.facts if not name.startswith("jackfield.")} - listed == newer
    assert told.facts["gen_ai.output.type"] == "json"


def test_the_public_name_of_an_error() -> None:
    """An error of the core is called as a program imports it, whatever module it is written in."""
    assert error_type(jackfield.RateLimited("x")) == "jackfield.RateLimited"
    assert error_type(ValueError()) == "ValueError"
    assert error_type(json.JSONDecodeError("x", "", 0)) == "json.decoder.JSONDecodeError"
