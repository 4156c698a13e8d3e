"""The vendor's own Python client as referee, with its default retries, over a front door of ours."""

from __future__ import annotations

import base64
from collections.abc import Callable
from functools import partial
from typing import Any

import anyio
import openai
import pytest

from jackfield import ProviderManager
from jackfield_playground import OpenAIPlayground

from .conftest import TOKEN, Door, Opener, connect

pytestmark = pytest.mark.anyio

HELLO: Any = [{"role": "user", "content": "hello"}]
PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
TOOL: Any = {
    "type": "function",
    "function": {
        "name": "look_up",
        "description": "Look a word up.",
        "parameters": {
            "type": "object",
            "properties": {"word": {"type": "string"}},
            "required": ["word"],
            "additionalProperties": False,
        },
    },
}


def streamed(client: openai.OpenAI, **details: Any) -> list[Any]:
    """Return every chunk of a streamed answer."""
    return list(
        client.chat.completions.create(**{"model": "gpt-4", "messages": HELLO, "stream": True, **details})
    )


async def test_an_answer_in_one_piece_and_the_same_as_it_comes(front: Opener) -> None:
    """A whole answer and a streamed one say the same; usage is there, and streamed only when asked for."""
    async with front() as door:
        whole = await door.ask(lambda c: c.chat.completions.create(model="gpt-4", messages=HELLO))
        chunks = await door.ask(streamed)
        counted = await door.ask(lambda c: streamed(c, stream_options={"include_usage": True}))
    text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks)
    assert text == whole.choices[0].message.content
    assert "scripted responder" in text
    assert [chunk.choices[0].delta.role for chunk in chunks][:2] == ["assistant", None]
    assert [chunk.choices[0].finish_reason for chunk in chunks][-2:] == [None, "stop"]
    assert all(chunk.usage is None for chunk in chunks)
    assert counted[-1].choices == []
    assert counted[-1].usage.total_tokens == whole.usage.total_tokens > 0


async def test_a_tool_is_called_and_its_result_taken(front: Opener) -> None:
    """A tool's call arrives streamed and whole, with `tool_calls` as the reason, and its result goes back."""
    call: Any = [{"role": "user", "content": "call the tool"}]

    def talk(client: openai.OpenAI) -> tuple[Any, Any, list[Any]]:
        asked: Any = {"model": "work", "tools": [TOOL], "tool_choice": "required"}
        first = client.chat.completions.create(messages=call, **asked).choices[0]
        pieces = streamed(client, messages=call, **asked)
        made = first.message.tool_calls[0]  # type: ignore[index]
        said: Any = [
            *call,
            first.message.model_dump(exclude_none=True),
            {"role": "tool", "tool_call_id": made.id, "content": "a panel"},
        ]
        return first, client.chat.completions.create(model="work", messages=said, tools=[TOOL]), pieces

    async with front() as door:
        first, second, pieces = await door.ask(talk)
    made = first.message.tool_calls[0]
    assert (first.finish_reason, made.function.name) == ("tool_calls", "look_up")
    told = [call for piece in pieces for call in piece.choices[0].delta.tool_calls or ()]
    assert told[0].function.name == "look_up"
    assert "".join(one.function.arguments for one in told) == made.function.arguments
    assert pieces[-1].choices[0].finish_reason == "tool_calls"
    assert second.choices[0].finish_reason == "stop"


async def test_a_picture_as_data_and_a_form_for_the_answer(front: Opener) -> None:
    """A picture goes as data, and an answer is held to a schema; the stand-in is as strict as the vendor."""
    schema = {
        "type": "object",
        "properties": {"word": {"type": "string"}},
        "required": ["word"],
        "additionalProperties": False,
    }
    seen: Any = [
        {
            "role": "user",
            "content": [
                {"type": "text", "text": "what is this?"},
                {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PIXEL}"}},
            ],
        }
    ]
    form: Any = {"type": "json_schema", "json_schema": {"name": "word", "schema": schema, "strict": True}}

    async with front() as door:
        await door.ask(lambda c: c.chat.completions.create(model="gpt-4", messages=seen))
        held = await door.ask(
            lambda c: c.chat.completions.create(model="gpt-4", messages=HELLO, response_format=form)
        )
    sent = door.remote.state.requests[-2].body
    assert base64.b64decode(PIXEL) in base64.b64decode(str(sent).partition("base64,")[2].partition("'")[0])
    assert held.choices[0].message.content.startswith("{")


@pytest.mark.parametrize(
    ("fault", "status", "code"),
    [
        ("500", 502, "submission_uncertain"),
        ("quota", 429, "insufficient_quota"),
        ("context", 400, "context_length_exceeded"),
        ("filter", 400, "content_filter"),
    ],
)
async def test_a_failure_has_a_status_and_is_sent_once(
    front: Opener, fault: str, status: int, code: str
) -> None:
    """What is not to be repeated reaches the remote once, streamed or not, whatever a client's retries."""
    async with front() as door:
        door.remote.play(fault)
        for stream in (False, True):
            with pytest.raises(openai.APIStatusError) as failure:
                await door.ask(
                    lambda c, stream=stream: c.chat.completions.create(
                        model="gpt-4", messages=HELLO, stream=stream
                    )
                )
            assert (failure.value.status_code, failure.value.code) == (status, code)
            assert failure.value.response.headers["x-should-retry"] == "false"
        assert door.remote.posts() == 2


async def test_what_certainly_was_not_acted_on_may_be_repeated(front: Opener) -> None:
    """A rate limit is told with the time to wait, and with leave to come again."""
    async with front() as door:
        door.remote.state.change(retry_after=1.0)
        door.remote.play("429")
        with pytest.raises(openai.RateLimitError) as failure:
            await door.ask(lambda c: c.chat.completions.create(model="gpt-4", messages=HELLO), max_retries=0)
    told = failure.value.response.headers
    assert (told["x-should-retry"], told["retry-after"]) == ("true", "1")


@pytest.mark.parametrize("fault", ["cut", "drop", "error in stream", "garbled"])
async def test_a_cut_answer_is_an_error_and_never_a_short_answer(front: Opener, fault: str) -> None:
    """An answer that breaks off ends in an error event, which the client raises; nothing is sent anew."""
    async with front() as door:
        door.remote.play(fault)
        with pytest.raises(openai.APIError) as failure:
            await door.ask(streamed)
        assert door.remote.posts() == 1
    assert failure.value.code in {"submission_uncertain", "internal_error"}


async def test_a_refusal_names_what_is_wrong_before_anything_is_sent(front: Opener) -> None:
    """What would hurt if it were dropped is a 400 that names it; what would not is told in a header."""
    async with front() as door:
        for wrong in ({"n": 2}, {"logprobs": True}, {"web_search_options": {}}):
            with pytest.raises(openai.BadRequestError) as failure:
                await door.ask(
                    lambda c, wrong=wrong: c.chat.completions.create(model="gpt-4", messages=HELLO, **wrong)
                )
            assert failure.value.param == next(iter(wrong))
        with pytest.raises(openai.NotFoundError, match="gpt-4"):
            await door.ask(lambda c: c.chat.completions.create(model="gpt-44", messages=HELLO))
        assert door.remote.posts() == 0
        raw = await door.ask(
            lambda c: c.chat.completions.with_raw_response.create(
                model="gpt-4", messages=HELLO, user="me", extra_body={"base_url": "http://elsewhere"}
            )
        )
    assert raw.headers["x-jackfield-ignored"] == "base_url, user"
    assert raw.headers["x-jackfield-connection"] == "work"


async def test_models_in_both_shapes(front: Opener) -> None:
    """Every name that can be asked for is listed, in OpenAI's shape and in Anthropic's."""
    async with front() as door:
        listed = await door.ask(lambda c: [model.id for model in c.models.list()])
        one = await door.ask(lambda c: c.models.retrieve("work/gpt-playground"))
        theirs = await door.get(
            "/v1/models?limit=1000", headers={"x-api-key": TOKEN, "anthropic-version": "2023-06-01"}
        )
    assert listed[:3] == ["gpt-4", "work", "work/gpt-playground"]
    assert one.owned_by == "openai_api"
    page = theirs.json()
    assert (page["first_id"], page["has_more"]) == ("gpt-4", False)
    assert {"id", "type", "display_name", "created_at"} <= set(page["data"][0])


async def test_whom_a_name_reaches(front: Opener) -> None:
    """A model with its connection, an alias, and a chain of which the first cannot be reached."""

    async def add(manager: ProviderManager) -> None:
        with OpenAIPlayground().running() as gone:
            await connect(manager, gone, "gone")

    aliases = {"any": "gone,work", "gpt-4": "work:gpt-playground"}
    async with front(add, aliases=aliases) as door:
        for name in ("any", "gpt-playground@work", "work/gpt-playground", "work"):
            raw = await door.ask(
                lambda c, name=name: c.chat.completions.with_raw_response.create(model=name, messages=HELLO)
            )
            assert raw.headers["x-jackfield-connection"] == "work"


async def test_a_client_that_hangs_up_cancels_what_is_upstream(front: Opener) -> None:
    """When the only reader leaves, streamed or not, the connection to the remote is left too."""
    async with front() as door:
        door.remote.play("hang")
        for number, stream in enumerate((True, False), start=1):
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(post, door, {"model": "work", "messages": HELLO, "stream": stream})
                await until(lambda number=number: door.remote.posts() == number)
                tasks.cancel_scope.cancel()
            await until(lambda number=number: left(door) == number)


async def test_a_repeat_of_a_request_under_way_gets_the_same_answer(front: Opener) -> None:
    """A client that repeats by itself attaches to the answer in flight: one execution, three answers."""
    body, answers = {"model": "work", "messages": HELLO}, []

    async def ask(door: Door, **headers: str) -> None:
        answers.append(await post(door, body, **headers))

    async with front() as door:
        door.remote.play("slow")
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(ask, door)
            await until(lambda: door.remote.posts() == 1)
            tasks.start_soon(partial(ask, door, **{"x-stainless-retry-count": "1"}))
        await ask(door, **{"x-stainless-retry-count": "2"})
        assert door.remote.state.executions == 1
    assert len({answer.json()["choices"][0]["message"]["content"] for answer in answers}) == 1
    told = [answer.headers.get("x-jackfield-repeat", "") for answer in answers]
    assert sorted(told) == ["", "attached", "attached"]


def left(door: Door) -> int:
    """Return how many requests were left before their end."""
    return door.manager.get_provider("work").stats.left_early


async def post(door: Door, body: Any, **headers: str) -> Any:
    """Ask without any vendor's client."""
    told = {"authorization": f"Bearer {TOKEN}", **headers}
    return await door.get("/v1/chat/completions", method="POST", json=body, headers=told)


async def until(is_so: Callable[[], bool]) -> None:
    """Wait until something has come about."""
    with anyio.fail_after(30):
        while not is_so():  # noqa: ASYNC110  it comes about in another thread
            await anyio.sleep(0.01)
