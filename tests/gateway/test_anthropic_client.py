"""Anthropic's own client as referee, with its default retries, over a front door of ours."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import anthropic
import anyio
import pytest

from jackfield_playground import AnthropicPlayground, AnthropicSettings

from .conftest import TOKEN, Door, Opener, adding

pytestmark = pytest.mark.anyio

HELLO: Any = [{"role": "user", "content": "hello"}]
PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
TOOL: Any = {
    "name": "look_up",
    "description": "Look a word up.",
    "input_schema": {"type": "object", "properties": {"word": {"type": "string"}}, "required": ["word"]},
}


async def ask(door: Door, deed: Callable[[anthropic.Anthropic], Any], **settings: Any) -> Any:
    """Let the vendor's client do something, in a thread of its own, with its own settings."""

    def work() -> Any:
        with anthropic.Anthropic(**{"base_url": door.address, "api_key": TOKEN, **settings}) as client:
            return deed(client)

    return await anyio.to_thread.run_sync(work)


def whole(client: anthropic.Anthropic, **details: Any) -> Any:
    """Return an answer in one piece."""
    told = {"model": "gpt-4", "max_tokens": 2000, "messages": HELLO, **details}
    return client.messages.create(**told)


def streamed(client: anthropic.Anthropic, **details: Any) -> tuple[list[str], Any]:
    """Return the kinds of a stream's events, and the message that the client made of them."""
    with client.messages.stream(
        **{"model": "gpt-4", "max_tokens": 2000, "messages": HELLO, **details}
    ) as told:
        wire = {"message_start", "content_block_start", "content_block_delta", "content_block_stop"}
        kinds = [one.type for one in told if one.type in wire | {"message_delta", "message_stop"}]
        return kinds, told.get_final_message()


@pytest.fixture
def claude() -> Iterator[AnthropicPlayground]:
    """Return a stand-in of the vendor that is running."""
    with AnthropicPlayground(AnthropicSettings()).running() as running:
        yield running


@pytest.mark.parametrize("version", ["2023-06-01", "2026-10-21"])
async def test_an_answer_in_one_piece_and_the_same_as_it_comes(front: Opener, version: str) -> None:
    """A whole answer and a streamed one say the same, in both versions, in the vendor's order of events."""
    headers = {"default_headers": {"anthropic-version": version}}
    async with front() as door:
        said = await ask(door, whole, **headers)
        kinds, told = await ask(door, streamed, **headers)
    assert told.content[0].text == said.content[0].text
    assert (told.stop_reason, said.stop_reason) == ("end_turn", "end_turn")
    assert told.usage.output_tokens == said.usage.output_tokens > 0
    order = list(dict.fromkeys(kinds))
    assert order == [
        "message_start",
        "content_block_start",
        "content_block_delta",
        "content_block_stop",
        "message_delta",
        "message_stop",
    ]


async def test_a_tool_is_called_and_its_result_taken(front: Opener) -> None:
    """A tool's call arrives streamed and whole with `tool_use` as the reason, and its result goes back."""
    call: Any = [{"role": "user", "content": "call the tool"}]
    wish: Any = {"messages": call, "tools": [TOOL], "tool_choice": {"type": "any"}}

    def talk(client: anthropic.Anthropic) -> Any:
        first, (_, pieces) = whole(client, **wish), streamed(client, **wish)
        made = first.content[-1]
        result = {"type": "tool_result", "tool_use_id": made.id, "content": "a panel"}
        said = [*call, {"role": "assistant", "content": first.content}, {"role": "user", "content": [result]}]
        return first, pieces, whole(client, messages=said, tools=[TOOL])

    async with front() as door:
        first, pieces, second = await ask(door, talk)
    assert (first.stop_reason, pieces.stop_reason, second.stop_reason) == ("tool_use", "tool_use", "end_turn")
    assert first.content[-1].input == pieces.content[-1].input
    assert "word" in first.content[-1].input


async def test_thinking_goes_through_with_its_signature(front: Opener, claude: AnthropicPlayground) -> None:
    """The stand-in signs what it thinks: streamed thinking goes back whole, a forged one is found."""
    thinking: Any = {"model": "claude", "thinking": {"type": "adaptive"}}

    def talk(client: anthropic.Anthropic) -> Any:
        _, first = streamed(client, **thinking)
        said = [*HELLO, {"role": "assistant", "content": first.content}, *HELLO]
        second = whole(client, messages=said, **thinking)
        for block in first.content:
            if block.type == "thinking":
                block.signature = "forged"
        with pytest.raises(anthropic.BadRequestError):
            whole(client, messages=said, **thinking)
        return first, second

    async with front(adding("anthropic_api", claude, "claude")) as door:
        first, second = await ask(door, talk)
    assert "thinking" in [block.type for block in first.content]
    assert second.stop_reason == "end_turn"


async def test_a_picture_goes_as_data_alone(front: Opener) -> None:
    """A picture's data reaches the remote; an address is refused before anything is sent."""

    def shown(source: dict[str, str]) -> Any:
        return [{"role": "user", "content": [{"type": "image", "source": source}]}]

    data = {"type": "base64", "media_type": "image/png", "data": PIXEL}
    async with front() as door:
        await ask(door, lambda c: whole(c, messages=shown(data)))
        assert PIXEL in str(door.remote.state.requests[-1].body)
        with pytest.raises(anthropic.BadRequestError, match="source of type 'url'"):
            await ask(door, lambda c: whole(c, messages=shown({"type": "url", "url": "https://example.com"})))
        assert door.remote.posts() == 1


@pytest.mark.parametrize(
    ("fault", "status", "kind"),
    [
        ("500", 500, "api_error"),
        ("quota", 402, "billing_error"),
        ("context", 400, "invalid_request_error"),
    ],
)
async def test_a_failure_is_told_in_the_vendors_shape_and_sent_once(
    front: Opener, fault: str, status: int, kind: str
) -> None:
    """What is not to be repeated reaches the remote once under the client's own retries."""
    async with front() as door:
        door.remote.play(fault)
        with pytest.raises(anthropic.APIStatusError) as failure:
            await ask(door, whole)
        assert door.remote.posts() == 1
    body: Any = failure.value.body
    assert (failure.value.status_code, body["error"]["type"]) == (status, kind)
    assert body["request_id"] == failure.value.response.headers["request-id"]
    assert ("capability_rejected: prompt_too_long" in body["error"]["message"]) == (fault == "context")


@pytest.mark.parametrize("fault", ["cut", "drop"])
async def test_a_cut_answer_is_an_error_and_never_a_short_answer(front: Opener, fault: str) -> None:
    """An answer that breaks off ends in the event `error`, which the client raises; nothing is sent anew."""
    async with front() as door:
        door.remote.play(fault)
        with pytest.raises(anthropic.APIStatusError) as failure:
            await ask(door, streamed)
        assert door.remote.posts() == 1
    body: Any = failure.value.body
    assert body["error"]["type"] == "api_error"


async def test_a_count_is_an_estimate_and_asks_nobody(front: Opener) -> None:
    """A count of tokens is labelled as ours; either header holds the token; a wrong one is refused."""
    body = {"model": "gpt-4", "messages": HELLO}
    path = "/v1/messages/count_tokens"
    async with front() as door:
        counted = await ask(
            door, lambda c: c.messages.with_raw_response.count_tokens(model="gpt-4", messages=HELLO)
        )
        keyed = await door.get(path, method="POST", json=body, headers={"x-api-key": TOKEN})
        wrong = await door.get(path, method="POST", json=body, headers={"x-api-key": "wrong"})
        assert door.remote.posts() == 0
    assert counted.parse().input_tokens == keyed.json()["input_tokens"] > 0
    assert counted.headers["x-jackfield-estimated"] == "input_tokens"
    assert (wrong.status_code, wrong.json()["error"]["type"]) == (401, "authentication_error")


async def test_what_is_left_out_is_named_and_what_would_hurt_is_refused(front: Opener) -> None:
    """An unknown field is told in a header; a server's own tool or a connector is a 400 that names it."""
    async with front() as door:
        raw = await ask(
            door,
            lambda c: c.messages.with_raw_response.create(
                model="gpt-4", max_tokens=9, messages=HELLO, extra_body={"context_management": {}}
            ),
        )
        for wrong in ({"mcp_servers": [{}]}, {"tools": [{"type": "web_search_20250305", "name": "w"}]}):
            with pytest.raises(anthropic.BadRequestError, match="not served here"):
                await ask(door, lambda c, wrong=wrong: whole(c, extra_body=wrong))
        assert door.remote.posts() == 1
    assert raw.headers["x-jackfield-ignored"] == "context_management"
