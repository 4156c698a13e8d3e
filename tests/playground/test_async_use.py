"""The stand-in serves clients on any event loop, and its switches never block one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import anyio
import anyio.to_thread
import httpx
import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from jackfield_playground import CodegenPlayground

pytestmark = pytest.mark.anyio
CALLERS = 50


async def test_many_at_once(playground: CodegenPlayground) -> None:
    """Fifty callers at once get fifty runs with fifty ids."""
    numbers: set[int] = set()

    async def ask() -> None:
        answer = await client.post("/agent/run", json={"prompt": "hi"})
        numbers.add(answer.json()["id"])

    async with new_client(playground) as client, anyio.create_task_group() as tasks:
        for _ in range(CALLERS):
            tasks.start_soon(ask)

    assert numbers == set(range(1, CALLERS + 1))
    assert playground.state.runs_created == CALLERS


async def test_killed_in_mid_run(
    playground: CodegenPlayground, eventually: Callable[[Callable[[], object]], None]
) -> None:
    """A request that waits for its answer fails when the server is killed from the client's own loop."""
    playground.state.delay_next(3600, route="run")
    failures: list[Exception] = []

    async def wait_for_answer(number: int) -> None:
        try:
            await client.get(f"/agent/run/{number}")
        except httpx.TransportError as error:
            failures.append(error)

    async with new_client(playground) as client:
        number = (await client.post("/agent/run", json={"prompt": "playground:never-ends"})).json()["id"]
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(wait_for_answer, number)
            await anyio.to_thread.run_sync(eventually, lambda: len(playground.state.requests) == 2)
            playground.kill()

    assert len(failures) == 1
    assert playground.state.requests[-1].status is None


def new_client(playground: CodegenPlayground) -> httpx.AsyncClient:
    return httpx.AsyncClient(
        base_url=f"{playground.base_url}/v1/organizations/{playground.org_id}",
        headers={"Authorization": f"Bearer {playground.token}"},
        trust_env=False,
        timeout=30,
    )
