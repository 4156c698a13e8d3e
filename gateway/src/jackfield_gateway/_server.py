"""The server under the front door: anycorn, which runs on asyncio and trio in the manager's own loop."""

from __future__ import annotations

import logging
import socket
from collections.abc import Awaitable, Callable
from typing import Any, Final

from anycorn import serve as serve_asgi
from anycorn.config import Config

from jackfield import ConfigError

LOOPBACK: Final = "127.0.0.1"
_BACKLOG: Final = 512


async def serve(
    app: Any,
    *,
    stop: Callable[[], Awaitable[None]],
    port: int = 0,
    grace: float = 10.0,
    ready: Callable[[str], None] = lambda _: None,
) -> None:
    """Serve *app* on loopback until *stop* returns; then let requests that are under way end.

    Args:
        app: The application, usually a `Gateway`.
        stop: Returns when no more is to be accepted.
        port: The port; 0 takes a free one.
        grace: Seconds that requests under way get to end by themselves.
        ready: Called with the address as soon as requests are accepted.

    Raises:
        ConfigError: The port is taken, or may not be listened on.
    """
    listener = _bound(port)
    address = f"http://{LOOPBACK}:{listener.getsockname()[1]}"
    # From here on the server owns the socket, and closes it.
    configuration = _configuration(listener.detach(), grace)
    ready(address)
    await serve_asgi(app, configuration, shutdown_trigger=stop, mode="asgi")


def _bound(port: int) -> socket.socket:
    # Bound here and not by the server, so that the address is known before the first request can come.
    try:
        return socket.create_server((LOOPBACK, port), backlog=_BACKLOG)
    except (OSError, OverflowError) as error:
        why = getattr(error, "strerror", None) or str(error)
        raise ConfigError(
            f"port {port} of {LOOPBACK} cannot be listened on: {why}", hint="Use another, or --port 0."
        ) from None


def _configuration(descriptor: int, grace: float) -> Config:
    config = Config()
    config.bind = [f"fd://{descriptor}"]
    config.alpn_protocols = ["http/1.1"]
    # Heads may quote a token: the server's own log stays empty, ours says what may be said.
    config.accesslog = None
    quiet = logging.getLogger("jackfield_gateway.server")
    quiet.addHandler(logging.NullHandler())
    quiet.propagate = False
    config.errorlog = quiet
    config.include_server_header = False
    config.graceful_timeout = grace
    config.h11_max_incomplete_size = 32 * 1024
    config.keep_alive_timeout = 5
    config.backlog = _BACKLOG
    return config
