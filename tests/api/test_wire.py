"""The connection itself, over a stream whose other end is played word for word."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import Any, Final

import anyio
import attrs
import pytest
from anyio.abc import ByteStream

from jackfield import Certainty, ConnectionLost, ProviderError, StreamInterrupted

pytestmark = pytest.mark.anyio

OK: Final = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"
FULL: Final = b"HTTP/1.1 507 Insufficient Storage\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}"


@attrs.define(eq=False)
class Peer(ByteStream):
    """One end of a connection: keeps what is written, as it was, and says its words when it is read from.

    Attributes:
        says: What is read.
        takes: How many writes it takes; at the next one it does what *then* says.
        then: What becomes of a write too many.
        after: How many writes it waits for before it says anything.
        written: What was written, one item a write.
    """

    says: bytes
    takes: int = 1000
    then: Callable[[], Any] | None = None
    after: int = 0
    written: list[bytes] = attrs.field(factory=list)
    _reached: anyio.Event = attrs.field(factory=anyio.Event, init=False)

    async def send(self, item: bytes) -> None:
        await anyio.lowlevel.checkpoint()
        if len(self.written) >= self.takes:
            assert self.then is not None
            await self.then()
        self.written.append(item)
        if len(self.written) >= self.after:
            self._reached.set()

    async def receive(self, max_bytes: int = 65536) -> bytes:
        await anyio.lowlevel.checkpoint()
        if len(self.written) < self.after:
            await self._reached.wait()
        says, self.says = self.says[:max_bytes], self.says[max_bytes:]
        if not says:
            raise anyio.EndOfStream
        return says

    async def send_eof(self) -> None:
        raise NotImplementedError

    async def aclose(self) -> None:
        self.takes = 0


async def hang_up() -> None:
    raise anyio.BrokenResourceError


async def endless(ended: list[bool]) -> AsyncIterator[bytes]:
    """Yield pieces of a body until it is closed, and note that it was."""
    try:
        while True:
            yield b"piece"
            await anyio.lowlevel.checkpoint()
    finally:
        ended.append(True)


@pytest.fixture
def connect(api: Any, monkeypatch: pytest.MonkeyPatch) -> Callable[[Peer], Any]:
    """Return a client whose next connection leads to a peer."""

    def start(peer: Peer, **settings: Any) -> Any:
        async def connected(*_: Any) -> Peer:
            await anyio.lowlevel.checkpoint()
            return peer

        monkeypatch.setattr(anyio, "connect_tcp", connected)
        return api.ApiClient("http://127.0.0.1:1", **settings)

    return start


async def test_one_segment(connect: Any) -> None:
    """A request leaves in one write, its body with its head."""
    peer = Peer(OK)

    async with connect(peer) as client:
        await client.request("POST", "/things", params={"of": "mine"}, json={"a": 1})

    [request] = peer.written
    assert request.startswith(b"POST /things?of=mine HTTP/1.1\r\nHost: 127.0.0.1:1\r\n")
    assert request.endswith(b'\r\n\r\n{"a": 1}')


async def test_pieces(connect: Any) -> None:
    """A body that comes in pieces leaves as it comes: the head, each piece as a chunk, the end."""

    async def pieces() -> AsyncIterator[bytes]:
        yield b"one"
        assert len(peer.written) == 2
        yield b"two"

    peer = Peer(OK)
    async with connect(peer) as client:
        await client.request("POST", "/", content=pieces())

    assert peer.written[1:] == [b"3\r\none\r\n", b"3\r\ntwo\r\n", b"0\r\n\r\n"]


async def test_answer_to_half_a_request(connect: Any) -> None:
    """A remote that answers and hangs up before it has read everything has its answer told, not the loss."""
    peer = Peer(FULL, takes=1, then=hang_up)

    async with connect(peer) as client:
        with pytest.raises(ProviderError) as caught:
            await client.request("POST", "/", files={"file": ("a.bin", b"x" * 10, "text/plain")})

    assert caught.value.status == 507


async def test_answer_to_half_a_request_and_no_end(api: Any, connect: Any) -> None:
    """A remote that answers and reads no further has its answer told, once the write's time is over."""
    peer = Peer(OK.replace(b"200", b"202"), takes=1, then=anyio.sleep_forever)

    async with connect(peer, timeouts=api.Timeouts(write=0.05)) as client:
        reply = await client.request("POST", "/", files={"file": ("a.bin", b"x" * 10, "text/plain")})

    assert reply.status == 202


async def test_refusal_of_half_a_request(api: Any, connect: Any) -> None:
    """Who is refused while there is more to write stops writing, and closes: nobody waits for the rest."""
    ended: list[bool] = []
    peer = Peer(FULL.replace(b"Connection: close\r\n", b""), after=3)
    async with connect(peer, timeouts=api.Timeouts(write=None)) as client:
        with anyio.fail_after(5), pytest.raises(ProviderError) as caught:
            await client.request("POST", "/", content=endless(ended))
        assert peer.takes == 0

    assert caught.value.status == 507
    assert ended == [True]
    assert b"0\r\n\r\n" not in peer.written


async def test_write_that_hangs(api: Any, connect: Any) -> None:
    """A write that comes to no end is ended by its limit, and the body's generator with it."""
    ended: list[bool] = []
    peer = Peer(b"", takes=3, then=anyio.sleep_forever)
    async with connect(peer, timeouts=api.Timeouts(write=0.05)) as client:
        with pytest.raises(ConnectionLost, match="WriteTimeout") as caught:
            await client.request("POST", "/", content=endless(ended))

    assert caught.value.certainty is Certainty.UNKNOWN
    assert ended == [True]


async def test_body_read_on_after_its_end(connect: Any) -> None:
    """Whoever goes on reading after the end is told again that it is over, and takes nobody else's bytes."""
    async with connect(Peer(OK + OK)) as client, client.stream("GET", "/") as reply:
        assert [piece async for piece in reply] == [b"{}"]
        assert [piece async for piece in reply] == []


async def test_chunks_of_one_read(connect: Any) -> None:
    """Chunks that came in one read are handed on in one go."""
    chunks = b"1\r\na\r\n2\r\nbc\r\n" * 3 + b"0\r\n\r\n"
    peer = Peer(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks)

    async with connect(peer) as client, client.stream("GET", "/") as reply:
        assert [piece async for piece in reply] == [b"abcabcabc"]


async def test_chunks_before_nonsense(connect: Any) -> None:
    """What came before a broken chunk is handed on before the error, though both came in one read."""
    peer = Peer(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n1\r\nb\r\nno chunk\r\n\r\n")

    async with connect(peer) as client, client.stream("GET", "/") as reply:
        assert await anext(reply) == b"ab"
        with pytest.raises(StreamInterrupted, match="Invalid character in chunk size"):
            await anext(reply)
