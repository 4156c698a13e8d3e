"""Providers whose own code is wrong: it is told as theirs, and ends nobody else."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import anyio
import pytest

from jackfield import (
    ChatRequest,
    ConnectionLost,
    ContractBroken,
    Provider,
    ResponseFinished,
    ResponseStarted,
    TextDelta,
)

pytestmark = [pytest.mark.anyio, pytest.mark.virtual_time]

STARTED, DONE = ResponseStarted(handle="run-1"), ResponseFinished()


class Native(BaseException):
    """What a native part raises in a panic: no `Exception`."""


@pytest.mark.parametrize("kind", [SystemExit, Native, KeyError])
@pytest.mark.parametrize("begun", [False, True])
async def test_what_ends_a_program(
    make_manager: Any, script: Any, kind: type[BaseException], *, begun: bool
) -> None:
    """G2: what would end the program is the plugin's fault; others asked at once have answers."""
    script.attempts = [[*([STARTED] if begun else []), kind("x")], [STARTED, TextDelta("Hello"), DONE]]
    async with make_manager() as manager:
        for name in ("one", "other"):
            await manager.add_provider("scripted", name=name)
        # Which of the two is asked first, and meets the fault, is the event loop's choice.
        async with manager.send_message_parallel("Hi", ["one", "other"]) as responses:
            found = [response async for response in responses]
        bad, good = sorted(found, key=lambda response: response.success)
        assert (await manager.send_message(bad.connection, "Hi")).content == "Hello"

    assert good.content == "Hello"
    assert isinstance(bad.error, ContractBroken)
    assert "scripted raised" in str(bad.error)


@pytest.mark.parametrize("nothing", [(), (None,)], ids=["no iterator", "None"])
async def test_a_bare_yield(opened: Any, nothing: tuple[None, ...]) -> None:
    """G5: a stream that is no iterator, as after a bare `yield`, breaks the contract."""

    class Bare(Provider):
        @asynccontextmanager
        async def stream(self, _: ChatRequest) -> Any:
            yield nothing[0] if nothing else 5

    @asynccontextmanager
    async def open_provider(_: Any) -> AsyncIterator[Provider]:
        yield Bare()

    async with opened(open=open_provider) as connection:
        with pytest.raises(ContractBroken, match="not an iterator"):
            await connection.send("Hi")
        assert connection.slots.in_flight == 0
        assert (connection.stats.failed, connection.stats.succeeded) == (1, 0)


@pytest.mark.parametrize("events", [[], [STARTED], [STARTED, TextDelta("so far")]], ids=len)
async def test_a_library_s_error_renamed(opened: Any, events: list[Any]) -> None:
    """G3: a provider that makes a library's error one of ours is believed, early and late."""

    class Renaming(Provider):
        @asynccontextmanager
        async def stream(self, _: ChatRequest) -> AsyncIterator[Any]:
            async def told() -> AsyncIterator[Any]:
                for event in events:
                    yield event
                raise OSError("the library's")

            try:
                yield told()
            except OSError as error:
                await anyio.lowlevel.checkpoint()
                raise ConnectionLost("the wire broke") from error

    @asynccontextmanager
    async def open_provider(_: Any) -> AsyncIterator[Provider]:
        yield Renaming()

    async with opened(open=open_provider) as connection:
        with pytest.raises(ConnectionLost, match="the wire broke") as caught:
            await connection.send("Hi")

    assert caught.value.partial == ("so far" if len(events) == 2 else "")
