"""Many large messages at once."""

from __future__ import annotations

import tracemalloc
from typing import Any

import anyio
import pytest

from jackfield import ResponseFinished, ResponseStarted, TextDelta

pytestmark = [pytest.mark.anyio, pytest.mark.virtual_time]

MEGABYTE = 2**20
TEXT = "x" * (4 * MEGABYTE)


async def send_body() -> None:
    """Hold a body, as a wire does that sends one."""
    body = TEXT.encode()
    await anyio.sleep(1)
    assert len(body) == len(TEXT)


async def test_bodies_of_those_on_the_wire_only(opened: Any, script: Any) -> None:
    """X24: of fifty large messages no more bodies are held than may be on the wire; who waits holds none."""
    script.attempts = [[ResponseStarted(), send_body, TextDelta("read"), ResponseFinished()]]

    async with opened({"max_concurrency": 3, "max_message_bytes": 8 * MEGABYTE}) as connection:
        tracemalloc.start()
        async with anyio.create_task_group() as tasks:
            for _ in range(50):
                tasks.start_soon(connection.send, TEXT)
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()

    assert script.streams_left == 50
    assert script.most_on_wire == 3
    assert most < (3 + 1.5) * len(TEXT)
