"""Proxies over loopback that lead to hosts nobody else can find, and an API behind TLS with its own CA."""

from __future__ import annotations

import contextlib
import os
import select
import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import attrs
import pytest
import trustme

OK = b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 8\r\n\r\n{"a": 1}'
HOST = "api.example.invalid"


@attrs.define(eq=False)
class ProxyServer:
    """A proxy that speaks CONNECT or SOCKS5 and leads every host to one port of this machine.

    `reply` is said instead of making a connection; an empty one ends it, None says nothing for ever.
    """

    kind: str
    to_port: int
    reply: bytes | None = b"make it"
    tls: ssl.SSLContext | None = None
    asked: list[bytes] = attrs.field(factory=list)
    seen: bytearray = attrs.field(factory=bytearray)
    connections: int = 0
    open_connections: int = 0
    _listener: socket.socket = attrs.field(init=False)
    _threads: list[threading.Thread] = attrs.field(factory=list)
    _ending: threading.Event = attrs.field(factory=threading.Event)

    def start(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.settimeout(0.05)
        self._spawn(self._accept)

    def address(self, user: str = "") -> str:
        return f"{self.kind}://{user}127.0.0.1:{self._listener.getsockname()[1]}"

    def _spawn(self, work: Callable[..., None], *args: Any) -> None:
        thread = threading.Thread(target=work, args=args)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while not self._ending.is_set():
            with contextlib.suppress(OSError):
                client = self._listener.accept()[0]
                self.connections += 1
                self._spawn(self._serve, client)

    def _serve(self, client: socket.socket) -> None:
        self.open_connections += 1
        with contextlib.suppress(OSError, IndexError), client:
            client.settimeout(10)
            if self.tls is not None:
                client = self.tls.wrap_socket(client, server_side=True)
            with client:
                way = self._socks(client) if self.kind.startswith("socks") else self._connect(client)
                if way:
                    with socket.create_connection(("127.0.0.1", self.to_port)) as remote:
                        self._lead(client, remote)
        self.open_connections -= 1

    def _receive(self, client: socket.socket) -> bytes:
        data = client.recv(65536)
        self.seen += data
        return data

    def _refused(self, client: socket.socket) -> bool:
        if self.reply == b"make it":
            return False
        if self.reply is None:
            with contextlib.suppress(OSError):
                while self._receive(client):
                    pass
        else:
            client.sendall(self.reply)
        return True

    def _connect(self, client: socket.socket) -> bool:
        head = b""
        while b"\r\n\r\n" not in head:
            data = self._receive(client)
            if not data:
                return False
            head += data
        self.asked.append(head)
        if self._refused(client):
            return False
        client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
        return True

    def _socks(self, client: socket.socket) -> bool:
        """RFC 1928, and RFC 1929 where a user is offered."""
        methods = self._receive(client)
        if self._refused(client):
            return False
        method = methods[2]
        client.sendall(bytes([5, method]))
        if method == 2:
            self.asked.append(self._receive(client))
            client.sendall(b"\x01\x00")
        request = self._receive(client)
        host = request[5 : 5 + request[4]]
        self.asked.append(b"%s:%d" % (host, struct.unpack("!H", request[-2:])[0]))
        client.sendall(b"\x05\x00\x00\x01\x7f\x00\x00\x01\x00\x00")
        return True

    def _lead(self, client: socket.socket, remote: socket.socket) -> None:
        """Pass bytes both ways, in one thread: OpenSSL lets no two use one connection at a time."""
        while not self._ending.is_set():
            waits = isinstance(client, ssl.SSLSocket) and client.pending()
            for end in [client] if waits else select.select([client, remote], [], [], 0.05)[0]:
                data = self._receive(client) if end is client else remote.recv(65536)
                if not data:
                    return
                (remote if end is client else client).sendall(data)

    def wait_until_left(self) -> bool:
        """Wait a while for every client connection to be closed; tell whether they are."""
        until = time.monotonic() + 3
        while self.open_connections and time.monotonic() < until:
            time.sleep(0.01)
        return not self.open_connections

    def stop(self) -> None:
        self._ending.set()
        for thread in self._threads:
            thread.join(5)
        self._listener.close()


@pytest.fixture
def proxy_to() -> Iterator[Callable[..., ProxyServer]]:
    """Start a proxy of a kind (`http`, `https`, `socks5`) that leads to a port."""
    servers: list[ProxyServer] = []

    def start(kind: str, to_port: int, **settings: Any) -> ProxyServer:
        server = ProxyServer(kind, to_port, **settings)
        server.start()
        servers.append(server)
        return server

    yield start
    for server in servers:
        server.stop()


@pytest.fixture(autouse=True)
def _no_settings_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.lower().endswith("_proxy") or name in {"SSL_CERT_FILE", "SSL_CERT_DIR", "SSLKEYLOGFILE"}:
            monkeypatch.delenv(name)


@pytest.fixture(scope="session")
def ca_file(authority: trustme.CA, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return a file with the certificate of the authority that nobody trusts by itself."""
    path = tmp_path_factory.mktemp("authority") / "ca.pem"
    authority.cert_pem.write_to_path(str(path))
    return str(path)


@pytest.fixture
def certified(authority: trustme.CA) -> Callable[..., ssl.SSLContext]:
    """Return the TLS of a server that has a certificate for some names."""

    def make(*names: str) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert(*names).configure_cert(context)
        return context

    return make


@pytest.fixture
def remote(serve: Any, certified: Any) -> Any:
    """Return an API of the host that only proxies find; it answers in JSON."""
    return serve((OK,), tls=certified(HOST, "127.0.0.1"))
