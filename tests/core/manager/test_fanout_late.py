"""Providers that do not heed the end of a fan-out."""

from __future__ import annotations

from typing import Any

import anyio
import pytest

from jackfield import ResponseFinished, ResponseStarted, TextDelta

pytestmark = [pytest.mark.anyio, pytest.mark.virtual_time]

GOOD = [ResponseStarted(), TextDelta("Hello"), ResponseFinished()]


async def deaf() -> None:
    """Go on for a minute, whoever cancels it."""
    with anyio.CancelScope(shield=True):
        await anyio.sleep(60)


@pytest.mark.parametrize("streamed", [False, True])
async def test_a_job_that_outlives_its_reader(make_manager: Any, script: Any, *, streamed: bool) -> None:
    """G11, C6: whoever leaves is let go after some seconds, and what comes later ends nobody's manager."""
    script.attempts = [[ResponseStarted(), deaf, TextDelta("late"), ResponseFinished()], GOOD]
    async with make_manager() as manager:
        for name in ("deaf", "good"):
            await manager.add_provider("scripted", name=name)
        began = anyio.current_time()
        ask = manager.stream_parallel if streamed else manager.send_message_parallel
        async with ask("Hi", ["deaf"]):
            await anyio.sleep(1)
        assert anyio.current_time() - began < 15

        await anyio.sleep(100)
        assert (await manager.send_message("good", "Hi")).content == "Hello"
    assert script.on_wire == 0
