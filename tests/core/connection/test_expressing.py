"""What an author could not express once: each has its place now, from the remote to the caller."""

from __future__ import annotations

import json
from typing import Any

import attrs
import pytest

from jackfield import (
    AudioPart,
    Capability,
    ChatRequest,
    Citation,
    FilePart,
    ImagePart,
    Message,
    OpaquePart,
    PartFinished,
    PartStarted,
    ProviderState,
    ProviderUnavailable,
    RateLimited,
    ReasoningDelta,
    ReasoningPart,
    RefusalPart,
    ResponseFinished,
    ResponseStarted,
    RunFailed,
    TextDelta,
    TextPart,
    Tool,
    ToolArgumentsDelta,
    ToolCallPart,
    ToolResultPart,
    Url,
    Usage,
    UsageReported,
)

pytestmark = [pytest.mark.anyio, pytest.mark.virtual_time]

EVERYTHING = frozenset(Capability) - {Capability.EMBEDDINGS, Capability.BATCHES, Capability.CONVERSATIONS}
CLOCK = Tool("clock", "Tells the time.", {"type": "object"})
CALL = ToolCallPart("1", "clock", '{"at": "noon"}')
DONE = ResponseFinished()


@attrs.frozen(kw_only=True)
class Settings:
    """What only this provider knows of a request."""

    top_k: int | None = None
    presence_penalty: float | None = None
    logprobs: int | None = None
    betas: tuple[str, ...] = ()


@pytest.fixture
def ask(opened: Any, script: Any) -> Any:
    """Ask a provider that can do everything, and that answers with those events; return the response."""

    async def ask(*events: Any, messages: Any = "Hi", **settings: Any) -> Any:
        script.attempts = [[ResponseStarted(), *events]]
        async with opened(capabilities=EVERYTHING, request_options=Settings) as connection:
            return await connection.send(messages, **settings)

    return ask


async def test_tools(ask: Any, script: Any) -> None:
    """Tools are offered, called, and answered; what the remote itself has called is apart."""
    own = ToolCallPart("2", "search", "{}", by="remote")
    first = await ask(PartFinished(0, own), PartFinished(1, CALL), DONE, tools=[CLOCK], tool_choice="clock")
    result = Message("tool", [ToolResultPart("1", "clock", "noon")])
    await ask(TextDelta("It is noon."), DONE, messages=[Message("user", "Hi"), first.message, result])

    assert (script.requests[0].tools, script.requests[0].tool_choice) == ((CLOCK,), "clock")
    assert (first.tool_calls, first.finish_reason, first.parts) == ((CALL,), "tool_call", (own, CALL))
    assert script.requests[1].messages[1:] == (first.message, result)


async def test_arguments_as_they_stream(opened: Any, script: Any) -> None:
    """A tool call is told as it begins and grows."""
    script.attempts = [
        [PartStarted(index=0, kind="tool_call", id="1", name="clock"), ToolArgumentsDelta("{}"), DONE]
    ]
    async with opened() as connection, connection.stream("Hi") as stream:
        told = [type(event) async for event in stream]

    assert told == [PartStarted, ToolArgumentsDelta, ResponseFinished]
    assert stream.response.tool_calls == (ToolCallPart("1", "clock", "{}"),)


async def test_thoughts_with_a_signature(ask: Any, script: Any) -> None:
    """A signed thought, and one that is hidden, go back as they came."""
    signed = ReasoningPart("hm", ProviderState("scripted", "signature", {"value": b"\x01"}))
    hidden = OpaquePart(ProviderState("scripted", "redacted", {"data": "x"}))
    first = await ask(ReasoningDelta("hm"), PartFinished(0, signed), PartFinished(1, hidden), DONE)
    await ask(TextDelta("A"), DONE, messages=[Message("user", "Hi"), first.message, Message("user", "on")])

    assert script.requests[1].messages[1].parts == (signed, hidden)


async def test_media(ask: Any, script: Any) -> None:
    """Images with their detail or address, sound and documents go in; images and sound come out."""
    parts = [
        ImagePart(Url("https://remote/cat.png"), "image/png", "low"),
        AudioPart(b"RIFF", "audio/wav"),
        FilePart(b"%PDF", "a.pdf", "application/pdf"),
    ]
    image, sound = ImagePart(b"pixels", "image/png"), AudioPart(b"RIFF", "audio/wav")
    response = await ask(
        PartFinished(0, image), PartFinished(1, sound), DONE, messages=Message("user", parts)
    )

    assert script.requests[0].messages[0].parts == tuple(parts)
    assert response.parts == (image, sound)


async def test_a_form(ask: Any, script: Any) -> None:
    """An answer is held to a schema; its text is the JSON."""
    response = await ask(TextDelta('{"hour": 12}'), DONE, output={"type": "object"})

    assert dict(script.requests[0].output.schema) == {"type": "object"}
    assert json.loads(response.content) == {"hour": 12}


async def test_sampling(ask: Any, script: Any) -> None:
    """Seed and top_p are the same everywhere; what only one remote has is a typed option of its own."""
    options = {"top_k": 5, "presence_penalty": 0.5, "betas": ["a"], "logprobs": 3}
    await ask(TextDelta("A"), DONE, seed=1, top_p=0.5, options=options)

    request: ChatRequest = script.requests[0]
    assert (request.seed, request.top_p) == (1, 0.5)
    assert request.options_as(Settings) == Settings(top_k=5, presence_penalty=0.5, betas=("a",), logprobs=3)


async def test_a_cache_s_hint(ask: Any, script: Any) -> None:
    """A program marks a text for one provider's cache; what was put there and read is counted."""
    marked = TextPart("long", state=ProviderState("scripted", "cache_control", {"type": "ephemeral"}))
    usage = Usage(input_tokens=9, cache_write_input_tokens=4, cache_read_input_tokens=5, raw={"ttl": "5m"})
    response = await ask(
        TextDelta("A"), ResponseFinished(usage=usage), messages=Message("user", [marked, "Hi"])
    )

    assert script.requests[0].messages[0].parts[0] == marked
    assert response.usage == usage


async def test_ids(opened: Any, script: Any) -> None:
    """The remote's id is on answers and on errors; ours reaches the provider, the same at each attempt."""
    script.attempts = [
        [RateLimited("429", remote_request_id="req-1")],
        [ResponseStarted(remote_request_id="req-2"), TextDelta("A"), DONE],
        [ProviderUnavailable("503", remote_request_id="req-3")],
    ]
    async with opened() as connection:
        response = await connection.send("Hi")
        failed = await connection.answer("Hi")

    assert (response.remote_request_id, failed.remote_request_id) == ("req-2", "req-3")
    assert failed.error.remote_request_id == "req-3"
    assert [request.id for request in script.requests[:2]] == [response.request_id] * 2


async def test_limits(opened: Any, script: Any) -> None:
    """What the remote told about its limits is on an answer under common names, on an error as it came."""
    script.attempts = [
        [ResponseStarted(limits={"requests_remaining": 3.0}), TextDelta("A"), DONE],
        [RunFailed("no", headers={"x-ratelimit-remaining-requests": "0"}, status=429, code="slow")],
    ]
    async with opened() as connection:
        response = await connection.send("Hi")
        failed = await connection.answer("Hi")

    assert response.limits == {"requests_remaining": 3.0}
    assert failed.error.headers == {"x-ratelimit-remaining-requests": "0"}
    assert (failed.error.status, failed.error.code) == (429, "slow")


async def test_citations(ask: Any) -> None:
    """A citation stands in its text, by its place."""
    cited = TextPart("It is noon.", [Citation(url="https://remote/clock", quote="noon", start=6, end=10)])
    response = await ask(TextDelta("It is noon."), PartFinished(0, cited), DONE)

    assert response.parts == (cited,)
    assert response.content[6:10] == "noon"


async def test_a_refusal(ask: Any) -> None:
    """A refusal is apart from the answer's text."""
    finished = ResponseFinished(finish_reason="content_filter", provider_finish_reason="refusal")
    response = await ask(PartFinished(0, RefusalPart("I will not.")), finished)

    assert (response.refusal, response.content) == ("I will not.", "")
    assert (response.finish_reason, response.provider_finish_reason) == ("content_filter", "refusal")


async def test_what_has_no_field(ask: Any) -> None:
    """Tier, fingerprint, log probabilities and the like are in what else the provider tells."""
    told = {"service_tier": "flex", "system_fingerprint": "fp", "logprobs": [-0.5]}
    response = await ask(TextDelta("A"), ResponseFinished(metadata=told))

    assert response.metadata == told


async def test_counts_before_the_end(opened: Any, script: Any) -> None:
    """What was counted before a failure is known after it; what does not add up is told, and kept."""
    wrong = Usage(input_tokens=5, cache_read_input_tokens=999)
    script.attempts = [
        [UsageReported(Usage(input_tokens=1)), UsageReported(wrong), TextDelta("so"), RunFailed("no")]
    ]
    async with opened() as connection:
        response = await connection.answer("Hi")

    assert (response.usage, response.partial) == (wrong, "so")
    assert wrong.inconsistencies == ("999 tokens are cached, and 5 were read",)
