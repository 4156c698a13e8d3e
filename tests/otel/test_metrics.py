"""What is measured: how long, how many tokens, how soon the first piece came and each of the others."""

from __future__ import annotations

from typing import Any

import pytest

from jackfield import (
    PartFinished,
    PartStarted,
    QuotaExhausted,
    ReasoningDelta,
    ResponseFinished,
    ResponseStarted,
    TextDelta,
    ToolArgumentsDelta,
    ToolCallPart,
    Usage,
)

pytestmark = [pytest.mark.anyio, pytest.mark.virtual_time]

FACTS = {
    "gen_ai.operation.name": "chat",
    "gen_ai.provider.name": "jackfield.scripted",
    "gen_ai.request.model": "small",
    "gen_ai.response.model": "small-2",
}
USAGE = Usage(input_tokens=12, output_tokens=5, input_source="reported", output_source="reported")
STREAMED = [
    0.5,
    ResponseStarted(model="small-2", requested_model="small"),
    1.5,
    ReasoningDelta("Hm."),
    0.25,
    TextDelta("Hel", index=1),
    0.5,
    TextDelta("lo", index=1),
    1.0,
    ResponseFinished(usage=USAGE),
]


async def test_a_stream(manager: Any, script: Any, told: Any) -> None:
    """Measured are the seconds to the first piece, between pieces and of the whole, and the tokens."""
    script.attempts = [STREAMED]
    async with manager:
        connection = await manager.add_provider("scripted")
        await connection.send("Hi")

    assert told.points("gen_ai.client.operation.time_to_first_chunk") == [(FACTS, 1, 2.0)]
    assert told.points("gen_ai.client.operation.time_per_output_chunk") == [(FACTS, 2, 0.75)]
    assert told.points("gen_ai.client.operation.duration") == [(FACTS, 1, 3.75)]
    assert told.points("gen_ai.client.token.usage") == [
        ({**FACTS, "gen_ai.token.type": "input"}, 1, 12),
        ({**FACTS, "gen_ai.token.type": "output"}, 1, 5),
    ]
    assert told.facts["gen_ai.response.time_to_first_chunk"] == 2.0


async def test_tool_arguments(manager: Any, script: Any, told: Any) -> None:
    """The pieces of a tool call's arguments are pieces of the answer; what only frames them is none."""
    call = ToolCallPart("call-1", "look", "{}")
    script.attempts = [
        [
            ResponseStarted(),
            PartStarted(index=0, kind="tool_call", id="call-1", name="look"),
            1.0,
            ToolArgumentsDelta("{"),
            1.0,
            ToolArgumentsDelta("}"),
            1.0,
            PartFinished(0, call),
            ResponseFinished(finish_reason="tool_call"),
        ]
    ]
    async with manager:
        connection = await manager.add_provider("scripted")
        await connection.send("Hi")

    ((_, *first),) = told.points("gen_ai.client.operation.time_to_first_chunk")
    ((_, *others),) = told.points("gen_ai.client.operation.time_per_output_chunk")
    assert (first, others) == ([1, 1.0], [1, 1.0])


async def test_no_stream(make_manager: Any, make_telemetry: Any, script: Any, told: Any) -> None:
    """Where the text arrives whole there are no pieces to be measured, and the request is no streamed one."""
    script.attempts = [STREAMED]
    async with make_manager(make_telemetry(), capabilities=set()) as manager:
        connection = await manager.add_provider("scripted")
        await connection.send("Hi")

    assert set(told.metrics) == {"gen_ai.client.operation.duration", "gen_ai.client.token.usage"}
    assert "gen_ai.request.stream" not in told.facts


async def test_estimates(manager: Any, script: Any, told: Any) -> None:
    """What we estimated is marked as such on the span and is not measured; what nobody told is not there."""
    usage = Usage(input_tokens=12, input_source="estimated")
    script.attempts = [[ResponseStarted(), TextDelta("Hello"), ResponseFinished(usage=usage)]]
    async with manager:
        connection = await manager.add_provider("scripted")
        await connection.send("Hi")

    assert told.facts["gen_ai.usage.input_tokens"] == 12
    assert told.facts["jackfield.usage.estimated"] == ("input_tokens",)
    assert "gen_ai.usage.output_tokens" not in told.facts
    assert told.points("gen_ai.client.token.usage") == []


async def test_failures(manager: Any, script: Any, told: Any) -> None:
    """A failure is measured with its class: the time that it took counts, too."""
    script.attempts = [[2.0, QuotaExhausted("used up")]]
    async with manager:
        connection = await manager.add_provider("scripted")
        await connection.answer("Hi", model="quick")

    ((facts, *measured),) = told.points("gen_ai.client.operation.duration")
    assert facts["error.type"] == "jackfield.QuotaExhausted"
    assert facts["gen_ai.request.model"] == "quick"
    assert measured == [1, 2.0]


async def test_nothing_of_a_person(manager: Any, script: Any, told: Any) -> None:
    """No measurement tells an id, a connection's name or a thread: each would be a series of its own."""
    script.attempts = [[ResponseStarted(handle="run-1", conversation_id="7"), *STREAMED[1:]]]
    async with manager:
        connection = await manager.add_provider("scripted", name="anna")
        await connection.send("Hi", id="abc")

    names = {name for metric in told.metrics for facts, *_ in told.points(metric) for name in facts}
    assert names == {*FACTS, "gen_ai.token.type"}


async def test_an_answer_taken_up_again(manager: Any, script: Any, told: Any) -> None:
    """Taking up an answer is an operation of its own and uses no tokens: those were counted before."""
    script.attempts = [STREAMED]
    async with manager:
        connection = await manager.add_provider("scripted")
        async with connection.attach("run-1") as stream:
            await stream.collect()

    assert told.span.name == "fetch_response small"
    assert told.facts["gen_ai.response.id"] == "run-1"
    assert not [name for name in told.facts if name.startswith("gen_ai.usage")]
    assert told.points("gen_ai.client.token.usage") == []
