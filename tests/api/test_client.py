"""The HTTP client: what goes on the wire, connections kept and thrown away, and leaving early."""

from __future__ import annotations

import gc
import os
from pathlib import Path
from typing import Any

import anyio
import pytest

from jackfield import (
    AuthenticationRequired,
    Certainty,
    ConfigError,
    InvalidRequest,
    MalformedResponse,
    Secret,
)

pytestmark = pytest.mark.anyio

OK = b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 8\r\n\r\n{"a": 1}'
CHUNKED = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
FIRST = b"5\r\nfirst\r\n"
LAST = b"4\r\nlast\r\n0\r\n\r\n"


def key() -> Secret:
    return Secret(f"sk-{os.urandom(8).hex()}")


def open_sockets() -> int:
    return len(
        [fd for fd in Path("/proc/self/fd").iterdir() if fd.is_symlink() and "socket:" in str(fd.readlink())]
    )


async def test_what_is_sent(api: Any, serve: Any) -> None:
    """Path, query, headers, body and the key arrive; a query value of None does not."""
    server, secret = serve((OK,)), key()
    settings = {"headers": {"X-App": "test"}, "credential": api.Credential(secret)}

    async with api.ApiClient(f"{server.url}/base/", **settings) as client:
        query = {"q": "a b&c", "n": 1, "none": None}
        reply = await client.request("POST", "/v1/things", params=query, json={"text": "ü"})

    request = server.requests[0].decode()
    head, _, body = request.partition("\r\n\r\n")
    lines = head.lower().split("\r\n")
    assert request.startswith("POST /base/v1/things?q=a+b%26c&n=1 HTTP/1.1\r\n")
    assert f"authorization: bearer {secret.reveal()}" in lines
    assert f"host: 127.0.0.1:{server.port}" in lines
    assert {"x-app: test", "content-type: application/json", "accept-encoding: gzip"} <= set(lines)
    assert body == '{"text": "ü"}'
    assert (reply.status, reply.headers["Content-Type"]) == (200, "application/json")
    assert await reply.json() == {"a": 1}


async def test_own_credential(api: Any, serve: Any) -> None:
    """A request may be signed with another key than the client's, in another header."""
    server, ours, other = serve((OK,)), key(), key()

    async with api.ApiClient(server.url, credential=api.Credential(ours)) as client:
        await client.request("GET", "/", credential=api.Credential(other, "x-api-key", ""))

    assert f"x-api-key: {other.reveal()}".encode() in server.requests[0]
    assert ours.reveal().encode() not in server.requests[0]


@pytest.mark.parametrize("body", [{"n": float("nan")}, {"o": object()}, {"s": "\ud800"}])
async def test_unwritable_body(api: Any, serve: Any, body: Any) -> None:
    """A body that is not JSON is InvalidRequest before anything is sent."""
    server = serve((OK,))

    async with api.ApiClient(server.url) as client:
        with pytest.raises(InvalidRequest):
            await client.request("POST", "/", json=body)

    assert server.connections == 0


@pytest.mark.parametrize(
    ("method", "path"),
    [("GE T", "/"), ("", "/"), ("GET\r\nX: y", "/"), ("GET", "/a\r\nX: y")],
)
async def test_unwritable_head(api: Any, serve: Any, method: str, path: str) -> None:
    """A method or a path that HTTP cannot write is InvalidRequest before anything is sent."""
    server = serve((OK,))

    async with api.ApiClient(server.url) as client:
        with pytest.raises(InvalidRequest) as caught:
            await client.request(method, path)

    assert caught.value.certainty is Certainty.NOT_SENT
    assert server.connections == 0


async def test_no_proxy_for_this_machine(api: Any, serve: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """N19: a proxy in the environment is not used for what is on this machine."""
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")

    async with api.ApiClient(serve((OK,)).url) as client:
        assert await client.request_json("GET", "/") == {"a": 1}


async def test_connection_is_kept(api: Any, serve: Any) -> None:
    """Requests one after the other share one connection, which is closed with the client."""
    server = serve((OK,))

    async with api.ApiClient(server.url) as client:
        for _ in range(5):
            await client.request("GET", "/")
        assert server.connections == 1

    assert await anyio.to_thread.run_sync(server.wait_until_left)


async def test_parallel_requests(api: Any, serve: Any) -> None:
    """Each of 20 parallel requests has a connection of its own, and the next 20 use them again."""
    server = serve((0.05, OK))

    async with api.ApiClient(server.url) as client:
        for _ in range(2):
            async with anyio.create_task_group() as group:
                for _ in range(20):
                    group.start_soon(client.request, "GET", "/")

    assert len(server.requests) == 40
    assert server.connections == 20


async def test_idle_connections_age(api: Any, serve: Any) -> None:
    """A connection that was idle for longer than its keep-alive is closed and not used again."""
    server = serve((OK,))

    async with api.ApiClient(server.url) as client:
        for _ in range(3):
            await client.request("GET", "/")
            [(_, connection)] = client._connections._idle
            client._connections._idle[0] = (float("-inf"), connection)

    assert server.connections == 3


async def test_old_connections_are_closed_meanwhile(api: Any, serve: Any) -> None:
    """Connections that nobody takes any more are closed when a younger one is given back."""
    server = serve((0.05, OK))

    async with api.ApiClient(server.url) as client:
        async with anyio.create_task_group() as group:
            for _ in range(5):
                group.start_soon(client.request, "GET", "/")
        idle = client._connections._idle
        for index in range(4):
            idle[index] = (float("-inf"), idle[index][1])
        await client.request("GET", "/")

        assert len(idle) == 1


async def test_stream(api: Any, serve: Any) -> None:
    """A stream hands out what arrives; read to its end, its connection is used again."""
    server = serve((CHUNKED + FIRST, 0.02, LAST))

    async with api.ApiClient(server.url) as client:
        for _ in range(2):
            async with client.stream("POST", "/", json={}) as reply:
                assert reply.status == 200
                assert b"".join([chunk async for chunk in reply]) == b"firstlast"

    assert server.connections == 1


async def test_stream_left_at_its_last_event(api: Any, serve: Any) -> None:
    """A stream that is left when its end has arrived already keeps its connection."""
    server = serve((CHUNKED + FIRST + LAST,))

    async with api.ApiClient(server.url) as client:
        for _ in range(2):
            async with client.stream("GET", "/") as reply:
                async for _ in reply:
                    break

    assert server.connections == 1


@pytest.mark.filterwarnings("error")
async def test_stream_left_early(api: Any, serve: Any) -> None:
    """X2: a stream that is left while more is to come closes its connection at once, and nothing stays."""
    server = serve((CHUNKED + FIRST, 5.0, LAST))
    before = open_sockets()

    async with api.ApiClient(server.url) as client:
        async with client.stream("GET", "/") as reply:
            async for _ in reply:
                break
        gc.collect()
        assert open_sockets() <= before + 1  # the server's end of it


async def test_stream_left_by_an_error(api: Any, serve: Any) -> None:
    """An error of the reader's own closes the stream and passes as it is."""
    server = serve((CHUNKED + FIRST, 5.0))

    async with api.ApiClient(server.url) as client:
        with pytest.raises(ZeroDivisionError):
            async with client.stream("GET", "/") as reply:
                await anext(reply)
                _ = 1 / 0


async def test_error_with_a_body(api: Any, serve: Any) -> None:
    """A status that is no success becomes its error, for whole answers and for streams alike."""
    body = b'{"detail": "no such key"}'
    reply = b"HTTP/1.1 401 Unauthorized\r\nContent-Length: %d\r\n\r\n" % len(body) + body
    server = serve((reply,))

    async with api.ApiClient(server.url) as client:
        with pytest.raises(AuthenticationRequired, match="no such key"):
            await client.request("GET", "/")
        with pytest.raises(AuthenticationRequired, match="no such key"):
            async with client.stream("GET", "/"):
                raise AssertionError("the stream must not open")

    assert server.connections == 1


@pytest.mark.parametrize("body", [b"[" * 100_000, b'{"n": NaN}', b"\xff", b"9" * 5000])
async def test_strange_json(api: Any, serve: Any, body: bytes) -> None:
    """F10: nesting without end, NaN, bytes that are no text and endless numbers are MalformedResponse."""
    server = serve((b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body,))

    async with api.ApiClient(server.url) as client:
        with pytest.raises(MalformedResponse):
            await client.request_json("GET", "/")


async def test_large_json(api: Any, serve: Any) -> None:
    """JSON of more than 1 MiB is parsed like any other."""
    body = b'["' + b"x" * 1_500_000 + b'"]'
    server = serve((b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body,))

    async with api.ApiClient(server.url) as client:
        assert len((await client.request_json("GET", "/"))[0]) == 1_500_000


async def test_cancelled_at_every_moment(api: Any, serve: Any) -> None:
    """X1: wherever a request is cancelled, the same client serves the next one and no socket is left open."""
    server = serve((0.002, OK[:40], 0.002, OK[40:]))
    async with api.ApiClient(server.url) as client:
        await client.request("GET", "/")
        for step in range(40):
            with anyio.move_on_after(step * 0.0002):
                await client.request("GET", "/")
            assert (await client.request("GET", "/")).status == 200

    gc.collect()
    assert await anyio.to_thread.run_sync(server.wait_until_left)


async def test_cancelled_while_streaming(api: Any, serve: Any) -> None:
    """A cancelled stream is closed, and the cancellation passes."""
    server = serve((CHUNKED + FIRST, 5.0))

    async with api.ApiClient(server.url) as client:
        with anyio.move_on_after(0.05) as scope:
            async with client.stream("GET", "/") as reply:
                async for _ in reply:
                    pass
        assert scope.cancelled_caught
        assert len(client._connections._idle) == 0


@pytest.mark.parametrize(
    ("url", "fault"),
    [
        ("http://api.example.com", "not encrypted"),
        ("ftp://api.example.com", "must begin with https://"),
        ("file:///etc/passwd", "must begin with https://"),
        ("api.example.com", "must begin with https://"),
        ("", "must begin with https://"),
        ("https://", "must begin with https://"),
        ("https://user:hidden@api.example.com", "user name or password"),
        ("https://api.example.com/?key=hidden", "query"),
        ("https://api.example.com:x", "not an address"),
        ("https://api.example.com:999999", "port"),
    ],
)
async def test_bad_base_url(api: Any, url: str, fault: str) -> None:
    """I11: an address that is no https, or has more in it than an address, is a ConfigError that says so."""
    with pytest.raises(ConfigError, match=fault) as caught:
        api.ApiClient(url)

    assert "hidden" not in str(caught.value)


@pytest.mark.parametrize("url", ["http://127.0.0.1:1", "http://localhost/", "http://[::1]:8000/x"])
async def test_base_url_on_this_machine(api: Any, url: str) -> None:
    """http:// is taken for loopback addresses, without making a TLS context that trusts anybody."""
    async with api.ApiClient(url) as client:
        assert client.origin.startswith("http://")
        assert client._connections.tls.cert_store_stats()["x509_ca"] == 0


async def test_missing_ca_file(api: Any) -> None:
    """A `ca_file` that is not there is a ConfigError."""
    with pytest.raises(ConfigError, match="ca_file"):
        api.ApiClient("https://127.0.0.1", ca_file="/nonexistent/ca.pem")
