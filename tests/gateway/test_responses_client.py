"""The vendor's own Python client as referee of Responses, with its default retries, over a front door."""

from __future__ import annotations

import json
from typing import Any

import openai
import pytest

from jackfield import ProviderManager
from jackfield_gateway._fault import Refusal
from jackfield_gateway._wires import wire_of
from jackfield_playground import OpenAIPlayground

from .conftest import Opener, connect

pytestmark = pytest.mark.anyio

PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
SCHEMA: Any = {
    "type": "object",
    "properties": {"word": {"type": "string"}},
    "required": ["word"],
    "additionalProperties": False,
}
TOOL: Any = {
    "type": "function",
    "name": "look_up",
    "description": "Look a word up.",
    "parameters": SCHEMA,
    "strict": True,
}


def whole(client: openai.OpenAI, **details: Any) -> Any:
    """Return an answer in one piece."""
    return client.responses.create(**{"model": "gpt-4", "input": "hello", **details})


def streamed(client: openai.OpenAI, **details: Any) -> list[Any]:
    """Return every event of a streamed answer; the client checks their order."""
    with client.responses.stream(**{"model": "gpt-4", "input": "hello", **details}) as stream:
        return list(stream)


async def test_an_answer_in_one_piece_and_the_same_as_it_comes(front: Opener) -> None:
    """A whole answer and a streamed one say the same, in the vendor's order of events and numbers."""
    async with front() as door:
        answer = await door.ask(whole)
        events = await door.ask(streamed)
    last = events[-1].response
    assert "scripted responder" in answer.output_text
    assert last.output_text == answer.output_text
    assert (answer.status, last.status) == ("completed", "completed")
    assert last.usage.total_tokens == answer.usage.total_tokens > 0
    assert [event.sequence_number for event in events] == list(range(len(events)))
    kinds = [event.type.removeprefix("response.") for event in events]
    assert list(dict.fromkeys(kinds)) == [
        "created",
        "in_progress",
        "output_item.added",
        "content_part.added",
        "output_text.delta",
        "output_text.done",
        "content_part.done",
        "output_item.done",
        "completed",
    ]


async def test_a_tool_is_called_and_its_result_taken(front: Opener) -> None:
    """A call arrives whole and streamed, and goes back with its result as items of the history."""
    said: Any = [{"role": "user", "content": [{"type": "input_text", "text": "call the tool"}]}]

    def talk(client: openai.OpenAI) -> tuple[Any, list[Any], Any]:
        asked: Any = {"input": said, "tools": [TOOL], "tool_choice": "required"}
        first = whole(client, **asked)
        call = first.output[0]
        result = {"type": "function_call_output", "call_id": call.call_id, "output": "a panel"}
        history = [*said, call.model_dump(exclude_none=True), result]
        return call, streamed(client, **asked), whole(client, input=history, tools=[TOOL])

    async with front() as door:
        call, events, second = await door.ask(talk)
        sent = door.remote.state.requests[-1].body
    assert (call.type, call.name) == ("function_call", "look_up")
    told = "".join(e.delta for e in events if e.type == "response.function_call_arguments.delta")
    assert told == call.arguments == events[-1].response.output[0].arguments
    assert second.output_text
    assert "a panel" in str(sent)


async def test_instructions_a_picture_and_a_form_for_the_answer(front: Opener) -> None:
    """Instructions and a picture as data reach the remote, and an answer is held to a schema."""
    picture = {"type": "input_image", "image_url": f"data:image/png;base64,{PIXEL}", "detail": "low"}
    said: Any = [{"role": "user", "content": [{"type": "input_text", "text": "what?"}, picture]}]
    form: Any = {"format": {"type": "json_schema", "name": "word", "schema": SCHEMA, "strict": True}}
    async with front() as door:
        await door.ask(lambda c: whole(c, input=said, instructions="be brief"))
        sent = str(door.remote.state.requests[-1].body)
        held = await door.ask(lambda c: whole(c, text=form))
    assert PIXEL in sent
    assert "be brief" in sent
    assert "word" in json.loads(held.output_text)


@pytest.mark.parametrize(
    ("fault", "status", "code"),
    [("500", 502, "submission_uncertain"), ("context", 400, "context_length_exceeded")],
)
async def test_a_failure_has_a_status_and_is_sent_once(
    front: Opener, fault: str, status: int, code: str
) -> None:
    """What is not to be repeated reaches the remote once, streamed or not, whatever a client's retries."""
    async with front() as door:
        door.remote.play(fault)
        for deed in (whole, streamed):
            with pytest.raises(openai.APIStatusError) as failure:
                await door.ask(deed)
            assert (failure.value.status_code, failure.value.code) == (status, code)
        assert door.remote.posts() == 2


@pytest.mark.parametrize("fault", ["cut", "error in stream"])
async def test_a_cut_answer_is_a_failure_and_never_a_short_answer(front: Opener, fault: str) -> None:
    """An answer that breaks off ends in `response.failed`, with what had come; nothing is sent anew."""
    async with front() as door:
        door.remote.play(fault)
        events = await door.ask(lambda c: list(whole(c, stream=True)))
        assert door.remote.posts() == 1
    failed = events[-1]
    assert (failed.type, failed.response.status) == ("response.failed", "failed")
    assert failed.response.error.code == "submission_uncertain"
    come = "".join(event.delta for event in events if event.type == "response.output_text.delta")
    assert come
    assert failed.response.output_text == come


async def test_what_would_hurt_is_refused_and_what_would_not_is_told(front: Opener) -> None:
    """What names an answer of before is a 400 that names it, before anything is sent; the rest a header."""
    async with front() as door:
        for wrong in ({"previous_response_id": "resp_1"}, {"background": True}, {"conversation": "c"}):
            with pytest.raises(openai.BadRequestError) as failure:
                await door.ask(lambda c, wrong=wrong: whole(c, **wrong))
            assert failure.value.param == next(iter(wrong))
        with pytest.raises(openai.BadRequestError, match="web_search"):
            await door.ask(lambda c: whole(c, tools=[{"type": "web_search"}]))
        assert door.remote.posts() == 0
        raw = await door.ask(
            lambda c: c.responses.with_raw_response.create(
                model="gpt-4",
                input="hello",
                store=False,
                prompt_cache_key="k",
                include=["reasoning.encrypted_content"],
                reasoning={"summary": "auto"},
            )
        )
    assert raw.headers["x-jackfield-ignored"] == "prompt_cache_key, reasoning.summary"


def decoded(*items: Any) -> Any:
    """Return a request as it was understood."""
    wire = wire_of("/v1/responses")
    assert wire
    return wire.decode({"model": "m", "input": [*items]}, "/v1/responses", {})


async def test_a_thought_goes_back_to_whom_it_came_from(front: Opener, remote: OpenAIPlayground) -> None:
    """What was sealed comes back as it was, streamed and whole, to its provider and to nobody else."""

    async def own(manager: ProviderManager) -> None:
        await connect(manager, remote, "own", api="responses")

    asked: Any = {"model": "own", "include": ["reasoning.encrypted_content"], "reasoning": {"effort": "low"}}

    def talk(client: openai.OpenAI) -> Any:
        with client.responses.stream(input="hello", **asked) as told:
            list(told)
            first = told.get_final_response()
        said: Any = [{"role": "user", "content": "hello"}, *first.output, {"role": "user", "content": "and?"}]
        second = client.responses.create(input=said, **asked)
        client.responses.create(input=said, model="work")
        return first, second

    async with front(own) as door:
        first, second = await door.ask(talk)
        told = [str(request.body) for request in door.remote.state.requests if "and?" in str(request.body)]
    thought, again = (one.output[0] for one in (first, second))
    assert (thought.type, again.type) == ("reasoning", "reasoning")
    assert thought.encrypted_content.startswith("jackfield-1.")
    assert ["encrypted_content" in one for one in told] == [True, False]
    hello: Any = {"role": "user", "content": "hello"}
    with pytest.raises(Refusal, match="not as it was told"):
        decoded({"type": "reasoning", "summary": [], "encrypted_content": "jackfield-1.aaaa"})
    (kept,) = decoded({"type": "reasoning", "encrypted_content": "gAAA"}, hello).request.messages
    assert kept.text == "hello"
