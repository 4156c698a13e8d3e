"""Faults of the network: each is one of our errors, with the right certainty, and nothing is sent twice."""

from __future__ import annotations

import errno
import gzip
import socket
import ssl
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import anyio
import pytest
import trustme

from jackfield import (
    Certainty,
    ConnectFailed,
    ConnectionLost,
    ContextTooLong,
    MalformedResponse,
    ProviderClosed,
    ProviderError,
    ResponseTooLarge,
    StreamInterrupted,
    TLSFailed,
)

pytestmark = pytest.mark.anyio

JSON = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
OK = JSON + b"Content-Length: 8\r\n\r\n" + b'{"a": 1}'
CHUNKED = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"


def gzipped(body: bytes) -> bytes:
    return JSON + b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(body) + body


async def failure(api: Any, url: str, **settings: Any) -> ProviderError:
    """Ask once; return the error and be sure that there is one."""
    async with api.ApiClient(url, **settings) as client:
        with pytest.raises(ProviderError) as caught:
            await client.request_json("POST", "/things", json={"a": 1})
    return caught.value


async def test_refused(api: Any) -> None:
    """N1: a closed port is ConnectFailed with the system's own reason, and nothing was sent."""
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]

    error = await failure(api, f"http://127.0.0.1:{port}")

    assert isinstance(error, ConnectFailed)
    assert f"Errno {errno.ECONNREFUSED}" in str(error)
    assert error.certainty is Certainty.NOT_SENT
    assert error.retryable


async def test_black_hole(api: Any) -> None:
    """N2: a listener that never accepts is ConnectFailed after the connect timeout."""
    with socket.socket() as hole:
        hole.bind(("127.0.0.1", 0))
        hole.listen(0)
        fillers = [socket.socket() for _ in range(3)]
        for filler in fillers:
            filler.setblocking(False)
            filler.connect_ex(hole.getsockname())
        timeouts = api.Timeouts(connect=0.1)
        error = await failure(api, f"http://127.0.0.1:{hole.getsockname()[1]}", timeouts=timeouts)
        for filler in fillers:
            filler.close()

    assert isinstance(error, ConnectFailed)
    assert error.certainty is Certainty.NOT_SENT


async def test_unknown_host(api: Any) -> None:
    """N3: a name that does not resolve is ConnectFailed, and the message names the host."""
    error = await failure(api, "https://x.invalid")

    assert isinstance(error, ConnectFailed)
    assert "x.invalid" in error.message


def expired(authority: trustme.CA) -> trustme.LeafCert:
    return authority.issue_cert("127.0.0.1", not_after=datetime(2001, 1, 1, tzinfo=UTC))


def for_another_host(authority: trustme.CA) -> trustme.LeafCert:
    return authority.issue_cert("other.example")


def by_a_stranger(_: trustme.CA) -> trustme.LeafCert:
    return trustme.CA().issue_cert("127.0.0.1")


def server_context(certificate: trustme.LeafCert) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    return context


@pytest.mark.parametrize("certificate", [expired, for_another_host, by_a_stranger])
async def test_bad_certificate(
    api: Any, serve: Any, authority: trustme.CA, tmp_path: Any, certificate: Callable[..., Any]
) -> None:
    """N5: an expired, misnamed or unknown certificate is TLSFailed: not sent, not retried, never plain."""
    server = serve((OK,), tls=server_context(certificate(authority)))
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))

    error = await failure(api, server.url, ca_file=str(tmp_path / "ca.pem"))

    assert isinstance(error, TLSFailed)
    assert error.certainty is Certainty.NOT_SENT
    assert not error.retryable
    assert server.requests == []


async def test_good_certificate(api: Any, serve: Any, authority: trustme.CA, tmp_path: Any) -> None:
    """A certificate by an authority from `ca_file` is trusted."""
    server = serve((OK,), tls=server_context(authority.issue_cert("127.0.0.1")))
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))

    async with api.ApiClient(server.url, ca_file=str(tmp_path / "ca.pem")) as client:
        assert await client.request_json("GET", "/things") == {"a": 1}


async def test_plain_http_on_a_tls_port(api: Any, serve: Any) -> None:
    """N5: what answers a TLS handshake in plain HTTP was not reached, and the message says what it lacks."""
    server = serve((OK,))
    with socket.create_server(("127.0.0.1", 0)) as plain:
        async with anyio.create_task_group() as group:
            group.start_soon(anyio.to_thread.run_sync, answer_plainly, plain)
            error = await failure(api, f"https://127.0.0.1:{plain.getsockname()[1]}")

    assert isinstance(error, ConnectFailed)
    assert "does not speak TLS" in error.message
    assert error.certainty is Certainty.NOT_SENT
    assert server.requests == []


def answer_plainly(listener: socket.socket) -> None:
    connection = listener.accept()[0]
    with connection:
        connection.recv(65536)
        connection.sendall(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")


@pytest.mark.parametrize(
    "steps",
    [
        ("close",),
        ("reset",),
        (b"HTTP/1.1 200 OK\r\nContent-Le", "close"),
        (b"HTTP/1.1 200 OK\r\nContent-Le", "reset"),
        (JSON + b"Content-Length: 100\r\n\r\n{", "close"),
        (JSON + b"Content-Length: 100\r\n\r\n{", "reset"),
        (JSON + b"Transfer-Encoding: chunked\r\n\r\n4\r\n{\r\n", "close"),
        (JSON + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n{", "close"),
    ],
)
async def test_lost(api: Any, serve: Any, steps: Any) -> None:
    """N6-N8: a connection that breaks after the request is ConnectionLost, UNKNOWN, and sent once."""
    server = serve(steps)

    error = await failure(api, server.url)

    assert isinstance(error, ConnectionLost)
    assert error.certainty is Certainty.UNKNOWN
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("body", "fault"),
    [(gzip.compress(b'{"a": 1}')[:-4], "cut short"), (b"not gzip at all", "not the gzip")],
    ids=["cut", "not-gzip"],
)
async def test_bad_gzip(api: Any, serve: Any, body: bytes, fault: str) -> None:
    """N9: a gzip body that is cut or none is MalformedResponse, though HTTP calls it complete."""
    error = await failure(api, serve((gzipped(body),)).url)

    assert isinstance(error, MalformedResponse)
    assert fault in error.message
    assert error.certainty is Certainty.UNKNOWN


async def test_cut_close_delimited_body(api: Any, serve: Any) -> None:
    """N9: a body that ends with its connection and was cut does not parse, so it is MalformedResponse."""
    error = await failure(api, serve((JSON + b'\r\n{"a": [1, 2', "close")).url)

    assert isinstance(error, MalformedResponse)


async def test_good_gzip(api: Any, serve: Any) -> None:
    """A whole gzip body is decoded."""
    async with api.ApiClient(serve((gzipped(gzip.compress(b'{"a": 1}')),)).url) as client:
        assert await client.request_json("GET", "/") == {"a": 1}


async def test_gzip_bomb(api: Any, serve: Any) -> None:
    """N14: a small gzip that inflates without end is ResponseTooLarge at the cap, and never held whole."""
    bomb = gzip.compress(b"\0" * 20_000_000)

    error = await failure(api, serve((gzipped(bomb),)).url, max_response_bytes=100_000)

    assert isinstance(error, ResponseTooLarge)


async def test_large_plain_body(api: Any, serve: Any) -> None:
    """A plain body over the cap is ResponseTooLarge."""
    body = JSON + b"Content-Length: 3000\r\n\r\n" + b"x" * 3000

    assert isinstance(await failure(api, serve((body,)).url, max_response_bytes=2000), ResponseTooLarge)


async def test_encoding_not_asked_for(api: Any, serve: Any) -> None:
    """A body in an encoding that was not asked for is MalformedResponse."""
    reply = JSON + b"Content-Encoding: br\r\nContent-Length: 1\r\n\r\nx"

    assert isinstance(await failure(api, serve((reply,)).url), MalformedResponse)


@pytest.mark.parametrize(
    "steps",
    [
        (b"HTTP/1.1 200 OK\r\nX-Long: " + b"x" * 200_000 + b"\r\n\r\n",),
        (b"SSH-2.0-OpenSSH_9.6\r\n\r\n", "close"),
        (b"\x16\x03\x01\x02\x00\x01\x00\r\n\r\n", "close"),
    ],
    ids=["endless-header", "ssh", "tls"],
)
async def test_not_http(api: Any, serve: Any, steps: Any) -> None:
    """N15, N16: endless headers and other protocols are MalformedResponse."""
    assert isinstance(await failure(api, serve(steps).url), MalformedResponse)


@pytest.mark.parametrize("status", [b"301", b"302", b"303", b"307", b"308"])
async def test_redirect(api: Any, serve: Any, status: bytes) -> None:
    """N18: a redirect is not followed; the error names where it leads by its origin alone."""
    elsewhere = serve((OK,))
    location = f"Location: {elsewhere.url}/callback?code=hidden\r\n".encode()
    server = serve((b"HTTP/1.1 " + status + b" Away\r\n" + location + b"Content-Length: 0\r\n\r\n",))

    error = await failure(api, server.url)

    assert isinstance(error, MalformedResponse)
    assert elsewhere.url in error.message
    assert "hidden" not in str(error)
    assert elsewhere.requests == []


async def test_html(api: Any, serve: Any) -> None:
    """F14: a page where JSON is due is MalformedResponse, and the message says what it is."""
    page = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 6\r\n\r\n<html>"

    error = await failure(api, serve((page,)).url)

    assert isinstance(error, MalformedResponse)
    assert "text/html" in error.message


async def test_read_timeout(api: Any, serve: Any) -> None:
    """A remote that falls silent is ConnectionLost after the read timeout; it may have acted."""
    error = await failure(api, serve((5.0,)).url, timeouts=api.Timeouts(read=0.1))

    assert isinstance(error, ConnectionLost)
    assert error.certainty is Certainty.UNKNOWN


async def test_slow_loris(api: Any, serve: Any) -> None:
    """N10: a body that drips inside every read timeout ends with the caller's own deadline, and is let go."""
    drip = tuple(step for _ in range(100) for step in (b"1\r\n \r\n", 0.05))
    server = serve((CHUNKED, *drip))

    async with api.ApiClient(server.url, timeouts=api.Timeouts(read=0.5)) as client:
        with anyio.move_on_after(0.3) as scope:
            await client.request_json("GET", "/")
        assert scope.cancelled_caught
        assert await anyio.to_thread.run_sync(server.wait_until_left)


@pytest.mark.parametrize("is_secure", [False, True])
async def test_answer_before_all_is_read(
    api: Any, serve: Any, authority: trustme.CA, tmp_path: Any, is_secure: bool
) -> None:
    """A remote that refuses a large request by its head, and hangs up, is heard: it did nothing."""
    refusal = b"HTTP/1.1 413 Content Too Large\r\nContent-Length: 2\r\n\r\n{}"
    tls = server_context(authority.issue_cert("127.0.0.1")) if is_secure else None
    server = serve((refusal, "reset"), tls=tls, in_a_hurry=True)
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))

    async with api.ApiClient(server.url, ca_file=str(tmp_path / "ca.pem")) as client:
        with pytest.raises(ContextTooLong) as caught:
            await client.request("POST", "/things", content=b"x" * 2**23)

    assert (caught.value.status, caught.value.certainty) == (413, Certainty.REJECTED)


async def test_stale_connection(api: Any, serve: Any) -> None:
    """N12: a kept connection that the server has closed meanwhile is replaced; the request is sent once."""
    server = serve((OK, "close"))

    async with api.ApiClient(server.url) as client:
        for _ in range(2):
            assert await client.request_json("POST", "/", json={}) == {"a": 1}
            await anyio.to_thread.run_sync(server.wait_until_left)

    assert len(server.requests) == 2
    assert server.connections == 2


async def test_closed_on_arrival(api: Any, serve: Any) -> None:
    """N13: a kept connection that closes as the next request arrives is ConnectionLost; it is sent once."""
    server = serve((OK,), ("close",))

    async with api.ApiClient(server.url) as client:
        await client.request_json("POST", "/", json={})
        with pytest.raises(ConnectionLost) as caught:
            await client.request_json("POST", "/", json={})

    assert caught.value.certainty is Certainty.UNKNOWN
    assert len(server.requests) == 2
    assert server.connections == 1


@pytest.mark.parametrize("end", ["close", "reset"])
async def test_cut_stream(api: Any, serve: Any, end: str) -> None:
    """N8: a stream that breaks is StreamInterrupted after all that had arrived was handed out."""
    server = serve((CHUNKED + b"5\r\nhello\r\n", 0.05, end))
    arrived = b""

    async with api.ApiClient(server.url) as client:
        with pytest.raises(StreamInterrupted) as caught:
            async with client.stream("POST", "/", json={}) as reply:
                async for chunk in reply:
                    arrived += chunk

    assert arrived == b"hello"
    assert caught.value.certainty is Certainty.STARTED


async def test_encoded_stream(api: Any, serve: Any) -> None:
    """A stream is asked for as it is; in another encoding it is MalformedResponse."""
    server = serve((b"HTTP/1.1 200 OK\r\nContent-Encoding: br\r\nContent-Length: 1\r\n\r\nx",))

    async with api.ApiClient(server.url) as client:
        with pytest.raises(MalformedResponse):
            async with client.stream("GET", "/"):
                raise AssertionError("the stream must not open")

    assert b"accept-encoding: identity" in server.requests[0].lower()


async def test_closed_client(api: Any, serve: Any) -> None:
    """A closed client sends nothing: ProviderClosed."""
    server = serve((OK,))
    async with api.ApiClient(server.url) as client:
        pass

    with pytest.raises(ProviderClosed):
        await client.request("GET", "/")
    assert server.requests == []
