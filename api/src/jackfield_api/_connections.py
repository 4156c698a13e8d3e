"""Connections: a free list of transports with one connection each.

A shared pool looks at all its connections for every request, and a cancellation can cost it a slot for good
(encode/httpcore#1093). Here a request takes an idle connection or a new one, and gives it back only after its
answer was read to the end; whatever was cancelled, cut or failed is closed and thrown away.
"""

from __future__ import annotations

import ssl
import time
from collections import deque
from collections.abc import AsyncIterator, Mapping
from typing import Final, Self

import anyio
import attrs

from ._compat import http
from ._proxies import Proxy
from ._tunnel import new_transport

_CLEANUP_SECONDS: Final = 5.0


@attrs.define(eq=False)
class Connections:
    """Sends each request on a connection of its own, which a later request may use again.

    Attributes:
        tls: The context of every connection.
        proxy: What every connection goes through; None for nothing.
        keep_alive: Seconds after which an idle connection is not used again.
        most_idle: The idle connections that are kept.
    """

    tls: ssl.SSLContext
    proxy: Proxy | None = None
    keep_alive: float = 5.0
    most_idle: int = 1000
    _idle: deque[tuple[float, http.AsyncHTTPTransport]] = attrs.field(factory=deque, init=False)
    _closed: bool = attrs.field(default=False, init=False)

    async def send(self, request: http.Request) -> Exchange:
        """Send *request* and return its answer as soon as the head is there. Close the answer in the end."""
        connection = await self._take()
        try:
            response = await connection.handle_async_request(request)
        except BaseException:
            await _discard(connection)
            raise
        return Exchange(self, connection, response)

    async def _take(self) -> http.AsyncHTTPTransport:
        oldest = time.monotonic() - self.keep_alive
        while self._idle:
            since, connection = self._idle.pop()
            if since >= oldest:
                return connection
            await _discard(connection)
        return new_transport(self.tls, self.proxy)

    async def give_back(self, connection: http.AsyncHTTPTransport) -> None:
        """Keep *connection* for the next request, and close those that have been idle for too long."""
        now = time.monotonic()
        if self._closed or len(self._idle) >= self.most_idle:
            await _discard(connection)
        else:
            self._idle.append((now, connection))
        while self._idle and self._idle[0][0] < now - self.keep_alive:
            await _discard(self._idle.popleft()[1])

    async def aclose(self) -> None:
        """Close every idle connection; those in use are closed when their answers are."""
        self._closed = True
        while self._idle:
            await _discard(self._idle.pop()[1])


class Exchange:
    """An answer on the connection that it comes on: its head, and an iterator of its body's bytes."""

    __slots__ = (
        "_broken",
        "_chunks",
        "_closed",
        "_connection",
        "_owner",
        "_stream",
        "_whole",
        "headers",
        "status",
    )

    def __init__(
        self, owner: Connections, connection: http.AsyncHTTPTransport, response: http.Response
    ) -> None:
        self.status = response.status_code
        self.headers: Mapping[str, str] = response.headers
        assert isinstance(response.stream, http.AsyncByteStream)
        self._owner = owner
        self._connection = connection
        self._stream = response.stream
        self._chunks: AsyncIterator[bytes] = aiter(response.stream)
        self._whole = self._broken = self._closed = False

    @property
    def encoding(self) -> str:
        """How the body is encoded, in lower case; `identity` when it is not."""
        return self.headers.get("content-encoding", "identity").strip().lower()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> bytes:
        try:
            return await anext(self._chunks)
        except StopAsyncIteration:
            self._whole = True
            raise
        except BaseException:
            self._broken = True
            raise

    async def aclose(self) -> None:
        """Give the connection back if the body was read to its end, and close it otherwise."""
        if self._closed:
            return
        self._closed = True
        if not (self._whole or self._broken):
            await self._read_what_is_here()
        with anyio.move_on_after(_CLEANUP_SECONDS, shield=True):
            await self._stream.aclose()
            if self._whole and not self._broken:
                await self._owner.give_back(self._connection)
                return
        await _discard(self._connection)

    async def _read_what_is_here(self) -> None:
        """Read on without waiting for the network: the end of a body has often arrived with its last event.

        Otherwise the read is cancelled, and that ends the library's generators, as trio wants them to be.
        """
        with anyio.move_on_after(0, shield=True):
            async for _ in self:
                pass


async def _discard(connection: http.AsyncHTTPTransport) -> None:
    with anyio.move_on_after(_CLEANUP_SECONDS, shield=True):
        await connection.aclose()
