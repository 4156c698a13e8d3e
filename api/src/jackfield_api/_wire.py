"""HTTP/1.1 on one connection of its own: `anyio` moves the bytes, `h11` knows the protocol.

The HTTP library's transport makes a pool for its connection, and for each request a place in its queue, two
requests, three responses and four generators, one inside the other: more work than the request itself, and
twice the memory of a stream that is held open. Here is what is left of that for one request after another.
Errors are the library's, so that whoever reads them need not know who made the connection.
"""

from __future__ import annotations

import math
import select
import socket
import ssl
from collections.abc import AsyncIterable, Awaitable, Callable, Iterable
from contextlib import suppress
from functools import partial
from typing import Any, Final, NamedTuple, Self

import anyio
import anyio.lowlevel
import h11
from anyio.abc import ByteStream, SocketAttribute
from anyio.streams.tls import TLSStream

from ._compat import http
from ._requests import OnePiece

CLEANUP_SECONDS: Final = 5.0
"""What closing may take."""

_PORTS: Final = {"http": 80, "https": 443}
_LARGEST_HEAD: Final = 100 * 2**10
_PIECE: Final = 2**16
_SWITCHING: Final = 101


class Answer(NamedTuple):
    """The head of an answer, and its body.

    Attributes:
        status: The HTTP status.
        headers: The headers as they came.
        body: What follows them.
    """

    status: int
    headers: Iterable[tuple[bytes, bytes]]
    body: AsyncIterable[bytes]


class Wire:
    """One connection, made by its first request; one request after another.

    Args:
        tls: The context of an https connection.
    """

    def __init__(self, tls: ssl.SSLContext) -> None:
        self._tls = tls
        self._stream: ByteStream | None = None
        self._socket: socket.socket | None = None
        self._h11 = h11.Connection(h11.CLIENT, max_incomplete_event_size=_LARGEST_HEAD)
        self._ahead: Any = None

    async def ask(self, request: http.Request) -> Answer:
        """Send *request*; return its answer when the head is there. Tells `trace` when the request leaves.

        Raises:
            httpx.TransportError, h11.ProtocolError, OSError: What went wrong. Close it then.
        """
        timeouts = request.extensions["timeout"]
        if self._stream is None:
            await self._connect(request.url, timeouts["connect"])
        if (trace := request.extensions.get("trace")) is not None:
            await trace("http11.send_request_headers.started", {"request": request})
        await self._write_all(request, timeouts["write"])
        head = await self._next_event(timeouts["read"])
        while isinstance(head, h11.InformationalResponse) and head.status_code != _SWITCHING:
            head = await self._next_event(timeouts["read"])
        return Answer(head.status_code, head.headers.raw_items(), _Body(self, timeouts["read"]))

    async def _connect(self, url: http.URL, seconds: float | None) -> None:
        host, port = url.raw_host.decode("ascii"), url.port or _PORTS[url.scheme]
        try:
            with anyio.fail_after(seconds):
                self._stream = await anyio.connect_tcp(host, port)
                self._socket = self._stream.extra(SocketAttribute.raw_socket, None)  # noqa: S610
                if url.scheme == "https":
                    # From here on it is closed with this object, even if the handshake is cancelled.
                    self._stream = await TLSStream.wrap(
                        self._stream, hostname=host, ssl_context=self._tls, standard_compatible=False
                    )
        except TimeoutError as error:
            raise http.ConnectTimeout(str(error)) from error
        except (OSError, anyio.BrokenResourceError, anyio.EndOfStream) as error:
            raise http.ConnectError(_why(error)) from error

    async def _write_all(self, request: http.Request, seconds: float | None) -> None:
        told = self._sent(
            h11.Request(method=request.method, target=request.url.raw_path, headers=request.headers.raw)
        )
        try:
            if isinstance(request.stream, OnePiece):
                # In one go: two segments would cost as much again, and some servers answer the first late.
                told += self._sent(h11.Data(data=request.stream.body)) + self._sent(h11.EndOfMessage())
                write = partial(self._write, told, seconds)
                await (write() if len(told) <= _PIECE else self._while_hearing(write))
            else:
                assert isinstance(request.stream, AsyncIterable)
                await self._while_hearing(partial(self._write_pieces, told, request.stream, seconds))
        except http.WriteError:
            # A server may answer and hang up before it has read everything; the answer says why.
            pass
        except http.WriteTimeout:
            # Or it reads no further, and leaves hanging up to us.
            if not self._h11.trailing_data[0]:
                raise

    async def _while_hearing(self, write: Callable[[], Awaitable[None]]) -> None:
        """Write what takes a while, and take in meanwhile what the server says.

        What nobody has read when the connection breaks is lost on asyncio, and with TLS on trio as well.
        """
        failure: Exception | None = None
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(self._hear)
            # So that it listens before the first byte leaves.
            await anyio.lowlevel.checkpoint()
            try:
                await write()
            except Exception as error:  # noqa: BLE001  raised below: the task group would wrap it
                failure = error
            tasks.cancel_scope.cancel()
        if failure is not None:
            raise failure

    async def _hear(self) -> None:
        heard = 0
        # Whatever is wrong with the connection, the writing or the reading of the answer tells it.
        with suppress(Exception):
            while heard < _LARGEST_HEAD and (data := await self._read(None)):
                self._h11.receive_data(data)
                heard += len(data)

    async def _write_pieces(self, head: bytes, pieces: AsyncIterable[bytes], seconds: float | None) -> None:
        await self._write(head, seconds)
        iterator = aiter(pieces)
        try:
            async for piece in iterator:
                await self._write(self._sent(h11.Data(data=piece)), seconds)
        finally:
            # A generator that is left lying would be closed by the collector, elsewhere and later.
            if close := getattr(iterator, "aclose", None):
                await close()  # noqa: ASYNC102  the caller's own clean-up, cancelled as the caller is
        await self._write(self._sent(h11.EndOfMessage()), seconds)

    def _sent(self, event: h11.Event) -> bytes:
        return self._h11.send(event) or b""

    async def _write(self, data: bytes, seconds: float | None) -> None:
        assert self._stream is not None
        if not data:
            return
        try:
            with _within(seconds):
                await self._stream.send(data)
                return
        except (anyio.BrokenResourceError, anyio.ClosedResourceError) as error:
            raise http.WriteError(str(error)) from error
        raise http.WriteTimeout("")

    async def _read(self, seconds: float | None) -> bytes:
        assert self._stream is not None
        try:
            with _within(seconds):
                return await self._stream.receive(_PIECE)
        except anyio.EndOfStream:
            return b""
        except (anyio.BrokenResourceError, anyio.ClosedResourceError) as error:
            raise http.ReadError(str(error)) from error
        raise http.ReadTimeout("")

    async def _next_event(self, seconds: float | None) -> Any:
        while (event := self._h11.next_event()) is h11.NEED_DATA:
            data = await self._read(seconds)
            if not data and self._h11.their_state is h11.SEND_RESPONSE:
                raise http.RemoteProtocolError("Server disconnected without sending a response.")
            self._h11.receive_data(data)
        return event

    async def next_piece(self, seconds: float | None) -> bytes | None:
        """Return what has arrived of the answer's body, or arrives next; None at its end."""
        event, self._ahead = self._ahead or await self._next_event(seconds), None
        if isinstance(event, Exception):
            raise event
        if not isinstance(event, h11.Data):
            self._ahead = event
            return None
        # Many small chunks that came in one read are handed on in one go: each hand costs more than a chunk.
        pieces = [event.data]
        try:
            while isinstance(event := self._h11.next_event(), h11.Data):
                pieces.append(event.data)
        except h11.RemoteProtocolError as error:
            # What came before it comes first.
            event = error
        self._ahead = None if event is h11.NEED_DATA else event
        return bytes(pieces[0]) if len(pieces) == 1 else b"".join(pieces)

    @property
    def has_ended_answer(self) -> bool:
        """Whether the answer's end is known to be next."""
        return isinstance(self._ahead, h11.EndOfMessage)

    async def end_answer(self) -> bool:
        """Get ready for the next request; return whether the answer leaves the connection good for one."""
        self._ahead = None
        is_good = self._h11.our_state is self._h11.their_state is h11.DONE
        if is_good:
            self._h11.start_next_cycle()
        return is_good

    @property
    def is_idle(self) -> bool:
        """Whether it waits for a request, and nothing was taken off the socket that nobody has read."""
        return self._h11.our_state is h11.IDLE and not self._h11.trailing_data[0]

    @property
    def stream(self) -> ByteStream | None:
        """What the bytes come from."""
        return self._stream

    @property
    def has_hung_up(self) -> bool:
        """Whether the remote has closed it, or sent what nobody asked for, while it was idle."""
        return self._socket is None or _is_readable(self._socket.fileno())

    async def aclose(self) -> None:
        """Close it, whatever is under way."""
        if self._stream is not None:
            await self._stream.aclose()


class _Body:
    """The body of one answer: an iterator of its bytes."""

    __slots__ = ("_seconds", "_wire")

    def __init__(self, wire: Wire, seconds: float | None) -> None:
        self._wire = wire
        self._seconds = seconds

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> bytes:
        if (piece := await self._wire.next_piece(self._seconds)) is None:
            raise StopAsyncIteration
        return piece


def _why(error: BaseException) -> str:
    """Return what each address had to say; the error itself says only that all attempts failed."""
    cause = error.__cause__ or error
    tried = cause.exceptions if isinstance(cause, ExceptionGroup) else [cause]
    return "; ".join(dict.fromkeys(map(str, tried)))


def _within(seconds: float | None) -> anyio.CancelScope:
    # Dearer than what it guards, so without the layers of `fail_after`.
    return anyio.CancelScope(deadline=math.inf if seconds is None else anyio.current_time() + seconds)


def _is_readable(fileno: int) -> bool:
    if fileno < 0:
        return True
    if not hasattr(select, "poll"):
        return bool(select.select([fileno], [], [], 0)[0])
    # Unlike `select`, it knows no largest number of files.
    poll = select.poll()
    poll.register(fileno, select.POLLIN)
    return bool(poll.poll(0))
