"""A provider over `ApiClient`, used as a program uses it: the core's promises as the wire sees them."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import anyio
import attrs
import pytest

from jackfield import (
    Certainty,
    ChatRequest,
    DecodedStream,
    Effect,
    Provider,
    ProviderClosed,
    ProviderManager,
    ProviderOptions,
    ProviderSpec,
    ProviderType,
    RateLimited,
    ResponseFinished,
    ResponseStarted,
    SSEDecoder,
    StreamEvent,
    TextDelta,
    hookimpl,
)

pytestmark = pytest.mark.anyio

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
TEXT = b"d\r\ndata: Hello\n\n\r\n"
DONE = b"e\r\ndata: [DONE]\n\n\r\n"
TOLD = b'event: error\ndata: {"error": {"type": "rate_limit_error", "message": "slow"}}\n\n'
ERROR = b"%x\r\n%s\r\n" % (len(TOLD), TOLD)
END = b"0\r\n\r\n"
BANNED = b"HTTP/1.1 429 X\r\nRetry-After-Ms: 400\r\nContent-Length: 0\r\n\r\n"
LONG = 30.0


class Decoder:
    """Ends an answer at the wire's own end mark."""

    def __init__(self, api: Any) -> None:
        self._api, self._sse = api, SSEDecoder()

    def feed(self, data: bytes, /) -> Iterator[StreamEvent]:
        for event in self._sse.feed(data):
            if event.event == "error":
                raise self._api.error_for(self._api.parse_json(event.data))
            if event.data == "[DONE]":
                yield ResponseFinished()
            else:
                yield from (ResponseStarted(), TextDelta(event.data))

    def finish(self) -> Iterator[StreamEvent]:
        return iter(())


@attrs.frozen(kw_only=True)
class WireOptions(ProviderOptions):
    base_url: str


class WireProvider(Provider):
    def __init__(self, api: Any, client: Any) -> None:
        self.api, self.client = api, client

    @asynccontextmanager
    async def stream(self, request: ChatRequest) -> AsyncIterator[AsyncIterator[StreamEvent]]:
        if request.messages[-1].text == "look first":
            with suppress(RateLimited):
                await self.client.request("GET", "/look")
        async with self.client.stream("POST", "/", json={"text": request.messages[-1].text}) as reply:
            yield DecodedStream(reply, Decoder(self.api))


@pytest.fixture
def connected(api: Any) -> Callable[[str], Any]:
    """Return a context of a manager with one connection to the given address, and that connection."""

    @asynccontextmanager
    async def opened(options: WireOptions) -> AsyncIterator[Provider]:
        async with api.ApiClient(options.base_url) as client:
            yield WireProvider(api, client)

    class Plugin:
        @hookimpl
        def jackfield_register_providers(self) -> list[ProviderSpec]:
            return [
                ProviderSpec(
                    name="wire",
                    title="A wire",
                    type=ProviderType.API_BASED,
                    options=WireOptions,
                    open=opened,
                    effect=Effect.EFFECT,
                )
            ]

    @asynccontextmanager
    async def manager(url: str) -> AsyncIterator[tuple[Any, Any]]:
        async with ProviderManager(plugins=[Plugin()]) as manager:
            yield manager, await manager.add_provider("wire", {"base_url": url, "base_delay": 0.01})

    return manager


async def test_end_mark(serve: Any, connected: Any) -> None:
    """Twenty sends whose decoder ends at the wire's end mark, before the body's end, use one connection."""
    server = serve((HEAD + TEXT + DONE, 0.004, END))

    async with connected(server.url) as (_, connection):
        for _ in range(20):
            assert (await connection.send("Hi")).content == "Hello"

    assert len(server.requests) == 20
    assert server.connections == 1


@pytest.mark.parametrize("way", ["removed", "left"])
async def test_closing(serve: Any, connected: Any, way: str) -> None:
    """X23, C10: what is on the wire ends with its connection and its manager, and its socket with it."""
    server = serve((HEAD + TEXT, LONG))
    errors: list[ProviderClosed] = []

    async def read(connection: Any) -> None:
        with pytest.raises(ProviderClosed) as caught:
            await connection.send("Hi")
        errors.append(caught.value)

    async with anyio.create_task_group() as group, connected(server.url) as (manager, connection):
        for _ in range(3):
            group.start_soon(read, connection)
        while len(server.requests) < 3:  # noqa: ASYNC110  it is told by a thread
            await anyio.sleep(0.01)
        await anyio.sleep(0.2)
        if way == "removed":
            await manager.remove_provider("wire")
            assert await anyio.to_thread.run_sync(server.wait_until_left)

    assert len(errors) == 3
    assert await anyio.to_thread.run_sync(server.wait_until_left)


async def test_a_look_that_is_banned(serve: Any, connected: Any) -> None:
    """P1: a 429 that a provider swallows, of a look, holds for its next request and for everybody's."""
    server = serve((BANNED,), (HEAD + TEXT + DONE + END,))

    async with connected(server.url) as (_, connection):
        before = time.monotonic()
        await connection.send("look first")
        assert time.monotonic() - before >= 0.4

    assert len(server.requests) == 2


async def test_ban_that_holds_the_others(serve: Any, connected: Any) -> None:
    """P1: during a ban nothing leaves, whoever asks."""
    server = serve((BANNED,), (HEAD + TEXT + DONE + END,))

    async with connected(server.url) as (_, connection), anyio.create_task_group() as group:
        before = time.monotonic()
        group.start_soon(connection.send, "look first")
        while not server.requests:  # noqa: ASYNC110  it is told by a thread
            await anyio.sleep(0.01)
        await anyio.sleep(0.1)
        await connection.send("Hi")
        assert time.monotonic() - before >= 0.4


async def test_error_inside_an_answer(serve: Any, connected: Any) -> None:
    """F11: an error event in an answer is told by its code and words, sent once, and had begun."""
    server = serve((HEAD + ERROR, LONG))

    async with connected(server.url) as (_, connection):
        with pytest.raises(RateLimited, match="slow") as caught:
            await connection.send("Hi")

    assert caught.value.code == "rate_limit_error"
    assert caught.value.certainty is Certainty.STARTED
    assert len(server.requests) == 1
