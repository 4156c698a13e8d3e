"""An agent's run goes on when nobody waits for it: whoever asks the same again gets its answer."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import anyio
import httpx2
import pytest

from jackfield_gateway._runs import Run, Runs
from jackfield_playground import CodegenPlayground

from .conftest import Door, Opener, adding_agent
from .test_openai_client import post, until

pytestmark = pytest.mark.anyio

BODY: Any = {"model": "agent", "messages": [{"role": "user", "content": "tell me of cats"}]}


async def leave(door: Door, agent: CodegenPlayground, body: Any = BODY) -> None:
    """Ask, and hang up as soon as there is a run."""
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(post, door, body)
        await until(lambda: agent.state.runs_created == 1)
        tasks.cancel_scope.cancel()


@pytest.mark.parametrize("stream", [True, False])
async def test_a_run_is_read_to_its_end_when_its_client_left(
    front: Opener, agent: CodegenPlayground, stream: bool
) -> None:
    """A hang-up stops nothing that cannot be stopped: the same question attaches to the run."""
    body = {**BODY, "stream": stream}
    async with front(adding_agent(agent)) as door:
        await leave(door, agent, body)
        again = await post(door, body)
        assert agent.state.runs_created == 1
    assert again.headers["x-jackfield-repeat"] == "attached"
    assert "cats" in again.text


async def test_a_run_outlives_the_door(front: Opener, agent: CodegenPlayground, tmp_path: Path) -> None:
    """A door that closes before the run ends has written its name down, and the next one takes it up."""
    agent.state.change(step_on_read=False, step_seconds=0.3)
    file = tmp_path / "kept"

    async def ask(door: Door) -> None:
        with pytest.raises(httpx2.TransportError):
            await post(door, BODY)

    async with (
        anyio.create_task_group() as tasks,
        front(adding_agent(agent), grace=0.05, threads_file=file) as door,
    ):
        tasks.start_soon(ask, door)  # noqa: ASYNC111  the door closes while it is asked
        await until(lambda: file.exists() and b"agent" in file.read_bytes())
    agent.state.change(step_on_read=True)
    async with front(adding_agent(agent), threads_file=file) as door:
        again = await post(door, BODY)
        assert agent.state.runs_created == 1
        later = await post(
            door, {**BODY, "messages": [*BODY["messages"], answer_of(again), *BODY["messages"]]}
        )
        fresh = await post(door, BODY, **{"x-jackfield-fresh": "1"})
    assert again.headers["x-jackfield-repeat"] == "attached"
    assert later.headers["x-jackfield-conversation"] == "continued"
    assert "x-jackfield-repeat" not in fresh.headers
    assert agent.state.runs_created == 2
    assert b"cats" not in file.read_bytes()


async def test_an_answer_that_nobody_got_outlives_the_door(
    front: Opener, agent: CodegenPlayground, tmp_path: Path
) -> None:
    """A run that ended within the grace, when its client had left, is not begun again for who asks again."""
    file = tmp_path / "kept"
    async with front(adding_agent(agent), threads_file=file, grace=20) as door:
        await leave(door, agent)
    async with front(adding_agent(agent), threads_file=file) as door:
        first, second = await post(door, BODY), await post(door, BODY)
    async with front(adding_agent(agent), threads_file=file) as door:
        later = await post(door, BODY)
    told = [one.headers.get("x-jackfield-repeat") for one in (first, second, later)]
    assert (told, agent.state.runs_created) == (["attached", "attached", None], 2)


def answer_of(reply: Any) -> Any:
    """Return an answer as a client says it again."""
    return {"role": "assistant", "content": reply.json()["choices"][0]["message"]["content"]}


async def test_a_run_is_forgotten_when_its_answer_was_told(tmp_path: Path) -> None:
    """What was forgotten is not found; nothing is kept where there is no file."""
    for file, found in ((None, None), (tmp_path / "kept", Run("agent", "7"))):
        runs = Runs(file)
        await runs.keep(b"key", Run("agent", "7"))
        assert await runs.find(b"key") == found
        await runs.forget(b"key")
        assert await runs.find(b"key") is None
