"""A server that plays bytes and faults word for word, and `jackfield_api` on both HTTP libraries."""

from __future__ import annotations

import contextlib
import importlib
import select
import socket
import ssl
import struct
import sys
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any, Final

import attrs
import pytest
import trustme

RESET: Final = "reset"
CLOSE: Final = "close"


@attrs.define(eq=False)
class FaultServer:
    """Plays replies over loopback: bytes are sent, numbers are seconds to wait, RESET and CLOSE end it.

    The first request gets the first reply, and the last reply is repeated. `answered` counts those that were
    sent to their end. One that is in a hurry reads no body.
    """

    replies: tuple[tuple[bytes | float | str, ...], ...]
    tls: ssl.SSLContext | None = None
    in_a_hurry: bool = False
    requests: list[bytes] = attrs.field(factory=list)
    answered: int = 0
    connections: int = 0
    open_connections: int = 0
    _listener: socket.socket = attrs.field(init=False)
    _threads: list[threading.Thread] = attrs.field(factory=list)
    _ending: threading.Event = attrs.field(factory=threading.Event)

    def start(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.settimeout(0.05)
        self._spawn(self._accept)

    def _spawn(self, work: Callable[..., None], *args: Any) -> None:
        thread = threading.Thread(target=work, args=args)
        self._threads.append(thread)
        thread.start()

    @property
    def port(self) -> int:
        port: int = self._listener.getsockname()[1]
        return port

    @property
    def url(self) -> str:
        return f"{'https' if self.tls else 'http'}://127.0.0.1:{self.port}"

    def _accept(self) -> None:
        while not self._ending.is_set():
            with contextlib.suppress(OSError):
                connection = self._listener.accept()[0]
                self.connections += 1
                self._spawn(self._serve, connection)

    def _serve(self, connection: socket.socket) -> None:
        self.open_connections += 1
        with contextlib.suppress(OSError), connection:
            connection.settimeout(10)
            if self.tls is not None:
                connection = self.tls.wrap_socket(connection, server_side=True)
            with connection:
                self._converse(connection)
        self.open_connections -= 1

    def _converse(self, connection: socket.socket) -> None:
        while (request := _read_request(connection, and_body=not self.in_a_hurry)) is not None:
            reply = self.replies[min(len(self.requests), len(self.replies) - 1)]
            self.requests.append(request)
            for step in reply:
                if step == CLOSE:
                    return
                if step == RESET:
                    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                    return
                if isinstance(step, bytes):
                    connection.sendall(step)
                elif isinstance(step, float) and self._is_left_within(step, connection):
                    return
            self.answered += 1

    def _is_left_within(self, seconds: float, connection: socket.socket) -> bool:
        """Wait, and tell whether the client has closed its end meanwhile."""
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0 and not self._ending.is_set():
            if select.select([connection], [], [], min(left, 0.02))[0]:
                if not socket.socket.recv(connection, 1, socket.MSG_PEEK):
                    return True
                self._ending.wait(min(left, 0.02))
        return False

    def wait_until_asked(self) -> bool:
        """Wait a while for a request; tell whether one has come."""
        return _becomes(lambda: bool(self.requests))

    def wait_until_left(self) -> bool:
        """Wait a while for every client connection to be closed; tell whether they are."""
        return _becomes(lambda: not self.open_connections)

    def stop(self) -> None:
        self._ending.set()
        for thread in self._threads:
            thread.join(5)
        self._listener.close()


def _becomes(true: Callable[[], bool]) -> bool:
    until = time.monotonic() + 3
    while not true() and time.monotonic() < until:
        time.sleep(0.01)
    return true()


def _read_request(connection: socket.socket, *, and_body: bool) -> bytes | None:
    request = b""
    while b"\r\n\r\n" not in request:
        chunk = connection.recv(65536)
        if not chunk:
            return None
        request += chunk
    head, _, body = request.partition(b"\r\n\r\n")
    lengths = [line[15:] for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
    missing = int(lengths[0]) - len(body) if lengths and and_body else 0
    while missing > 0 and (chunk := connection.recv(65536)):
        request += chunk
        missing -= len(chunk)
    return request


@pytest.fixture
def serve() -> Iterator[Callable[..., FaultServer]]:
    """Start a server that plays the given replies, each a tuple of steps."""
    servers: list[FaultServer] = []

    def start(*replies: tuple[bytes | float | str, ...], **settings: Any) -> FaultServer:
        server = FaultServer(replies, **settings)
        server.start()
        servers.append(server)
        return server

    yield start
    for server in servers:
        server.stop()


@pytest.fixture(scope="session")
def authority() -> trustme.CA:
    """Return a certificate authority that nobody trusts by itself."""
    return trustme.CA()


def _ours() -> list[str]:
    return [name for name in sys.modules if name.partition(".")[0] == "jackfield_api"]


@pytest.fixture(scope="session", params=["httpx2", "httpx"])
def api_modules(request: pytest.FixtureRequest) -> dict[str, Any]:
    """Return the modules of `jackfield_api` as they are when that HTTP library is the one it finds."""
    with pytest.MonkeyPatch.context() as patch:
        for name in _ours():
            patch.delitem(sys.modules, name)
        if request.param == "httpx":
            patch.setitem(sys.modules, "httpx2", None)
        facade = importlib.import_module("jackfield_api")
        for name in facade.__all__:
            getattr(facade, name)  # it imports on first use, and this library is to be the one it finds
        modules = {name: sys.modules.pop(name) for name in _ours()}
    assert modules["jackfield_api._compat"].http.__name__ == request.param
    return modules


@pytest.fixture
def api(api_modules: dict[str, Any]) -> Any:
    """Return `jackfield_api` on either HTTP library."""
    return api_modules["jackfield_api"]
