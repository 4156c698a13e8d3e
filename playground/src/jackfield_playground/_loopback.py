"""A web application on a port of 127.0.0.1, served by a thread of its own.

Law: the thread, its event loop and every socket live between `__enter__` and `__exit__` and not a moment
longer. Nothing waits for a slow client: stopping closes idle connections and drops the busy ones.
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
import socket
import threading
from typing import TYPE_CHECKING, Any, final

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

if TYPE_CHECKING:
    from types import FrameType, TracebackType
    from typing import Self

    from starlette.types import ASGIApp, Receive, Scope, Send

_BACKLOG = 2048
_START_SECONDS = 30.0
_LAST_WORDS_SECONDS = 2.0
_DATE_SECONDS = 1.0


@final
class LoopbackServer:
    """Serves one ASGI application on loopback while its `with` block lasts.

    The constructor binds the port, so `base_url` is known at once and a port in use is an `OSError` here.
    `kill` may be called from any thread, an event loop's included: it does not block.
    """

    def __init__(self, app: ASGIApp, *, port: int = 0, name: str = "loopback-server") -> None:
        self._app = app
        self._listener = socket.create_server(("127.0.0.1", port), backlog=_BACKLOG)
        self.base_url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self._over = False
        self._server = _Server(_configuration(self._answer))
        self._thread = threading.Thread(target=self._serve, name=name, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        if not self._server.up.wait(_START_SECONDS) or not self._server.started:
            self.kill()
            raise RuntimeError(f"the server on {self.base_url} did not start; its thread's output says why")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.kill()
        self._thread.join()

    def kill(self) -> None:
        """Drop every connection and answer nothing more, as a process that is killed does."""
        self._over = True
        self._server.ask_to_stop()

    @property
    def open_connections(self) -> int:
        """How many connections clients have open."""
        return len(self._server.server_state.connections)

    def _serve(self) -> None:
        try:
            asyncio.run(self._server.serve(sockets=[self._listener]))
        finally:
            self._listener.close()
            self._server.up.set()

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._over and scope["type"] == "http":
            await hang_up(scope, receive)
        else:
            await self._app(scope, receive, send)


async def hang_up(scope: Scope, receive: Receive) -> None:
    """Drop the connection of a request without a word, and return when it is gone."""
    scope["state"]["transport"].abort()
    await gone(receive)


async def gone(receive: Receive) -> None:
    """Return when the client has left or its connection was dropped; read past what it still sends."""
    while (await receive())["type"] != "http.disconnect":
        pass


def wait_for_signal() -> None:
    """Sleep in the main thread until SIGINT (Ctrl-C) or SIGTERM arrives; the old handlers come back after."""
    # The system may hand a signal to any thread. Then only the wake-up descriptor wakes this one; a lock or
    # an event that it waits for would not.
    reader, writer = socket.socketpair()
    writer.setblocking(False)
    with reader, writer:
        # First the descriptor: a signal that is taken before it would tell nobody.
        earlier = signal.set_wakeup_fd(writer.fileno())
        before = {number: signal.signal(number, _ignore) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            while reader.recv(1)[0] not in before:
                pass
        finally:
            signal.set_wakeup_fd(earlier)
            for number, handler in before.items():
                signal.signal(number, handler)


def _ignore(number: int, frame: FrameType | None) -> None:
    """Take a signal and do nothing: the wake-up descriptor tells of it."""


class _Protocol(H11Protocol):
    """uvicorn's HTTP/1.1, which also lets the application drop its own connection."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        # asyncio does so only for sockets whose protocol number is spelled out. Without it an answer's body
        # waits 40 ms for the client to acknowledge the headers.
        transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        super().connection_made(transport)
        self.app_state = {**self.app_state, "transport": transport}


class _Server(uvicorn.Server):
    """uvicorn, told to stop by an event instead of a flag that it looks at ten times a second."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.up = threading.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop: asyncio.Event | None = None

    def ask_to_stop(self) -> None:
        self.should_exit = True
        if self._loop is not None and self._stop is not None:
            # The loop may just have closed on its own: then there is nothing left to ask.
            with contextlib.suppress(RuntimeError):
                self._loop.call_soon_threadsafe(self._stop.set)

    async def main_loop(self) -> None:
        self._stop = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        self.up.set()
        while not self.should_exit:
            await self.on_tick(0)  # refreshes the Date header
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stop.wait(), _DATE_SECONDS)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:  # noqa: ARG002  # uvicorn's
        for server in self.servers:
            server.close()
        for connection in list(self.server_state.connections):
            connection.shutdown()
            transport: Any = connection.transport
            if not transport.is_closing():
                transport.abort()
        if self.server_state.tasks:
            await asyncio.wait(self.server_state.tasks, timeout=_LAST_WORDS_SECONDS)
        await self.lifespan.shutdown()


def _configuration(app: ASGIApp) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        interface="asgi3",
        http=_Protocol,
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=60,
        backlog=_BACKLOG,
    )
