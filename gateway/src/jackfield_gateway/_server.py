"""The server under the front door: anycorn's HTTP, on asyncio and trio in the manager's own loop.

Law: nobody who has no token can end the door. What one connection does is its own affair, and where no
further one can be had, those that are open go on.
"""

from __future__ import annotations

import logging
import socket
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Any, Final

import anyio
import attrs
from anycorn.app_wrappers import ASGIWrapper
from anycorn.config import Config
from anycorn.lifespan import Lifespan
from anycorn.worker_context import WorkerContext
from anyio.abc import SocketListener, SocketStream, TaskGroup

from jackfield import ConfigError, log_event

from ._connection import ClientConnection, Limits, dismiss

LOOPBACK: Final = "127.0.0.1"
PORT: Final = 8462
"""The port of `jackfield serve`, where none is named."""
_BACKLOG: Final = 512
_MOST_DISMISSED: Final = 32
"""How many clients are told at once that there are too many; a further one is closed without a word."""
_PAUSE_SECONDS: Final = 0.1


async def serve(
    app: Any,
    *,
    stop: Callable[[], Awaitable[None]],
    port: int = 0,
    grace: float = 10.0,
    ready: Callable[[str], None] = lambda _: None,
    limits: Limits | None = None,
) -> None:
    """Serve *app* on loopback until *stop* returns; then let requests that are under way end.

    Args:
        app: The application, usually a `Gateway`.
        stop: Returns when no more is to be accepted.
        port: The port; 0 takes a free one.
        grace: Seconds that requests under way get to end by themselves.
        ready: Called with the address as soon as requests are accepted.
        limits: What connections may take.

    Raises:
        ConfigError: The port is taken, or may not be listened on.
    """
    bound = _bound(port)
    address = f"http://{LOOPBACK}:{bound.getsockname()[1]}"
    listener = await SocketListener.from_socket(bound)
    wrapped, config = ASGIWrapper(app), _configuration()
    lifespan = Lifespan(wrapped, config, {})
    async with listener, anyio.create_task_group() as beside:
        await beside.start(lifespan.handle_lifespan)
        await lifespan.wait_for_startup()
        ready(address)
        await _Server(wrapped, config, limits or Limits()).serve(listener, stop, grace)
        await lifespan.wait_for_shutdown()
        beside.cancel_scope.cancel()


@attrs.define(eq=False)
class _Server:
    _app: ASGIWrapper
    _config: Config
    _limits: Limits
    _context: WorkerContext = attrs.field(factory=lambda: WorkerContext(None), init=False)
    _open: set[ClientConnection] = attrs.field(factory=set, init=False)
    _dismissed: int = attrs.field(default=0, init=False)

    async def serve(
        self, listener: SocketListener, stop: Callable[[], Awaitable[None]], grace: float
    ) -> None:
        """Accept until *stop* returns, and let what is under way end within the grace."""
        async with anyio.create_task_group() as beside:
            async with anyio.create_task_group() as connections:
                async with anyio.create_task_group() as accepting:
                    accepting.start_soon(self._accept, listener, connections)
                    await stop()
                    accepting.cancel_scope.cancel()
                await listener.aclose()
                await self._context.terminated.set()
                for connection in self._open:
                    connection.rest()
                beside.start_soon(self._end, grace, connections)  # noqa: ASYNC111  it ends that group
            beside.cancel_scope.cancel()

    async def _end(self, grace: float, connections: TaskGroup) -> None:
        await anyio.sleep(grace)
        for connection in list(self._open):
            await connection.abort()
        connections.cancel_scope.cancel()

    async def _accept(self, listener: SocketListener, connections: TaskGroup) -> None:
        is_told = False
        while True:
            try:
                stream = await listener.accept()
            except (OSError, anyio.BrokenResourceError) as error:
                # The process has no descriptor left, or a client left while it was accepted. Whoever comes
                # next waits in the system's queue.
                if not is_told:
                    log_event("gateway.not_accepted", level=logging.WARNING, error=type(error).__name__)
                is_told = True
                await anyio.sleep(_PAUSE_SECONDS)
                continue
            is_told = False
            if len(self._open) < self._limits.connections:
                self._carry(stream, connections)
            elif self._dismissed < _MOST_DISMISSED:
                self._dismissed += 1
                connections.start_soon(self._turn_away, stream)
            else:
                await stream.aclose()

    def _carry(self, stream: SocketStream, connections: TaskGroup) -> None:
        def closed() -> None:
            self._open.discard(connection)

        connection = ClientConnection(
            app=self._app,
            config=self._config,
            context=self._context,
            stream=stream,
            limits=self._limits,
            on_closed=closed,
        )
        self._open.add(connection)
        connections.start_soon(self._run, connection)

    async def _run(self, connection: ClientConnection) -> None:
        try:
            await connection.run()
        except Exception as error:  # noqa: BLE001  told by its class alone, for it may quote
            log_event("gateway.connection_failed", error=type(error).__name__)

    async def _turn_away(self, stream: SocketStream) -> None:
        log_event("gateway.connection_refused", most=self._limits.connections)
        try:
            told = f"too many connections are open: {self._limits.connections} is the limit"
            await dismiss(stream, HTTPStatus.SERVICE_UNAVAILABLE, told, retry_after="1")
        finally:
            self._dismissed -= 1
            with anyio.CancelScope(shield=True):  # it waits for nothing
                await stream.aclose()


def _bound(port: int) -> socket.socket:
    # Bound here and not by the server, so that the address is known before the first request can come.
    try:
        return socket.create_server((LOOPBACK, port), backlog=_BACKLOG)
    except (OSError, OverflowError) as error:
        why = getattr(error, "strerror", None) or str(error)
        raise ConfigError(
            f"port {port} of {LOOPBACK} cannot be listened on: {why}", hint="Use another, or --port 0."
        ) from None


def _configuration() -> Config:
    config = Config()
    # Heads may quote a token: the server's own log stays empty, ours says what may be said.
    config.accesslog = None
    quiet = logging.getLogger("jackfield_gateway.server")
    quiet.addHandler(logging.NullHandler())
    quiet.propagate = False
    config.errorlog = quiet
    config.include_server_header = False
    config.h11_max_incomplete_size = 32 * 1024
    return config
