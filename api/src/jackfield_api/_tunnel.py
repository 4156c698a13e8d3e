"""Connections through a proxy. The HTTP library makes them; here its gaps are closed.

It waits for a proxy as long as for a remote's answer, for a SOCKS proxy without end, and logs its password.
"""

from __future__ import annotations

import math
import ssl
from importlib.util import find_spec
from typing import Any, Final

import anyio
import anyio.lowlevel

from jackfield import ConfigError

from ._compat import http
from ._proxies import Proxy, Route
from ._wire import CLEANUP_SECONDS, Answer, Wire

ONE: Final = http.Limits(max_connections=1, max_keepalive_connections=1, keepalive_expiry=None)
_WAYS: Final = 2


def new_connection(tls: ssl.SSLContext, proxy: Proxy | None = None) -> Wire | Tunnel:
    """Return a connection, through *proxy* if there is one. It is made with its first request."""
    if proxy is None:
        return Wire(tls)
    return Tunnel(verify=tls, trust_env=False, limits=ONE, proxy=_LibraryProxy(proxy, tls))


def check_supported(route: Route) -> None:
    """Refuse a SOCKS proxy where what speaks to one is not installed.

    Raises:
        ConfigError: It is not.
    """
    if route.proxy and route.proxy.address.startswith("socks") and find_spec("socksio") is None:
        raise ConfigError(
            f"{route.proxy.address} ({route.reason}) is a SOCKS proxy, and SOCKS is not installed",
            hint="pip install 'jackfield-api[socks]'",
        )


class Tunnel(http.AsyncHTTPTransport):
    """One connection of the library's, which becomes a way to the remote with its first request."""

    has_ended_answer = False
    """It tells only by being read."""

    _is_through = False
    _scope: anyio.CancelScope
    _body: http.AsyncByteStream
    _listener: Any = None

    async def ask(self, request: http.Request) -> Answer:
        """Send *request*; return its answer when the head is there; see `Wire.ask`."""
        response = await self.handle_async_request(request)
        assert isinstance(response.stream, http.AsyncByteStream)
        self._body = response.stream
        return Answer(response.status_code, response.headers.raw, self._body)

    async def end_answer(self) -> bool:
        """Let go of the answer; return whether that came to an end. The library looks after the rest."""
        with anyio.move_on_after(CLEANUP_SECONDS, shield=True):
            await self._body.aclose()
            return True
        return False

    async def handle_async_request(self, request: http.Request) -> http.Response:
        if self._is_through:
            return await super().handle_async_request(request)
        self._listener = request.extensions.get("trace")
        request.extensions = {**request.extensions, "trace": self._watch}
        seconds = request.extensions["timeout"]["connect"]
        with anyio.CancelScope() as self._scope:
            if seconds is not None:
                self._scope.deadline = anyio.current_time() + _WAYS * seconds
            return await super().handle_async_request(request)
        raise http.ConnectTimeout("the proxy made no connection in time")

    async def _watch(self, event: str, info: dict[str, Any]) -> None:
        """Hear from the library (its `trace` extension) when the request itself begins to leave."""
        if event.endswith("send_request_headers.started") and info["request"].method != b"CONNECT":
            # Between this check and the new deadline nothing can cancel: the scope ends a request only before
            # its first byte.
            await anyio.lowlevel.checkpoint_if_cancelled()
            self._is_through = True
            self._scope.deadline = math.inf
        if self._listener is not None:
            await self._listener(event, info)


class _Hidden(bytes):
    """Bytes that print as a mask: the library logs how it signs in to a SOCKS proxy."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "'**********'"

    __str__ = __repr__


class _LibraryProxy(http.Proxy):
    """A proxy in the library's form; its credentials are revealed when a connection is made."""

    def __init__(self, proxy: Proxy, tls: ssl.SSLContext) -> None:
        super().__init__(proxy.address, ssl_context=tls if proxy.address.startswith("https:") else None)
        self._ours = proxy

    @property
    def raw_auth(self) -> tuple[bytes, bytes] | None:
        user, password = self._ours.user, self._ours.password
        if user is None:
            return None
        return _Hidden(user.reveal().encode()), _Hidden(password.reveal().encode() if password else b"")
