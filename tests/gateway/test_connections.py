"""What a connection may take, at the socket: clients that are slow, many, or speak something else."""

from __future__ import annotations

import json
import logging
import os
import socket
import ssl
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager, suppress
from pathlib import Path
from typing import Any

import anyio
import anyio.lowlevel
import attrs
import pytest
from anyio.abc import SocketStream

from jackfield import (
    Provider,
    ProviderManager,
    ProviderType,
    ResponseStarted,
    ResponseStream,
    TextDelta,
)
from jackfield_gateway import Limits
from jackfield_gateway._connection import ClientConnection
from jackfield_playground import CodegenPlayground

from .bringing import Bringing
from .conftest import TOKEN, Door, Opener, adding_agent
from .test_openai_client import HELLO, until
from .test_places import seen_as

pytestmark = pytest.mark.anyio
TALK: Any = {"model": "talker", "messages": HELLO, "stream": True}
FILES = Path("/proc/self/fd")


async def heard(stream: SocketStream) -> bytes:
    """Return all that comes until the door closes."""
    found = b""
    with anyio.fail_after(30):
        async for data in stream:
            found += data
    return found


def health(door: Door) -> bytes:
    """Return a request that needs no token."""
    return f"GET /health HTTP/1.1\r\nhost: {door.address.removeprefix('http://')}\r\n".encode()


async def is_served(door: Door, client: SocketStream) -> bool:
    """Whether a connection gets an answer."""
    await client.send(health(door) + b"\r\n")
    told = b""
    with suppress(anyio.EndOfStream):
        while not told.endswith(b"}"):
            told += await client.receive()
    return told.startswith(b"HTTP/1.1 200 ")


async def test_a_client_that_speaks_tls_is_told_so(front: Opener, caplog: pytest.LogCaptureFixture) -> None:
    """It gets an answer that can be read, its library says what everybody knows, and the log has one line."""
    caplog.set_level(logging.DEBUG, "jackfield")
    async with front() as door:
        async with door.dialled() as client:
            await client.send(b"\x16")
            told = await heard(client)
        with pytest.raises((ssl.SSLError, anyio.BrokenResourceError)):
            await anyio.connect_tcp("127.0.0.1", int(door.address.rpartition(":")[2]), tls=True)
    assert told.startswith(b"HTTP/1.1 400 Bad Request\r\n")
    assert told.endswith(
        b"this is http://, and the client spoke TLS: its address has to begin with http://\n"
    )
    lines = [one for one in caplog.records if "spoke TLS" in one.getMessage()]
    assert [line.levelno for line in lines] == [logging.WARNING] * 2
    assert not [one for one in caplog.records if one.exc_info]


@pytest.mark.parametrize("upgrade", [True, False])
async def test_no_other_protocol_is_begun(front: Opener, upgrade: bool) -> None:
    """Neither a wish for HTTP/2 nor its first bytes lead past the one way in."""
    asked = b"connection: upgrade, http2-settings\r\nupgrade: h2c\r\nhttp2-settings: AAMAAABkAAQAAP__\r\n\r\n"
    async with front() as door, door.dialled() as client:
        said = health(door) + asked if upgrade else b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
        await client.send(said)
        told = await client.receive()
    assert told.startswith(b"HTTP/1.1 200 " if upgrade else b"HTTP/1.1 400 ")


async def test_more_connections_than_may_be_open_are_told_so(front: Opener) -> None:
    """One above the limit reads why, whatever it was about to ask; a place that becomes free is taken."""
    async with front(limits=Limits(connections=2)) as door:
        async with door.dialled(), door.dialled() as second:
            assert await is_served(door, second)
            async with door.dialled() as third:
                await third.send(health(door) + b"\r\n")
                told = await heard(third)
            assert told.startswith(b"HTTP/1.1 503 Service Unavailable\r\n")
            assert b"retry-after: 1\r\n" in told
            assert told.endswith(b"too many connections are open: 2 is the limit\n")
            assert await is_served(door, second)
        with anyio.fail_after(30):
            served = 0
            while served < 5:
                async with door.dialled() as client:
                    served += await is_served(door, client)


@contextmanager
def no_descriptor_left() -> Iterator[None]:
    """Let the process have no further file."""
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    fillers = []
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(int(one.name) for one in FILES.iterdir()) + 2, hard))
    try:
        while True:
            try:
                fillers.append(os.dup(0))
            except OSError:
                break
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        for filler in fillers:
            os.close(filler)


@pytest.mark.skipif(not FILES.is_dir(), reason="needs Linux's list of open files")
async def test_a_process_without_a_further_file_goes_on(
    front: Opener, caplog: pytest.LogCaptureFixture
) -> None:
    """Whoever opens connections without end does not end the door: it waits, and goes on where it was."""
    caplog.set_level(logging.WARNING, "jackfield")
    async with front() as door:
        with socket.socket() as client:
            client.settimeout(10)
            with no_descriptor_left():
                client.connect(("127.0.0.1", int(door.address.rpartition(":")[2])))
                await until(lambda: "gateway.not_accepted" in caplog.text)
            client.sendall(health(door) + b"\r\n")
            told = await anyio.to_thread.run_sync(client.recv, 1000)
    assert told.startswith(b"HTTP/1.1 200")


@pytest.mark.parametrize("is_begun", [False, True])
async def test_a_head_has_its_time(front: Opener, is_begun: bool) -> None:
    """A client that says nothing is closed; one that sends a line now and then is told why."""

    async def drip(client: SocketStream) -> None:
        await client.send(b"GET /health HTTP/1.1\r\n")
        while True:
            await client.send(b"x-more: 1\r\n")
            await anyio.sleep(0.01)

    limits = Limits(head_seconds=0.1)
    async with front(limits=limits) as door, door.dialled() as client, anyio.create_task_group() as tasks:
        if is_begun:
            tasks.start_soon(drip, client)
        told = await heard(client)
        tasks.cancel_scope.cancel()
    assert told.startswith(b"HTTP/1.1 408 Request Timeout") is is_begun
    assert told.endswith(b"the request's head came too slowly\n") is is_begun
    assert bool(told) is is_begun


async def test_a_connection_rests_for_a_while(front: Opener) -> None:
    """Between two requests it has a time of its own, after which it is closed without a word."""
    async with front(limits=Limits(head_seconds=0.05, rest_seconds=30)) as door, door.dialled() as client:
        for _ in range(2):
            assert await is_served(door, client)
            await anyio.sleep(0.15)
        assert await is_served(door, client)
    async with front(limits=Limits(rest_seconds=0.05)) as door, door.dialled() as client:
        assert await is_served(door, client)
        assert await heard(client) == b""


async def test_a_body_has_its_time(front: Opener) -> None:
    """One that comes too slowly is refused in the wire's own words, and closed; nothing of it is sent on."""
    async with front(body_seconds=0.05) as door:
        async with door.dialled() as client:
            await client.send(door.asking(b"{", length=1000))
            told = await heard(client)
        assert told.startswith(b"HTTP/1.1 408 ")
        assert json.loads(told.partition(b"\r\n\r\n")[2])["error"]["message"].startswith("the body did not")
        assert door.remote.posts() == 0


async def test_a_refusal_is_read_by_whoever_is_still_sending(front: Opener) -> None:
    """A wrong token is told while the body is on its way; it is not read, and the answer is not lost."""
    async with front() as door, door.dialled() as client, anyio.create_task_group() as tasks:
        asked = door.asking(b"{" * 900_000, length=1_000_000_000).replace(TOKEN.encode(), b"wrong")
        tasks.start_soon(client.send, asked)
        told = await heard(client)
        tasks.cancel_scope.cancel()
    assert told.startswith(b"HTTP/1.1 401 ")
    assert json.loads(told.partition(b"\r\n\r\n")[2])["error"]["code"] == "invalid_api_key"


async def test_a_reply_in_one_piece_is_one_write(front: Opener, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its head goes with its body; one without a body goes, too, and a stream's head with the first words."""
    writes: list[bytes] = []
    send = ClientConnection._send

    async def counted(self: ClientConnection, data: bytes) -> None:
        writes.append(data)
        await send(self, data)

    monkeypatch.setattr(ClientConnection, "_send", counted)
    headers = {"authorization": f"Bearer {TOKEN}"}
    async with front() as door:
        await door.get("/health")
        await door.get("/", method="HEAD")
        body = {"model": "work", "messages": HELLO, "stream": True}
        await door.get("/v1/chat/completions", method="POST", json=body, headers=headers)
    whole, head, first, *_, last = writes
    assert whole.endswith(b'{"status":"ok"}')
    assert head.endswith(b"\r\n\r\n")
    assert b"\r\n\r\n" in first[:-4]
    assert [one.startswith(b"HTTP/1.1 200") for one in (whole, head, first, last)] == [
        True,
        True,
        True,
        False,
    ]


def expecting(door: Door, body: bytes, **kwargs: Any) -> tuple[bytes, bytes]:
    """Return the head of a question that waits to be asked for its body, and the body."""
    head, _, rest = door.asking(body, **kwargs).partition(b"\r\n\r\n")
    return head + b"\r\nexpect: 100-continue\r\n\r\n", rest


async def test_a_body_is_asked_for_by_who_wants_to_read_it(front: Opener) -> None:
    """A client that expects it is told to go on, once; its connection is good for a further request."""
    async with front() as door, door.dialled() as client:
        head, body = expecting(door, json.dumps({"model": "work", "messages": HELLO}).encode())
        for _ in range(2):
            await client.send(head)
            asked = await client.receive()
            assert asked.startswith(b"HTTP/1.1 100 ")
            assert asked.endswith(b"\r\n\r\n")
            await client.send(body)
            told = b""
            while not told.endswith(b"}"):
                told += await client.receive()
            assert told.startswith(b"HTTP/1.1 200 ")
            assert b"connection: close" not in told


@pytest.mark.parametrize(
    ("put", "instead", "status"),
    [
        (TOKEN.encode(), b"wrong", 401),
        (b"content-length: 2", b"content-length: 1000000000", 413),
        (b"application/json", b"text/plain", 415),
        (b"host: 127.0.0.1", b"host: evil.com", 421),
        (b"\r\n\r\n", b"\r\norigin: https://evil.com\r\n\r\n", 403),
        (b"/v1/chat/completions", b"/v1/nothing", 404),
    ],
)
async def test_nobody_is_asked_for_a_body_that_is_refused(
    front: Opener, put: bytes, instead: bytes, status: int
) -> None:
    """The refusal is the first thing that a waiting client hears, and the last: no request follows."""
    async with front() as door, door.dialled() as client:
        head, _ = expecting(door, b"{}")
        await client.send(head.replace(put, instead))
        told = await heard(client)
        assert told.startswith(f"HTTP/1.1 {status} ".encode())
        assert told.count(b"HTTP/1.1") == 1
        assert told.count(b"connection: close\r\n") == 1
        assert door.remote.posts() == 0


@attrs.define(eq=False)
class _Talker(Provider):
    """A provider that talks without end."""

    @asynccontextmanager
    async def stream(self, request: Any) -> AsyncIterator[ResponseStream]:
        async def events() -> AsyncIterator[Any]:
            yield ResponseStarted()
            while True:
                await anyio.lowlevel.checkpoint()
                yield TextDelta("word " * 10_000)

        yield events()  # type: ignore[misc]


TALKERS = Bringing("talker", ProviderType.API_BASED, _Talker())


async def add_talker(manager: ProviderManager) -> None:
    """Add a connection to it."""
    await manager.add_provider("talker")


async def test_a_client_that_takes_nothing_is_left(front: Opener) -> None:
    """Who asks and does not read what comes keeps neither its place nor what is upstream."""
    limits = Limits(send_seconds=0.1)
    async with (
        front(add_talker, plugins=[TALKERS], limits=limits) as door,
        door.dialled() as client,
    ):
        await client.send(door.asking(json.dumps(TALK).encode()))
        await seen_as(door, "gone")
        assert door.manager.get_provider("talker").stats.left_early == 1


async def test_a_client_that_takes_nothing_does_not_keep_the_door_open(front: Opener) -> None:
    """When the grace is over the door closes, whoever has not read what was sent."""
    with anyio.fail_after(20):
        async with AsyncExitStack() as stack:
            door = await stack.enter_async_context(front(add_talker, plugins=[TALKERS], grace=0.05))
            client = await anyio.connect_tcp("127.0.0.1", int(door.address.rpartition(":")[2]))
            await client.send(door.asking(json.dumps(TALK).encode()))
            await seen_as(door, "under way")
        await client.aclose()


async def test_a_client_that_left_takes_no_connection(front: Opener, agent: CodegenPlayground) -> None:
    """A run is read to its end though its client has left; its connection is free at once."""
    agent.state.change(step_on_read=False, step_seconds=60)
    async with front(adding_agent(agent), limits=Limits(connections=1), grace=0) as door:
        async with door.dialled() as client:
            await client.send(door.asking(json.dumps({"model": "agent", "messages": HELLO}).encode()))
            await until(lambda: agent.state.runs_created == 1)
        with anyio.fail_after(10):
            while (await door.get("/health")).status_code != 200:
                pass
        told = await door.get("/status", headers={"authorization": f"Bearer {TOKEN}"})
    assert {"agent": "working on 1"}.items() <= {
        one["name"]: one["state"] for one in told.json()["connections"]
    }.items()
