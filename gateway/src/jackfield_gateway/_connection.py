"""One connection of a client: bytes in and bytes out, between its socket and the server's HTTP.

Law: whatever a client does or leaves undone, its connection has an end. A head comes within a time, and what
is sent is taken within a time; what is over is closed, also where what it asked for goes on upstream.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import suppress
from http import HTTPStatus
from math import inf
from typing import Any, Final

import anyio
import attrs
from anycorn.config import Config
from anycorn.events import Closed, Event, RawData, Updated
from anycorn.task_group import TaskGroup
from anycorn.typing import AppWrapper, ConnectionState
from anycorn.utils import parse_socket_addr
from anycorn.worker_context import WorkerContext
from anyio.abc import SocketAttribute, SocketStream

from jackfield import log_event

from ._http import sending_lock
from ._http1 import Http1

_GONE: Final = (anyio.EndOfStream, anyio.BrokenResourceError, anyio.ClosedResourceError)
_TLS: Final = b"\x16"
"""How a client begins that speaks TLS: the type of a record with a handshake. No request begins like that."""
_LINGER_SECONDS: Final = 1.0
_LINGER_BYTES: Final = 1024 * 1024


@attrs.frozen(kw_only=True)
class Limits:
    """What connections to the door may take.

    Attributes:
        connections: How many are open at once. A further one is told so, and closed.
        head_seconds: How long the head of a connection's first request may take to arrive.
        rest_seconds: How long a connection may rest after a request, the next one's head included: longer
            than clients keep one, or it would be closed just when they ask again.
        send_seconds: How long a client may take to take what it is sent.
    """

    connections: int = 1000
    head_seconds: float = 5.0
    rest_seconds: float = 15.0
    send_seconds: float = 60.0


async def dismiss(stream: SocketStream, status: HTTPStatus, sentence: str, **headers: str) -> None:
    """Tell a client in plain words why its connection ends here: it never got as far as a wire of its own."""
    body = f"{sentence}\n".encode()
    lines = [
        f"HTTP/1.1 {status.value} {status.phrase}",
        "content-type: text/plain",
        f"content-length: {len(body)}",
        "connection: close",
        *(f"{name.replace('_', '-')}: {value}" for name, value in headers.items()),
    ]
    left = _LINGER_BYTES
    with anyio.move_on_after(_LINGER_SECONDS), suppress(*_GONE):
        await stream.send("\r\n".join([*lines, "", ""]).encode() + body)
        await stream.send_eof()
        # Closed at once, what is still on its way to us would take the sentence from the client.
        while left > 0:
            left -= len(await stream.receive())


@attrs.define(eq=False)
class ClientConnection:
    """A connection, from its first byte to its last.

    Args:
        app: The application.
        config: The server's settings.
        context: Tells the server's HTTP when no further request is wanted.
        stream: The socket.
        limits: What it may take.
        on_closed: Called when the socket is closed; what was asked over it may go on.
    """

    _app: AppWrapper
    _config: Config
    _context: WorkerContext
    _stream: SocketStream
    _limits: Limits
    _on_closed: Callable[[], None]
    _protocol: Http1 = attrs.field(init=False)
    _reading: anyio.CancelScope = attrs.field(factory=anyio.CancelScope, init=False)
    _sending: anyio.Lock = attrs.field(factory=sending_lock, init=False)
    _is_idle: bool = attrs.field(default=True, init=False)
    _is_over: bool = attrs.field(default=False, init=False)

    async def run(self) -> None:
        """Serve the connection until it is over."""
        try:
            async with TaskGroup() as tasks:
                self._protocol = self._made(tasks)
                self._await_head(self._limits.head_seconds)
                with self._reading:
                    await self._read()
                if self._is_late():
                    await dismiss(
                        self._stream, HTTPStatus.REQUEST_TIMEOUT, "the request's head came too slowly"
                    )
                # Before the application is told: an agent's run is read on when nobody is there any more.
                await self.abort()
                await self._protocol.handle(Closed())
        finally:
            await self.abort()  # noqa: ASYNC102  shields itself

    def rest(self) -> None:
        """End it if nothing is asked over it."""
        if self._is_idle:
            self._reading.cancel()

    async def abort(self) -> None:
        """Close the socket, whatever is under way."""
        with anyio.CancelScope(shield=True):  # it waits for nothing
            await self._stream.aclose()
        self._on_closed()

    def _made(self, tasks: Any) -> Http1:
        # The server's own form of an address, which is what a scope of ASGI holds.
        found = self._stream.extra(SocketAttribute.raw_socket)  # noqa: S610  anyio's, no database's
        return Http1(
            self._app,
            self._config,
            self._context,
            tasks,
            ConnectionState({}),
            parse_socket_addr(found.family, found.getpeername()),
            parse_socket_addr(found.family, found.getsockname()),
            self._take,
            None,
        )

    def _await_head(self, seconds: float) -> None:
        self._is_idle = True
        self._reading.deadline = anyio.current_time() + seconds

    def _is_late(self) -> bool:
        """Whether the time for a head is over, and something of it had come."""
        is_over = self._is_idle and anyio.current_time() >= self._reading.deadline
        return is_over and not self._is_over and bool(self._protocol.connection.trailing_data[0])

    async def _read(self) -> None:
        is_first, spare = True, _LINGER_BYTES
        with suppress(*_GONE):
            while spare > 0:
                data = await self._stream.receive()
                if self._reading.cancel_called:
                    # Its time ended in the moment in which this came. Begun now, a request could be acted on
                    # and its answer lost; as it is, its client knows that nothing was done.
                    return
                if self._is_over:
                    spare -= len(data)
                elif is_first and data.startswith(_TLS):
                    await self._dismiss_tls()
                    return
                else:
                    await self._protocol.handle(RawData(data))
                is_first = False

    async def _dismiss_tls(self) -> None:
        told = "this is http://, and the client spoke TLS: its address has to begin with http://"
        log_event("gateway.tls_refused", level=logging.WARNING, told=told)
        await dismiss(self._stream, HTTPStatus.BAD_REQUEST, told)

    async def _take(self, event: Event) -> None:
        """Do what the server's HTTP wants done."""
        match event:
            case RawData(data=data):
                await self._send(data)
            case Updated(idle=True):
                self._await_head(self._limits.rest_seconds)
            case Updated():
                self._is_idle = False
                self._reading.deadline = inf
            case Closed():
                await self._end()

    async def _send(self, data: bytes) -> None:
        # Shielded: who sends may be left in the middle of a chunk, and the next one would make no sense.
        async with self._sending:
            with anyio.move_on_after(self._limits.send_seconds, shield=True) as sending:
                try:
                    await self._stream.send(data)
                except _GONE:
                    await self._protocol.handle(Closed())
            if sending.cancelled_caught:
                await self.abort()
                await self._protocol.handle(Closed())

    async def _end(self) -> None:
        """Say that nothing more comes, and read on for a moment, so that the client has all of it."""
        if not self._is_over:
            self._is_over = True
            self._reading.deadline = anyio.current_time() + _LINGER_SECONDS
            with suppress(*_GONE):
                await self._stream.send_eof()
            await self._protocol.handle(Closed())
