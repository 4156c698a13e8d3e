"""Whether a connection is silent after its answer: only then may another request use it.

What the remote sent without being asked would be taken for the answer to the next question. The socket is
looked at before a connection is used again, but not what was read from it already: bytes wait in the parser,
in TLS and, on asyncio, in the stream's queue. To the last two no public name leads, nor to anything in the
HTTP library's connections, so the private ones are read, here and nowhere else; where one is missing, the
connection counts as not silent and is closed.
"""

from __future__ import annotations

import ssl
from typing import Any

from ._compat import http
from ._wire import Wire


def is_silent(transport: Wire | http.AsyncHTTPTransport) -> bool:
    """Whether *transport* has its connection still, and nothing was received that nobody has read."""
    inside: Any = transport
    try:
        if isinstance(transport, Wire):
            return transport.is_idle and _is_read_out(transport.stream)
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
    # trio reads from the socket what it was asked for and keeps nothing; streams on it have a socket of its.
    is_on_trio = hasattr(stream, "socket") or hasattr(stream, "_trio_socket")
    return is_on_trio or not stream._protocol.read_queue  # noqa: SLF001


def _has_more(tls: ssl.SSLObject) -> bool:
    try:
        tls.read(1)
    except ssl.SSLWantReadError:
        return False
    except ssl.SSLError:
        return True
    return True
