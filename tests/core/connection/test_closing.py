"""Closing while requests are on the wire, wait, or are being opened."""

from __future__ import annotations

from typing import Any

import anyio
import pytest

from jackfield import (
    Certainty,
    ConnectFailed,
    ConnectionLost,
    ProviderClosed,
    ProviderContext,
    RateLimited,
    ResponseFinished,
    ResponseStarted,
    TextDelta,
)

pytestmark = [pytest.mark.anyio, pytest.mark.virtual_time]

STARTED, HELLO, DONE = ResponseStarted(handle="run-1"), TextDelta("Hello"), ResponseFinished()


async def test_the_end_of_the_block(opened: Any, script: Any) -> None:
    """X23, C10: what is on the wire or waits at the end of `connect`'s block ends at once."""
    script.attempts = [[STARTED, HELLO, 3600.0, DONE]]
    script.on_close = lambda: left.append(script.on_wire)
    left: list[int] = []
    responses: list[Any] = []

    async with anyio.create_task_group() as tasks, opened({"max_concurrency": 2}) as connection:

        async def ask() -> None:
            responses.append(await connection.answer("Hi"))

        for _ in range(500):
            tasks.start_soon(ask)
        await anyio.wait_all_tasks_blocked()
        began = anyio.current_time()

    assert anyio.current_time() == began
    assert left == [0]
    assert len(script.requests) == 2
    assert {type(response.error) for response in responses} == {ProviderClosed}
    told = sorted(response.error.certainty.value for response in responses)
    assert told == sorted([Certainty.NOT_SENT.value] * 498 + [Certainty.STARTED.value] * 2)


@pytest.mark.parametrize(
    ("failure", "certainty"),
    [
        (ConnectFailed("nobody listens"), Certainty.NOT_SENT),
        (RateLimited("slow down"), Certainty.REJECTED),
        (ConnectionLost("reset"), Certainty.UNKNOWN),
    ],
    ids=lambda one: type(one).__name__,
)
async def test_between_two_attempts(opened: Any, script: Any, failure: Any, certainty: Certainty) -> None:
    """C10: who only waits to ask again when it is closed hears what the attempts until then have shown."""
    script.attempts = [[failure], [HELLO, DONE]]
    responses: list[Any] = []
    options = {"base_delay": 1000.0, "cap_delay": 1000.0, "retry_uncertain": True, "timeout": None}

    async with anyio.create_task_group() as tasks, opened(options) as connection:

        async def ask() -> None:
            responses.append(await connection.answer("Hi"))

        tasks.start_soon(ask)
        await anyio.wait_all_tasks_blocked()

    assert type(responses[0].error) is ProviderClosed
    assert responses[0].error.certainty is certainty
    assert len(script.requests) == 1


async def test_a_reader_who_is_elsewhere(opened: Any, script: Any) -> None:
    """X23: a stream that nobody reads just now holds nobody up; its reader hears of it when it comes back."""
    script.attempts = [[STARTED, HELLO, DONE]]
    closing = anyio.Event()

    async def hold() -> None:
        async with opened() as connection:
            held.append(connection)
            ready.set()
            await closing.wait()
        gone.set()

    ready, gone = anyio.Event(), anyio.Event()
    held: list[Any] = []
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(hold)
        await ready.wait()
        async with held[0].stream("Hi") as stream:
            await anext(stream)
            closing.set()
            await gone.wait()
            assert anyio.current_time() < 1
            with pytest.raises(ProviderClosed):
                await anext(stream)


async def test_a_new_context(make_manager: Any, script: Any) -> None:
    """X23: a changed context ends what is on the wire, and the count goes on."""
    script.attempts = [[STARTED, 3600.0, DONE], [STARTED, 3600.0, DONE], [STARTED, HELLO, DONE]]
    responses: list[Any] = []
    async with make_manager(auth_types={"token"}) as manager:
        await manager.add_provider("scripted", {"max_concurrency": 2})
        await manager.set_provider_context("scripted", context("first"))
        connection = manager.get_provider("scripted")

        async def ask() -> None:
            responses.append(await connection.answer("Hi"))

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(ask)
            tasks.start_soon(ask)
            await anyio.wait_all_tasks_blocked()
            await manager.set_provider_context("scripted", context("second"))
        assert [type(response.error) for response in responses] == [ProviderClosed] * 2
        assert (await connection.send("Hi")).content == "Hello"
        assert connection is manager.get_provider("scripted")
        assert connection.stats.requests == 3

    assert script.most_on_wire == 2


def context(token: str) -> ProviderContext:
    return ProviderContext("scripted", credentials={"token": token})
