"""Everything that is asked has one span, under the right parent, with what came of it."""

from __future__ import annotations

import logging
from typing import Any

import anyio
import pytest
from opentelemetry import trace
from opentelemetry.trace import SpanKind, StatusCode

from jackfield import (
    Certainty,
    EmptyResponse,
    ProviderUnavailable,
    QuotaExhausted,
    RateLimited,
    ResponseFinished,
    ResponseStarted,
    RunTimeout,
    TextDelta,
    Usage,
)

pytestmark = [pytest.mark.anyio, pytest.mark.virtual_time]

ANSWER = [
    ResponseStarted(handle="run-1", conversation_id="thread-1", model="small-2", requested_model="small"),
    TextDelta("Hello"),
    ResponseFinished(
        usage=Usage(
            input_tokens=12,
            output_tokens=5,
            cache_read_input_tokens=0,
            cache_write_input_tokens=3,
            reasoning_output_tokens=2,
        )
    ),
]


async def test_a_chat(manager: Any, script: Any, told: Any) -> None:
    """A request has one span, of a client's kind, with the settings, the answer's facts and the counts."""
    script.attempts = [ANSWER]
    async with manager:
        connection = await manager.add_provider("scripted", name="work")
        response = await connection.send("Hi", model="quick", timeout=60)

    assert (told.span.name, told.span.kind) == ("chat small", SpanKind.CLIENT)
    assert told.span.status.status_code is StatusCode.UNSET
    assert told.facts == {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "jackfield.scripted",
        "gen_ai.request.model": "small",
        "gen_ai.request.stream": True,
        "gen_ai.response.model": "small-2",
        "gen_ai.response.id": "run-1",
        "gen_ai.response.finish_reasons": ("stop",),
        "gen_ai.response.time_to_first_chunk": 0.0,
        "gen_ai.conversation.id": "thread-1",
        "gen_ai.usage.input_tokens": 12,
        "gen_ai.usage.output_tokens": 5,
        "gen_ai.usage.cache_read.input_tokens": 0,
        "gen_ai.usage.cache_write.input_tokens": 3,
        "gen_ai.usage.reasoning.output_tokens": 2,
        "jackfield.attempts": 1,
        "jackfield.connection": "work",
        "jackfield.request.id": response.request_id,
    }


async def test_settings(make_manager: Any, make_telemetry: Any, told: Any) -> None:
    """The settings of a request are told in the words of the conventions; what was not granted is named."""
    async with make_manager(make_telemetry(provider_names={"scripted": "acme"})) as manager:
        connection = await manager.add_provider("scripted")
        await connection.send("Hi", conversation_id=7, temperature=0.5, top_p=0.9, seed=1, reasoning="low")

    wishes = {name: told.facts[f"gen_ai.request.{name}"] for name in ("temperature", "top_p", "seed")}
    assert wishes == {"temperature": 0.5, "top_p": 0.9, "seed": 1}
    assert told.facts["gen_ai.request.reasoning.level"] == "low"
    assert told.facts["gen_ai.conversation.id"] == "7"
    assert told.facts["gen_ai.provider.name"] == "acme"
    assert set(told.facts["jackfield.adaptations"]) == {"temperature", "top_p", "seed", "reasoning"}


async def test_parents(manager: Any, script: Any, told: Any) -> None:
    """The caller's span is the parent of ours, and ours of what the provider does at any step.

    What the caller does with an event in its hands is under the caller's own.
    """
    tracer = told.tracer_provider.get_tracer("test")

    async def ask_below() -> None:
        with tracer.start_as_current_span("below"):
            await anyio.sleep(1)

    first, *rest = ANSWER
    script.attempts = [[ask_below, first, ask_below, *rest]]
    async with manager:
        connection = await manager.add_provider("scripted")
        with tracer.start_as_current_span("caller") as caller:
            async with connection.stream("Hi") as stream:
                async for _ in stream:
                    assert trace.get_current_span() is caller
                    tracer.start_span("beside").end()

    named = {span.name: span for span in told.spans}
    children = {name: span.parent and span.parent.span_id for name, span in named.items()}
    ours, theirs = named["chat small"].context.span_id, caller.get_span_context().span_id
    assert children == {"below": ours, "beside": theirs, "chat small": theirs, "caller": None}
    assert len({span.context.trace_id for span in told.spans}) == 1


@pytest.mark.parametrize("step", [QuotaExhausted("used up"), anyio.sleep_forever], ids=["failing", "hanging"])
async def test_nothing_stays_attached(manager: Any, script: Any, told: Any, step: Any) -> None:
    """After an error, a cancellation and a stream left early, the caller's context is what it was."""
    script.attempts = [[*ANSWER[:2], step]]
    async with manager:
        connection = await manager.add_provider("scripted")
        with told.tracer_provider.get_tracer("test").start_as_current_span("caller") as caller:
            with anyio.move_on_after(1):
                with pytest.raises(QuotaExhausted):
                    await connection.send("Hi")
                assert not isinstance(step, type(anyio.sleep_forever))
            assert trace.get_current_span() is caller
            async with connection.stream("Hi") as stream:
                await anext(stream)
            assert trace.get_current_span() is caller

    assert [span.name for span in told.spans] == ["chat small", "chat small", "caller"]


async def test_side_by_side(manager: Any, script: Any, told: Any) -> None:
    """Requests that are under way at once have each the parent that asked, whoever waits in between."""
    script.attempts = [[*ANSWER[:1], 1.0, *ANSWER[1:]]]
    tracer = told.tracer_provider.get_tracer("test")

    async def ask(name: str) -> None:
        with tracer.start_as_current_span(name):
            await connection.send(name)

    async with manager:
        connection = await manager.add_provider("scripted")
        async with anyio.create_task_group() as tasks:
            for number in range(5):
                tasks.start_soon(ask, f"caller {number}")

    callers = {span.context.span_id for span in told.spans if span.name.startswith("caller")}
    ours = [span for span in told.spans if span.name == "chat small"]
    assert len(ours) == len(callers) == 5
    assert {span.parent.span_id for span in ours} == callers


async def test_read_in_another_task(
    manager: Any, script: Any, told: Any, caplog: pytest.LogCaptureFixture
) -> None:
    """A stream that is entered in one task and read in another leaves no context behind in either."""
    script.attempts = [ANSWER]
    caplog.set_level(logging.ERROR, logger="opentelemetry")
    async with manager:
        connection = await manager.add_provider("scripted")
        async with (
            connection.stream("Hi") as stream,
            anyio.create_task_group() as tasks,  # noqa: ASYNC112  it is read in another task
        ):
            tasks.start_soon(stream.collect)

    assert told.facts["gen_ai.usage.output_tokens"] == 5
    assert not trace.get_current_span().get_span_context().is_valid
    assert caplog.records == []


async def test_failure(manager: Any, script: Any, told: Any) -> None:
    """A failure is an error with its class and whether the remote can have acted; its words are not told."""
    script.attempts = [[QuotaExhausted("no money for 'my secret plan'", status=402)]]
    async with manager:
        connection = await manager.add_provider("scripted")
        with pytest.raises(QuotaExhausted):
            await connection.send("my secret plan")

    assert (told.span.status.status_code, told.span.status.description) == (StatusCode.ERROR, None)
    assert told.facts["error.type"] == "jackfield.QuotaExhausted"
    assert told.facts["jackfield.certainty"] == "rejected"
    assert told.facts["http.response.status_code"] == 402
    assert "secret plan" not in told.span.to_json()


async def test_what_the_caller_catches(manager: Any, script: Any, told: Any) -> None:
    """The error that is told is the one that the caller catches, and not what lay below it."""
    script.attempts = [[ResponseStarted(), ResponseFinished()], [ResponseStarted(handle="run-1"), 60.0]]
    async with manager:
        connection = await manager.add_provider("scripted")
        with pytest.raises(EmptyResponse):
            await connection.send("Hi")
        with pytest.raises(RunTimeout):
            await connection.send("Hi", timeout=1)

    told_types = [span.attributes["error.type"] for span in told.spans]
    assert told_types == ["jackfield.EmptyResponse", "jackfield.RunTimeout"]
    assert told.spans[1].attributes["gen_ai.response.id"] == "run-1"


async def test_a_bug_of_a_provider(manager: Any, script: Any, told: Any) -> None:
    """What a provider does wrong is told as the core tells it."""
    script.attempts = [[ZeroDivisionError("division by zero")]]
    async with manager:
        connection = await manager.add_provider("scripted")
        await connection.answer("Hi")

    assert told.facts["error.type"] == "jackfield.ContractBroken"


async def test_retries(manager: Any, script: Any, told: Any) -> None:
    """A request that is tried three times has one span, and on it each retry with its reason and its wait."""
    down = ProviderUnavailable("down", certainty=Certainty.NOT_SENT, status=503)
    script.attempts = [[RateLimited("slow down", retry_after=3.0)], [down], ANSWER]
    async with manager:
        connection = await manager.add_provider("scripted", {"base_delay": 0.0})
        await connection.send("Hi")

    first, second = told.span.events
    assert {first.name, second.name} == {"jackfield.request.retried"}
    assert first.attributes["error.type"] == "jackfield.RateLimited"
    assert first.attributes["jackfield.retry.wait"] >= 3.0
    assert first.attributes["jackfield.certainty"] == "rejected"
    assert second.attributes["error.type"] == "jackfield.ProviderUnavailable"
    assert second.attributes["http.response.status_code"] == 503
    assert told.facts["jackfield.attempts"] == 3
    assert told.span.status.status_code is StatusCode.UNSET


async def test_left_early(manager: Any, script: Any, told: Any) -> None:
    """A stream that its caller leaves, or that is cancelled, is no error, and is told as left."""
    script.attempts = [[*ANSWER[:2], anyio.sleep_forever]]
    async with manager:
        connection = await manager.add_provider("scripted")
        async with connection.stream("Hi") as stream:
            await anext(stream)
        with anyio.move_on_after(1):
            await connection.send("Hi")

    for span in told.spans:
        assert span.attributes["jackfield.left_early"] is True
        assert span.status.status_code is StatusCode.UNSET
        assert "error.type" not in span.attributes


async def test_lingering(manager: Any, script: Any, told: Any) -> None:
    """A span ends with the answer, also where the caller stays in the block for a long time."""
    script.attempts = [ANSWER]
    async with manager:
        connection = await manager.add_provider("scripted")
        async with connection.stream("Hi") as stream:
            await stream.collect()
            await anyio.sleep(1000)

    ((_, _, seconds),) = told.points("gen_ai.client.operation.duration")
    assert seconds < 1


async def test_refused_at_once(manager: Any, script: Any, told: Any) -> None:
    """A request that is refused before anything begins is told all the same, below the caller."""
    async with manager:
        connection = await manager.add_provider("scripted")
    with told.tracer_provider.get_tracer("test").start_as_current_span("caller"):
        await connection.answer("Hi")

    refused, caller = told.spans
    assert refused.attributes["error.type"] == "jackfield.ProviderClosed"
    assert refused.attributes["jackfield.certainty"] == "not_sent"
    assert refused.parent.span_id == caller.context.span_id


async def test_the_same_id_twice(manager: Any, script: Any, told: Any) -> None:
    """A request with the id of one that is under way is refused, and the other one's span goes on."""
    script.attempts = [[*ANSWER[:2], 1.0, *ANSWER[2:]]]
    async with manager:
        connection = await manager.add_provider("scripted")
        async with connection.stream("Hi", id="one") as stream:
            await anext(stream)
            await connection.answer("Hi", id="one")
            await stream.collect()

    refused, answered = told.spans
    assert refused.attributes["error.type"] == "jackfield.InvalidRequest"
    assert answered.attributes["gen_ai.response.finish_reasons"] == ("stop",)


async def test_one_id_on_two_connections(manager: Any, script: Any, told: Any) -> None:
    """One request that goes to two connections at once has a span on each."""
    script.attempts = [[*ANSWER[:2], 1.0, *ANSWER[2:]]]
    async with manager:
        connections = [await manager.add_provider("scripted", name=name) for name in ("one", "two")]
        async with anyio.create_task_group() as tasks:
            for connection in connections:
                tasks.start_soon(lambda connection=connection: connection.send("Hi", id="same"))

    assert {span.attributes["jackfield.connection"] for span in told.spans} == {"one", "two"}
    assert all(span.attributes["gen_ai.usage.input_tokens"] == 12 for span in told.spans)
