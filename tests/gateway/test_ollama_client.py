"""Ollama's own client as referee over a front door of ours that speaks its wire."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

import anyio
import ollama
import pytest

from .conftest import TOKEN, Door, Opener
from .test_openai_client import PIXEL, TOOL

pytestmark = pytest.mark.anyio

HELLO: Any = [{"role": "user", "content": "hello"}]
CALL: Any = [{"role": "user", "content": "playground:call the tool"}]


async def ask(door: Door, deed: Callable[[ollama.Client], Any]) -> Any:
    """Let the client do something, in a thread of its own."""

    def work() -> Any:
        with ollama.Client(
            door.address, headers={"authorization": f"Bearer {TOKEN}"}, trust_env=False
        ) as one:
            return deed(one)

    return await anyio.to_thread.run_sync(work)


def chat(client: ollama.Client, **details: Any) -> Any:
    """Return an answer in one piece."""
    return client.chat(**{"model": "gpt-4", "messages": HELLO, **details})


def streamed(client: ollama.Client, **details: Any) -> list[Any]:
    """Return every line of a streamed answer."""
    return list(client.chat(**{"model": "gpt-4", "messages": HELLO, "stream": True, **details}))


async def test_an_answer_in_one_piece_and_the_same_as_it_comes(front: Opener) -> None:
    """Whole, streamed, and to a prompt alone, an answer says the same, with its end and its counts."""
    async with front(ollama=True) as door:
        said = await ask(door, chat)
        lines = await ask(door, streamed)
        alone = await ask(door, lambda c: c.generate(model="gpt-4:latest", prompt="hello"))
        pieces = await ask(door, lambda c: list(c.generate(model="gpt-4", prompt="hello", stream=True)))
    assert "".join(line.message.content for line in lines) == said.message.content == alone.response
    assert "".join(piece.response for piece in pieces) == alone.response
    for end in (said, lines[-1], alone, pieces[-1]):
        assert (end.done, end.done_reason) == (True, "stop")
        assert end.eval_count > 0
        assert end.model == "gpt-4"


async def test_a_tool_is_called_and_its_result_taken(front: Opener) -> None:
    """A call arrives with its arguments as an object; the result, which names the tool alone, finds it."""

    def talk(client: ollama.Client) -> Any:
        first, lines = (
            chat(client, messages=CALL, tools=[TOOL]),
            streamed(client, messages=CALL, tools=[TOOL]),
        )
        result = {"role": "tool", "tool_name": "look_up", "content": "a panel"}
        return first, lines, chat(client, messages=[*CALL, first.message, result], tools=[TOOL])

    async with front(ollama=True) as door:
        first, lines, second = await ask(door, talk)
        sent = door.remote.state.requests[-1].body["messages"]
    (call,) = first.message.tool_calls
    (again,) = [made for line in lines for made in line.message.tool_calls or ()]
    assert call.function.arguments == again.function.arguments
    assert "word" in call.function.arguments
    assert sent[-1]["tool_call_id"] == sent[-2]["tool_calls"][0]["id"]
    assert second.message.content


async def test_a_form_and_a_picture_reach_the_remote(front: Opener) -> None:
    """A schema, options and a picture go on as they are meant; what is not known is named."""
    schema = {"type": "object", "properties": {"name": {"type": "string"}}, "required": ["name"]}
    seen: Any = [{"role": "user", "content": "what is it?", "images": [base64.b64decode(PIXEL)]}]
    async with front(ollama=True) as door:
        said = await ask(door, lambda c: chat(c, format=schema, options={"num_predict": 50, "seed": 7}))
        body = door.remote.state.requests[-1].body
        await ask(door, lambda c: chat(c, messages=seen))
        assert PIXEL in str(door.remote.state.requests[-1].body)
        told = {
            "model": "gpt-4",
            "stream": False,
            "messages": HELLO,
            "options": {"top_k": 1},
            "keep_alive": 1,
        }
        raw = await post(door, "/api/chat", told)
    assert "name" in said.message.content
    assert (body["max_completion_tokens"], body["seed"]) == (50, 7)
    assert raw.headers["x-jackfield-ignored"] == "keep_alive, options.top_k"


@pytest.mark.parametrize(("fault", "status"), [("500", 502), ("context", 400)])
async def test_a_failure_has_its_status_and_is_sent_once(front: Opener, fault: str, status: int) -> None:
    """A failure before the first line is a status, with words in the wire's shape."""
    async with front(ollama=True) as door:
        door.remote.play(fault)
        for manner in (chat, streamed):
            with pytest.raises(ollama.ResponseError, match="request") as failure:
                await ask(door, manner)
            assert failure.value.status_code == status
        assert door.remote.posts() == 2


@pytest.mark.parametrize("fault", ["cut", "drop"])
async def test_a_cut_answer_is_an_error_and_never_a_short_answer(front: Opener, fault: str) -> None:
    """An answer that breaks off ends in a line with an error, which the client raises."""
    async with front(ollama=True) as door:
        door.remote.play(fault)
        with pytest.raises(ollama.ResponseError, match="was not sent again"):
            await ask(door, streamed)
        assert door.remote.posts() == 1


async def test_signs_of_life_are_lines_that_say_nothing(front: Opener) -> None:
    """Its client parses every line there is, so that a sign of life is a piece without a word."""
    async with front(ollama=True, ping_seconds=0.01, quiet_seconds=0.01) as door:
        door.remote.play("slow")
        lines = await ask(door, streamed)
    assert [line.message.content for line in lines].count("") > 1
    assert lines[-1].done


async def test_models_are_listed_and_shown_and_turn_texts_into_vectors(front: Opener) -> None:
    """What its programs ask before they start: the list, one model, the version, and a model's loading."""
    async with front(ollama=True, aliases={"ada": "work:embedding-playground"}) as door:
        names = await ask(door, lambda c: [model.model for model in c.list().models])
        shown = await ask(door, lambda c: c.show("work/gpt-playground"))
        vectors = await ask(door, lambda c: c.embed(model="ada", input=["a", "b"]))
        one = await ask(door, lambda c: c.embeddings(model="ada", prompt="a"))
        loaded = await ask(door, lambda c: c.chat(model="work"))
        version = await door.get("/api/version", headers={"authorization": f"Bearer {TOKEN}"})
        with pytest.raises(ollama.ResponseError, match="this wire has"):
            await ask(door, lambda c: c.pull("work"))
        assert door.remote.state.executions == 0
    assert {"ada", "work", "work/gpt-playground"} <= set(names)
    assert {"completion", "tools", "vision", "embedding"} <= set(shown.capabilities)
    assert list(vectors.embeddings[0]) == list(one.embedding)
    assert (loaded.done_reason, version.json()["version"][:2]) == ("load", "0.")


async def test_it_is_not_spoken_unless_it_is_asked_for(front: Opener) -> None:
    """Without the setting nothing is there, and with it nothing without a token."""
    async with front() as door:
        assert (await post(door, "/api/chat", {"model": "gpt-4", "messages": HELLO})).status_code == 404
        assert (await door.get("/api/tags", headers={"authorization": f"Bearer {TOKEN}"})).status_code == 404
    async with front(ollama=True) as door:
        bare = await door.get("/api/tags")
    assert (bare.status_code, list(bare.json())) == (401, ["error"])


async def post(door: Door, path: str, body: Any) -> Any:
    """Ask without any client of its own."""
    return await door.get(path, method="POST", json=body, headers={"authorization": f"Bearer {TOKEN}"})
