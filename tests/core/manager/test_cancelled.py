"""A program that is cancelled: its requests end before what they run on is closed."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import anyio
import pytest

from jackfield import Provider, ProviderOptions

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


async def test_a_cancelled_removal_has_closed(make_manager: Any, silent: Provider) -> None:
    """R1: whoever removes a connection and is cancelled goes on when it is closed, not before."""
    closed: list[str] = []

    @asynccontextmanager
    async def open_provider(_: ProviderOptions) -> AsyncIterator[Provider]:
        try:
            yield silent
        finally:
            await anyio.sleep(0.05)
            closed.append("closed")

    async with make_manager(open=open_provider, auth_types={"none"}) as manager:
        await manager.add_provider("scripted")
        with anyio.CancelScope() as caller:
            caller.cancel()
            await manager.remove_provider("scripted")
        assert closed


@pytest.mark.virtual_time
async def test_a_name_that_is_added_anew(make_manager: Any, silent: Provider) -> None:
    """R7: of several who remove one connection none takes away the one that has its name by then."""

    @asynccontextmanager
    async def open_provider(_: ProviderOptions) -> AsyncIterator[Provider]:
        yield silent
        with anyio.CancelScope(shield=True):
            await anyio.sleep(20)

    async with make_manager(open=open_provider, auth_types={"none"}) as manager:
        await manager.add_provider("scripted")
        async with anyio.create_task_group() as tasks:
            for _ in range(2):
                tasks.start_soon(manager.remove_provider, "scripted")
                await anyio.sleep(3)
            # The first has waited for as long as closing may take; the second waits on.
            await manager.add_provider("scripted")
        assert manager.list_providers() == ["scripted"]
