"""Connections: a free list of them.

A shared pool looks at all its connections for every request, and a cancellation can cost it a slot for good
(encode/httpcore#1093). Here a request takes an idle connection or a new one, and gives it back only after its
answer was read to the end; whatever was cancelled, cut or failed is closed and thrown away.
"""

from __future__ import annotations

import ssl
import time
from collections import deque
from typing import Final

import anyio
import attrs

from jackfield import ProviderClosed

from ._compat import http
from ._exchange import Exchange, discard
from ._home import Home
from ._proxies import Proxy
from ._transport_errors import Phase, TransportErrors
from ._tunnel import Tunnel, new_connection
from ._wire import CLEANUP_SECONDS, Wire

_JUST_NOW: Final = 0.05


@attrs.define(eq=False)
class Connections:
    """Sends each request on a connection of its own, which a later request may use again.

    Attributes:
        origin: Scheme, host and port of the remote, for messages.
        tls: The context of every connection.
        proxy: What every connection goes through; None for nothing.
        keep_alive: Seconds after which an idle connection is not used again.
        most_idle: The idle connections that are kept.
        home: The process and the event loop whose connections these are.
        errors: What the HTTP library's errors become.
        is_patient: Whether the end of a finished answer is waited for; not so after a wait in vain.
        is_closed: Whether the client was closed.
    """

    origin: str
    tls: ssl.SSLContext
    proxy: Proxy | None = None
    keep_alive: float = 5.0
    most_idle: int = 1000
    home: Home = attrs.field(init=False)
    errors: TransportErrors = attrs.field(init=False)
    is_patient: bool = attrs.field(default=True, init=False)
    is_closed: bool = attrs.field(default=False, init=False)
    _idle: deque[tuple[float, Wire | Tunnel]] = attrs.field(factory=deque, init=False)
    _live: set[Exchange] = attrs.field(factory=set, init=False)

    def __attrs_post_init__(self) -> None:
        self.home = Home(self.origin)
        self.errors = TransportErrors(self.origin)

    async def send(self, request: http.Request, phase: Phase) -> Exchange:
        """Send *request* and return its answer as soon as the head is there. Close the answer in the end.

        Args:
            request: What to send.
            phase: What the answer's body will be: read whole, or as a stream.

        Raises:
            ProviderError: There is no answer.
        """
        self.home.settle()
        if self.is_closed:
            raise ProviderClosed(f"the client of {self.origin} is closed")
        exchange = Exchange(self, phase)
        # From here to `forget` it is ended by `aclose`, whatever it waits for.
        self._live.add(exchange)
        await exchange.ask(request)
        return exchange

    def forget(self, exchange: Exchange) -> None:
        """Let go of an exchange that is over."""
        self._live.discard(exchange)

    async def take(self) -> tuple[Wire | Tunnel, bool]:
        """Return a connection, and whether it certainly need not be made (anew) before it can be used.

        One that the remote has closed while it was idle is replaced; through a proxy, the library does that.
        """
        now = time.monotonic()
        while self._idle:
            since, connection = self._idle.pop()
            if since >= now - self.keep_alive:
                if not isinstance(connection, Wire):
                    return connection, since >= now - _JUST_NOW
                if not connection.has_hung_up:
                    return connection, True
            await discard(connection)
        return new_connection(self.tls, self.proxy), False

    async def give_back(self, connection: Wire | Tunnel) -> None:
        """Keep *connection* for the next request, and close those that have been idle for too long."""
        now = time.monotonic()
        if self.is_closed or len(self._idle) >= self.most_idle:
            await discard(connection)
        else:
            self._idle.append((now, connection))
        while self._idle and self._idle[0][0] < now - self.keep_alive:
            await discard(self._idle.popleft()[1])

    async def aclose(self) -> None:
        """End every exchange and close every connection, side by side, within 5 seconds."""
        self.is_closed = True
        if not self.home.is_here:
            # The sockets are another process' or another loop's, which still uses them or is gone: closing
            # one in an orderly manner would end it for its owner.
            return
        idle = [connection for _, connection in self._idle]
        self._idle.clear()
        with anyio.move_on_after(CLEANUP_SECONDS, shield=True):
            async with anyio.create_task_group() as group:
                for exchange in tuple(self._live):
                    group.start_soon(exchange.end)
                for connection in idle:
                    group.start_soon(discard, connection)
