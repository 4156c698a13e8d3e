"""What holds on every wire alike: signs of life, hang-ups, limits, deadlines, the end of the door."""

from __future__ import annotations

import json
from typing import Any

import anyio
import pytest

from jackfield import ProviderManager
from jackfield_playground import OpenAIPlayground

from .conftest import TOKEN, Door, Opener, connect
from .test_openai_client import HELLO, left, until

pytestmark = pytest.mark.anyio

GEMINI = "/v1beta/models/work:streamGenerateContent"
CONTENTS: Any = {"contents": [{"parts": [{"text": "hello"}]}]}
STREAMS: dict[str, tuple[str, Any]] = {
    "chat": ("/v1/chat/completions", {"model": "work", "messages": HELLO, "stream": True}),
    "responses": ("/v1/responses", {"model": "work", "input": "hello", "stream": True}),
    "messages": (
        "/v1/messages",
        {"model": "work", "messages": HELLO, "max_tokens": 2000, "stream": True},
    ),
    "gemini": (f"{GEMINI}?alt=sse", CONTENTS),
    "gemini's list": (GEMINI, CONTENTS),
    "ollama": ("/api/chat", {"model": "work", "messages": HELLO}),
}
WHOLE: dict[str, tuple[str, Any]] = {
    **{name: (path, {**body, "stream": False}) for name, (path, body) in STREAMS.items() if "model" in body},
    "gemini": (GEMINI.replace("streamGenerate", "generate"), CONTENTS),
}
PINGS = {
    "chat": b": ping\n\n",
    "responses": b": ping\n\n",
    "messages": b"event: ping\n",
    "gemini": b"\n\n\n",
    "gemini's list": b"\n\n",
    "ollama": b'"content":""},"done":false}\n',
}
"""Signs of life; a blank is one by itself where others stand beside it."""


async def post(door: Door, path: str, body: Any) -> Any:
    """Ask on any wire."""
    return await door.get(path, method="POST", json=body, headers={"authorization": f"Bearer {TOKEN}"})


@pytest.mark.parametrize("wire", STREAMS)
async def test_a_silent_answer_gives_signs_of_life(front: Opener, wire: str) -> None:
    """While nothing comes, something is sent, before the first word and behind it; the answer stays whole."""
    async with front(ping_seconds=0.005, quiet_seconds=0.005, ollama=True) as door:
        door.remote.play("slow")
        answer = await post(door, *STREAMS[wire])
    assert answer.status_code == 200
    assert PINGS[wire] in answer.content
    assert b"responder" in answer.content


@pytest.mark.parametrize("streamed", [True, False])
@pytest.mark.parametrize("wire", WHOLE)
async def test_a_hang_up_leaves_what_is_upstream(front: Opener, wire: str, streamed: bool) -> None:
    """Streamed or not, on every wire, the only reader's leaving is told to the remote, and asked once."""
    async with front(ollama=True) as door:
        door.remote.play("hang")
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(post, door, *(STREAMS if streamed else WHOLE)[wire])
            await until(lambda: door.remote.posts() == 1)
            tasks.cancel_scope.cancel()
        await until(lambda: left(door) == 1)
        assert door.remote.posts() == 1


@pytest.mark.parametrize("wire", ["messages", "gemini", "ollama"])
async def test_more_than_can_be_worked_on_are_told_to_come_back(front: Opener, wire: str) -> None:
    """The one above the limit is told so in its wire's shape, and that it may come again by itself."""
    async with front(ollama=True, max_requests=1, wait_seconds=0) as door:
        door.remote.play("hang")
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(post, door, *STREAMS["chat"])
            await until(lambda: door.remote.posts() == 1)
            refused = await post(door, *WHOLE[wire])
            tasks.cancel_scope.cancel()
        assert door.remote.posts() == 1
    assert refused.status_code in {503, 529}
    assert (refused.headers["retry-after"], refused.headers["x-should-retry"]) == ("1", "true")
    assert "too many requests are under way" in json.dumps(refused.json()["error"])


@pytest.mark.parametrize(("wire", "status"), [("chat", 504), ("gemini", 409)])
async def test_a_deadline_that_passes_is_told_and_nothing_is_asked_again(
    front: Opener, remote: OpenAIPlayground, wire: str, status: int
) -> None:
    """What may have been acted on within the time is not to be repeated by a client of itself."""

    async def hasty(manager: ProviderManager) -> None:
        await connect(manager, remote, "hasty", timeout=3.0)

    path, body = WHOLE[wire]
    named = {**body, "model": "hasty"} if "model" in body else body
    async with front(hasty, ollama=True) as door:
        door.remote.play("silent")
        late = await post(door, path.replace("work", "hasty"), named)
        assert door.remote.posts() == 1
    assert (late.status_code, late.headers["x-should-retry"]) == (status, "false")
    assert "the time limit ended the request" in json.dumps(late.json()["error"])


async def test_a_door_that_closes_lets_its_answers_end(front: Opener) -> None:
    """What is under way when the end is told comes whole, within the grace."""
    answers: list[Any] = []

    async def ask(door: Door) -> None:
        answers.append(await post(door, *STREAMS["chat"]))

    async with anyio.create_task_group() as tasks, front(grace=20) as door:
        door.remote.play("slow")
        tasks.start_soon(ask, door)  # noqa: ASYNC111  the door closes while it is asked
        await until(lambda: door.remote.posts() == 1)
    assert answers[0].text.endswith("data: [DONE]\n\n")
