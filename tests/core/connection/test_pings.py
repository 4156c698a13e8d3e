"""Wires that are kept alive without saying anything."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import anyio
import attrs
import pytest

from jackfield import ChatRequest, DecodedStream, Provider, ResponseStarted, RunTimeout, StreamEvent

pytestmark = [pytest.mark.anyio, pytest.mark.virtual_time]


@attrs.define(eq=False)
class Pinging:
    """A wire that begins, and then sends a ping a second, for ever."""

    read_timeout: float | None
    reads: int = 0

    def __aiter__(self) -> Pinging:
        return self

    async def __anext__(self) -> str:
        await anyio.sleep(1)
        self.reads += 1
        return "started" if self.reads == 1 else ": ping"


class Comments:
    """A decoder that has no event for a ping."""

    def feed(self, data: str, /) -> Sequence[StreamEvent]:
        return [ResponseStarted(handle="run-1")] if data == "started" else []

    def finish(self) -> Sequence[StreamEvent]:
        return ()


@attrs.define(eq=False)
class PingingProvider(Provider):
    wire: Pinging
    read_timeout: float | None

    @asynccontextmanager
    async def stream(self, _: ChatRequest) -> AsyncIterator[DecodedStream[str]]:
        yield DecodedStream(self.wire, Comments())


@pytest.mark.parametrize("read_timeout", [None, 5.0])
async def test_pings_keep_nothing_alive(opened: Any, read_timeout: float | None) -> None:
    """F4, N10, N11: pings are no events, whoever ends a silent read: the request is over when its time is."""
    wire = Pinging(read_timeout)

    @asynccontextmanager
    async def open_provider(_: Any) -> AsyncIterator[Provider]:
        yield PingingProvider(wire, read_timeout)

    async with opened(open=open_provider) as connection:
        began = anyio.current_time()
        with pytest.raises(RunTimeout) as caught:
            await connection.send("Hi", timeout=20.5)
        assert anyio.current_time() - began == pytest.approx(20.5)
        assert connection.slots.in_flight == 0

    assert (caught.value.handle, wire.reads) == ("run-1", 20)
