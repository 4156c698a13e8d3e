"""A program that is cancelled: its requests end before what they run on is closed."""

from __future__ import annotations

from typing import Any

import anyio
import pytest

pytestmark = pytest.mark.anyio


async def test_requests_end_before_connections(make_manager: Any, script: Any) -> None:
    """When the whole program is cancelled in mid-stream, the stream is left before the provider is closed."""
    seen: list[int] = []
    script.attempts = [[*script.attempts[0][:2], 3600.0]]
    with anyio.CancelScope() as program:
        async with make_manager() as manager:
            await manager.add_provider("scripted")
            try:
                async with manager.stream_message("scripted", "Hi") as stream:
                    await anext(stream)
                    await anext(stream)
                    program.cancel()
                    await anext(stream)
            finally:
                seen += [script.streams_left, script.closed]

    assert seen == [1, 0]
    assert (script.closed, script.on_wire) == (1, 0)
