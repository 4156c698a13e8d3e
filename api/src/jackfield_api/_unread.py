"""Whether a connection is silent after its answer: only then may another request use it.

What the remote sent without being asked would be taken for the answer to the next question. The HTTP library
looks at the socket before it uses a connection again, and not at what was read from the socket already: bytes
wait in the parser, in TLS and, on asyncio, in the stream's queue. No public name leads there, so the private
ones are read, here and nowhere else; where one is missing, the connection counts as not silent and is closed.
"""

from __future__ import annotations

import ssl
from typing import Any

from ._compat import http


def is_silent(transport: http.AsyncHTTPTransport) -> bool:
    """Whether *transport* has its connection still, and nothing was received that nobody has read."""
    inside: Any = transport
    try:
        [connection] = inside._pool.connections  # noqa: SLF001
        while not hasattr(connection, "_h11_state"):
            connection = connection._connection  # noqa: SLF001
        left, _ = connection._h11_state.trailing_data  # noqa: SLF001
        return not left and _is_read_out(connection._network_stream._stream)  # noqa: SLF001
    except (AttributeError, ValueError):
        return False


def _is_read_out(stream: Any) -> bool:
    while (tls := getattr(stream, "_ssl_object", None)) is not None:
        if _has_more(tls):
            return False
        stream = stream.transport_stream
    # trio reads from the socket what it was asked for and keeps nothing; its stream has a `socket`.
    return hasattr(stream, "socket") or not stream._protocol.read_queue  # noqa: SLF001


def _has_more(tls: ssl.SSLObject) -> bool:
    try:
        tls.read(1)
    except ssl.SSLWantReadError:
        return False
    except ssl.SSLError:
        return True
    return True
