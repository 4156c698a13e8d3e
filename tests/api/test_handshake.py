"""TLS: a certificate that is wrong is not trusted; a handshake that fails is a connection not made."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import pytest
import trustme
from hypothesis import given, settings
from hypothesis import strategies as st

from jackfield import Certainty, ConnectFailed, ConnectionLost, ProviderError, StreamInterrupted, TLSFailed

pytestmark = pytest.mark.anyio


def stall(connection: socket.socket) -> None:
    connection.recv(65536)
    while connection.recv(65536):
        pass


def drop(connection: socket.socket) -> None:
    connection.recv(65536)


def drop_at_once(_: socket.socket) -> None:
    pass


def say_and_leave(words: bytes) -> Callable[[socket.socket], None]:
    def speak(connection: socket.socket) -> None:
        connection.recv(65536)
        connection.sendall(words)

    return speak


def say(words: bytes) -> Callable[[socket.socket], None]:
    def speak(connection: socket.socket) -> None:
        connection.recv(65536)
        connection.sendall(words)
        while connection.recv(65536):
            pass

    return speak


ALERT = b"\x15\x03\x03\x00\x02\x02\x28"  # fatal, handshake_failure


@contextmanager
def peer(behave: Callable[[socket.socket], None]) -> Iterator[str]:
    """Play the remote of one handshake after another; give its address."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            while True:
                try:
                    connection = listener.accept()[0]
                except OSError:
                    return
                with suppress(OSError), connection:
                    connection.settimeout(5)
                    behave(connection)

        thread = threading.Thread(target=serve)
        thread.start()
        yield f"https://127.0.0.1:{listener.getsockname()[1]}"
        listener.shutdown(socket.SHUT_RDWR)
    thread.join(10)


async def failure(api: Any, url: str, **settings: Any) -> ProviderError:
    async with api.ApiClient(url, **settings) as client:
        with pytest.raises(ProviderError) as caught:
            await client.request("POST", "/", json={})
    return caught.value


@pytest.mark.parametrize(
    ("behave", "words"),
    [
        (stall, "cannot be reached"),
        (drop, "cannot be reached"),
        (drop_at_once, "cannot be reached"),
        (say(ALERT), "cannot be reached"),
        (say(b"HTTP/1.1 400 Bad Request\r\n\r\n"), "does not speak TLS"),
        (say(b"SSH-2.0-OpenSSH_9.6\r\n"), "does not speak TLS"),
    ],
    ids=["stall", "drop", "drop-at-once", "alert", "plain-http", "ssh"],
)
async def test_no_handshake(api: Any, behave: Any, words: str) -> None:
    """N5: no certificate was seen, so nothing is said of trust: not sent, and the next try may go through."""
    with peer(behave) as url:
        error = await failure(api, url, timeouts=api.Timeouts(connect=0.5))

    assert isinstance(error, ConnectFailed)
    assert not isinstance(error, TLSFailed)
    assert words in error.message
    assert error.certainty is Certainty.NOT_SENT
    assert error.retryable


@settings(max_examples=20, derandomize=True, database=None)
@given(st.binary(max_size=40) | st.binary(max_size=20).map(lambda rest: b"\x16\x03\x03\x00\x10\x02" + rest))
async def test_any_handshake(api: Any, said: bytes) -> None:
    """G24: whatever comes in place of a handshake is a connection that was not made."""
    with peer(say_and_leave(said)) as url:
        error = await failure(api, url, timeouts=api.Timeouts(connect=2))

    assert isinstance(error, ConnectFailed)


async def test_reason(api: Any, serve: Any, authority: trustme.CA) -> None:
    """N5: a certificate that is not trusted says why, on both loops."""
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(tls)

    error = await failure(api, serve((b"",), tls=tls).url)

    assert isinstance(error, TLSFailed)
    assert "CERTIFICATE_VERIFY_FAILED" in error.message
    assert "issuer" in error.message
    assert not error.retryable


@pytest.mark.parametrize("streamed", [False, True])
async def test_alert_in_mid_connection(
    api: Any, authority: trustme.CA, tmp_path: Any, streamed: bool
) -> None:
    """N16: a TLS alert after the handshake is a lost connection, on both loops; no ssl.SSLError passes."""
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(tls)
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n" if streamed else b""

    def break_off(connection: socket.socket) -> None:
        secure = tls.wrap_socket(connection, server_side=True)
        secure.recv(65536)
        if head:
            secure.sendall(head)
        raw = socket.socket(fileno=secure.detach())
        raw.sendall(b"\x17\x03\x03\x00\x20" + b"\xff" * 32)  # a record that nobody encrypted
        with suppress(OSError):
            raw.recv(65536)
        raw.close()

    with peer(break_off) as url:
        async with api.ApiClient(url, ca_file=str(tmp_path / "ca.pem")) as client:
            with pytest.raises(ProviderError) as caught:
                async with client.stream("GET", "/") as reply:
                    async for _ in reply:
                        pass

    assert isinstance(caught.value, StreamInterrupted if streamed else ConnectionLost)


async def test_client_certificate_wanted(api: Any, serve: Any, authority: trustme.CA, tmp_path: Any) -> None:
    """N16: under TLS 1.3, a remote that wants a certificate says so after the handshake: lost."""
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.verify_mode = ssl.CERT_REQUIRED
    authority.issue_cert("127.0.0.1").configure_cert(tls)

    error = await failure(api, serve((b"",), tls=tls).url, ca_file=str(tmp_path / "ca.pem"))

    assert isinstance(error, ConnectionLost | ConnectFailed)
    assert error.certainty in {Certainty.UNKNOWN, Certainty.NOT_SENT}
