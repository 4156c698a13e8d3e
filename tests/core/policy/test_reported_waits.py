"""Waits that the remote asks for where no request of ours fails by it."""

from __future__ import annotations

from typing import Any

import anyio
import pytest

from jackfield import (
    RateLimited,
    ResponseFinished,
    ResponseStarted,
    TextDelta,
    report_wait,
    wait_until_allowed,
)

pytestmark = [pytest.mark.anyio, pytest.mark.virtual_time]


async def test_a_wait_told_to_a_poll(make_manager: Any, script: Any) -> None:
    """P1: what a poll is told holds for every poll, look and request of the account."""
    times: list[float] = []

    async def poll() -> None:
        await wait_until_allowed()
        times.append(anyio.current_time())
        if len(times) == 1:
            report_wait(60.0)

    script.attempts = [[ResponseStarted(handle="1"), poll, 1.0, poll, TextDelta("done"), ResponseFinished()]]
    async with make_manager() as manager, anyio.create_task_group() as tasks:
        connection = await manager.add_provider("scripted")
        began = anyio.current_time()
        tasks.start_soon(connection.send, "Hi")
        await anyio.sleep(10)
        await connection.send("Hi")

    assert times[0] == began
    assert len(times) == 4
    assert min(times[1:]) - began >= 60


async def test_outside_of_a_connection() -> None:
    """P1: outside of a connection nobody has to wait, and nothing is reported to anybody."""
    report_wait(60.0)
    await wait_until_allowed()

    assert anyio.current_time() < 1


async def test_a_wait_told_to_a_request(make_manager: Any, script: Any) -> None:
    """P1: what one request is told holds for those that come after it; none of them goes out sooner."""
    sent: list[float] = []

    async def note() -> None:
        sent.append(anyio.current_time())

    script.attempts = [
        [RateLimited("slow down", retry_after=30.0)],
        [ResponseStarted(), note, TextDelta("Hello"), ResponseFinished()],
    ]
    async with make_manager() as manager, anyio.create_task_group() as tasks:
        connection = await manager.add_provider("scripted")
        began = anyio.current_time()
        tasks.start_soon(connection.send, "Hi")
        await anyio.sleep(1)
        for _ in range(20):
            tasks.start_soon(connection.send, "Hi")

    assert len(sent) == 21
    assert min(sent) - began >= 30
