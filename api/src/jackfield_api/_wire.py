"""HTTP/1.1 on one connection of its own: `anyio` moves the bytes, `_http1` knows the protocol.

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
from typing import Final, NamedTuple, Self

import anyio
import anyio.lowlevel
from anyio.abc import ByteStream, SocketAttribute
from anyio.streams.tls import TLSStream

from ._compat import http
from ._http1 import LARGEST_HEAD, AnswerParser, BodyWriter, head_of
from ._requests import OnePiece

CLEANUP_SECONDS: Final = 5.0
"""What closing may take."""

_PORTS: Final = {"http": 80, "https": 443}
_PIECE: Final = 2**16


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
        self._answer: AnswerParser | None = None
        self._has_asked = self._is_idle = False

    async def ask(self, request: http.Request) -> Answer:
        """Send *request*; return its answer when the head is there. Tells `trace` when the request leaves.

        Raises:
            httpx.TransportError, OSError: What went wrong. Close it then.
        """
        head, timeouts = head_of(request), request.extensions["timeout"]
        if self._stream is None:
            await self._connect(request.url, timeouts["connect"])
        if (trace := request.extensions.get("trace")) is not None:
            await trace("http11.send_request_headers.started", {"request": request})
        answer = self._answer = AnswerParser(request.method)
        self._has_asked = self._is_idle = False
        await self._write_all(head, request, answer, timeouts["write"])
        while not answer.has_head:
            answer.check()
            answer.feed(await self._read(timeouts["read"]))
        return Answer(answer.status, answer.headers, _Body(self, answer, timeouts["read"]))

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

    async def _write_all(
        self, head: bytes, request: http.Request, answer: AnswerParser, seconds: float | None
    ) -> None:
        stream = request.stream
        try:
            if isinstance(stream, OnePiece):
                # In one go: two segments would cost as much again, and some servers answer the first late.
                write = partial(self._write, head + stream.body, seconds)
                whole = len(stream.body) <= _PIECE
                await (write() if whole else self._while_hearing(write, answer))
            else:
                assert isinstance(stream, AsyncIterable)
                body = BodyWriter(request.headers.get("content-length"))
                write = partial(self._write_pieces, head, stream, body, seconds)
                await self._while_hearing(write, answer)
        except http.WriteError:
            # A server may answer and hang up before it has read everything; the answer says why.
            return
        except http.WriteTimeout:
            # Or it reads no further, and leaves hanging up to us.
            if not answer.has_head:
                raise
            return
        self._has_asked = not answer.is_refusal

    async def _while_hearing(self, write: Callable[[], Awaitable[None]], answer: AnswerParser) -> None:
        """Write what takes a while, and take in meanwhile what the server says; stop where it refuses it.

        What nobody has read when the connection breaks is lost on asyncio, and with TLS on trio as well. Who
        is refused need not write on (RFC 9112 §9.5).
        """
        failure: Exception | None = None
        async with anyio.create_task_group() as tasks:

            async def hear() -> None:
                heard = 0
                # Whatever is wrong with the connection, the writing or the reading of the answer tells it.
                with suppress(Exception):
                    while heard < LARGEST_HEAD and (data := await self._read(None)):
                        answer.feed(data)
                        heard += len(data)
                        if answer.is_refusal:
                            tasks.cancel_scope.cancel()

            tasks.start_soon(hear)
            # So that it listens before the first byte leaves.
            await anyio.lowlevel.checkpoint()
            try:
                await write()
            except Exception as error:  # noqa: BLE001  raised below: the task group would wrap it
                failure = error
            tasks.cancel_scope.cancel()
        if failure is not None:
            raise failure

    async def _write_pieces(
        self, head: bytes, pieces: AsyncIterable[bytes], body: BodyWriter, seconds: float | None
    ) -> None:
        await self._write(head, seconds)
        iterator = aiter(pieces)
        try:
            async for piece in iterator:
                await self._write(body.take(piece), seconds)
        finally:
            # A generator that is left lying would be closed by the collector, elsewhere and later.
            if close := getattr(iterator, "aclose", None):
                await close()  # noqa: ASYNC102  the caller's own clean-up, cancelled as the caller is
        await self._write(body.end(), seconds)

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

    async def next_piece(self, answer: AnswerParser, seconds: float | None) -> bytes:
        """Return what has arrived of an answer's body, or arrives next; nothing at its end."""
        while not (piece := answer.take()) and not answer.is_over:
            answer.feed(await self._read(seconds))
        return piece

    @property
    def has_ended_answer(self) -> bool:
        """Whether nothing is left to be read of the answer."""
        return self._answer is not None and self._answer.is_over and not self._answer.has_more

    async def end_answer(self) -> bool:
        """Get ready for the next request; return whether the answer leaves the connection good for one."""
        answer, self._answer = self._answer, None
        self._is_idle = (
            answer is not None
            and self._has_asked
            and answer.is_over
            and answer.stays
            and not answer.is_followed
        )
        return self._is_idle

    @property
    def is_idle(self) -> bool:
        """Whether it waits for a request, and nothing was taken off the socket that nobody has read."""
        return self._is_idle

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

    __slots__ = ("_answer", "_seconds", "_wire")

    def __init__(self, wire: Wire, answer: AnswerParser, seconds: float | None) -> None:
        self._wire = wire
        self._answer = answer
        self._seconds = seconds

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> bytes:
        if piece := await self._wire.next_piece(self._answer, self._seconds):
            return piece
        raise StopAsyncIteration


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
