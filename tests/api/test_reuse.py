"""A connection serves again when its answer was read to the end and nothing unasked came behind it."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from typing import Any

import anyio
import pytest
import trustme

from jackfield import Certainty, ProviderUnavailable, StreamInterrupted

pytestmark = pytest.mark.anyio

CHUNKED = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
DONE = b"e\r\ndata: [DONE]\n\n\r\n"
END = b"0\r\n\r\n"
LONG = 30.0


def whole(body: bytes) -> bytes:
    return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body


@pytest.fixture(params=["plain", "tls"])
def start(
    serve: Any, authority: trustme.CA, tmp_path: Any, request: pytest.FixtureRequest
) -> Callable[..., tuple[Any, Any]]:
    """Start a server, with and without TLS, and return it with a client's settings."""
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))

    def server(*replies: Any) -> tuple[Any, Any]:
        if request.param == "plain":
            return serve(*replies), {}
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert("127.0.0.1").configure_cert(tls)
        return serve(*replies, tls=tls), {"ca_file": str(tmp_path / "ca.pem")}

    return server


async def read_to_done(client: Any) -> None:
    """Read a stream as a decoder does: to the wire's own end mark."""
    async with client.stream("POST", "/", json={}) as reply:
        async for chunk in reply:
            if b"[DONE]" in chunk:
                reply.finish()
                break


async def sent_by(server: Any, replies: int = 1) -> None:
    """Return when all of a reply lies in the client's socket: before, what comes behind is not to be seen."""
    while server.answered < replies:  # noqa: ASYNC110  the server is a thread
        await anyio.sleep(0.001)
    # On a busy machine the system takes a moment to carry over what the server has handed it.
    await anyio.sleep(0.02)


FIRST, SECOND = whole(b'"first"'), whole(b'"second"')
PAD = b'"%s"' % (b"x" * 200_000)


@pytest.mark.parametrize(
    "steps",
    [
        (FIRST + SECOND,),
        (FIRST, SECOND),
        (FIRST + b"x",),
        (CHUNKED + b'7\r\n"first"\r\n' + END + SECOND,),
        (FIRST + b"HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n\r\n",),
    ],
    ids=["one-segment", "two-writes", "one-byte", "chunked", "error-page"],
)
async def test_second_response(api: Any, start: Any, steps: Any) -> None:
    """N17: what comes behind an answer unasked, in its segment or TLS record or the next, answers nobody."""
    server, settings = start(steps, (whole(b'"third"'),))

    async with api.ApiClient(server.url, **settings) as client:
        assert await client.request_json("GET", "/") == "first"
        await sent_by(server)
        assert await client.request_json("GET", "/") == "third"

    assert server.connections == 2


@pytest.mark.parametrize("size", [65_536, 131_072, 200_000])
async def test_second_response_behind_a_large_one(api: Any, start: Any, size: int) -> None:
    """N17: also where the first ends with a read of the library's, and the second waits below its parser."""
    body = b'"%s"' % (b"x" * (size - 2))
    head = len(whole(body)) - size
    body = b'"%s"' % (b"x" * (size - head - 2))
    assert len(whole(body)) == size
    server, settings = start((whole(body) + SECOND,), (whole(b'"third"'),))

    async with api.ApiClient(server.url, **settings) as client:
        assert len(await client.request_json("GET", "/")) == len(body) - 2
        await sent_by(server)
        assert await client.request_json("GET", "/") == "third"


async def test_length_and_chunks(api: Any, serve: Any) -> None:
    """N17: an answer with a length and chunks is read as chunked (RFC 9112 §6.3); its rest is no answer."""
    both = b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n"
    server = serve((both + b'7\r\n"first"\r\n' + END + b"left over",), (whole(b'"third"'),))

    async with api.ApiClient(server.url) as client:
        assert await client.request_json("GET", "/") == "first"
        assert await client.request_json("GET", "/") == "third"


async def test_bytes_while_idle(api: Any, start: Any) -> None:
    """N17: bytes that come while a connection is idle close it."""
    server, settings = start((FIRST, 0.05, SECOND), (whole(b'"third"'),))

    async with api.ApiClient(server.url, **settings) as client:
        assert await client.request_json("GET", "/") == "first"
        await sent_by(server)
        assert await client.request_json("GET", "/") == "third"

    assert server.connections == 2


async def test_silent_connections_are_kept(api: Any, start: Any) -> None:
    """Ten whole answers, short and long, need one connection: looking for unread bytes finds none."""
    server, settings = start((FIRST,), (whole(PAD),), (CHUNKED + b'3\r\n"x"\r\n' + END,), (FIRST,))

    async with api.ApiClient(server.url, **settings) as client:
        for _ in range(10):
            await client.request_json("GET", "/")

    assert server.connections == 1


async def test_where_nothing_can_be_looked_at(
    api: Any, api_modules: dict[str, Any], serve: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """N17: where `anyio` looks otherwise inside, a connection is closed rather than trusted."""
    server = serve((FIRST,))

    async with api.ApiClient(server.url) as client:
        for _ in range(3):
            await client.request_json("GET", "/")
            [(_, connection)] = client._connections._idle
            monkeypatch.setattr(connection, "_stream", object.__new__(_Renamed))
            assert not api_modules["jackfield_api._unread"].is_silent(connection)
            monkeypatch.undo()


async def test_where_the_library_cannot_be_looked_at(
    api_modules: dict[str, Any], serve: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """N17: likewise of the library's connections, which are those through a proxy."""
    http, is_silent = (
        api_modules["jackfield_api._compat"].http,
        api_modules["jackfield_api._unread"].is_silent,
    )
    server = serve((FIRST,))

    async with http.AsyncHTTPTransport() as connection:
        response = await connection.handle_async_request(http.Request("GET", server.url))
        await response.aread()
        await response.aclose()
        assert is_silent(connection)
        monkeypatch.setattr(connection, "_pool", object.__new__(_Renamed))
        assert not is_silent(connection)
        monkeypatch.undo()


class _Renamed:
    pass


async def test_end_in_a_later_segment(api: Any, start: Any) -> None:
    """Twenty streams, each left at its own end mark while the body's end comes later, use one connection."""
    server, settings = start((CHUNKED + DONE, 0.004, END))

    async with api.ApiClient(server.url, **settings) as client:
        for _ in range(20):
            await read_to_done(client)

    assert len(server.requests) == 20
    assert server.connections == 1


async def test_end_that_never_comes(api: Any, serve: Any) -> None:
    """A remote that holds its answers open is waited for once, a moment, and not again until an end comes."""
    server = serve((CHUNKED + DONE, LONG), (CHUNKED + DONE, LONG), (CHUNKED + DONE + END,))

    async with api.ApiClient(server.url) as client:
        waits: list[float] = []
        for _ in range(3):
            before = anyio.current_time()
            async with client.stream("GET", "/") as reply:
                await anext(reply)
                reply.finish()
                before = anyio.current_time()
            waits.append(anyio.current_time() - before)
        assert client._connections.is_patient

    assert waits[0] >= 0.25
    assert waits[1] < waits[0]
    assert server.connections == 3


async def test_rest_that_is_long(api: Any, serve: Any) -> None:
    """No more than 64 KiB of what follows a finished answer are read: the connection is closed instead."""
    flood = b"10000\r\n" + b"x" * 65_536 + b"\r\n"
    server = serve((CHUNKED + DONE, 0.02, flood * 40, LONG))

    async with api.ApiClient(server.url) as client:
        await read_to_done(client)
        assert not client._connections._idle

    assert await anyio.to_thread.run_sync(server.wait_until_left)


async def test_left_early(api: Any, serve: Any) -> None:
    """X2: an answer that is left without being finished is not waited for, though its end would come soon."""
    server = serve((CHUNKED + DONE, 0.1, END))

    async with api.ApiClient(server.url) as client:
        for _ in range(3):
            async with client.stream("GET", "/") as reply:
                await anext(reply)

    assert server.connections == 3


@pytest.mark.parametrize("finished", [True, False])
async def test_broken_rest(api: Any, serve: Any, finished: bool) -> None:
    """N8: a rest that is broken replaces no outcome, and its connection is closed."""
    server = serve((CHUNKED + DONE + b"ZZZZ\r\n",))

    async with api.ApiClient(server.url) as client:
        for _ in range(3):
            async with client.stream("GET", "/") as reply:
                await anext(reply)
                if finished:
                    reply.finish()

    assert server.connections == 3
    assert await anyio.to_thread.run_sync(server.wait_until_left)


async def test_own_error_and_broken_rest(api: Any, serve: Any) -> None:
    """The reader's own error is the outcome, whatever the rest of the answer is like."""
    server = serve((CHUNKED + DONE + b"ZZZZ\r\n",))

    async with api.ApiClient(server.url) as client:
        with pytest.raises(ZeroDivisionError):
            async with client.stream("GET", "/") as reply:
                await anext(reply)
                _ = 1 / 0


async def test_refusal_with_a_broken_body(api: Any, serve: Any) -> None:
    """N9: a status that asks to come back is told, certainty and wait, though its body cannot be read."""
    head = (
        b"HTTP/1.1 503 Busy\r\nRetry-After: 7\r\nContent-Encoding: br\r\nTransfer-Encoding: chunked\r\n\r\n"
    )
    server = serve((head + b"ZZZZ\r\n",))

    async with api.ApiClient(server.url) as client:
        with pytest.raises(ProviderUnavailable) as caught:
            await client.request("POST", "/")

    assert caught.value.certainty is Certainty.REJECTED
    assert caught.value.retry_after == 7


async def test_refusal_whose_body_stalls(api: Any, api_modules: Any, serve: Any, monkeypatch: Any) -> None:
    """A refusal is told after a few seconds, though its body never ends; what came of it is told too."""
    monkeypatch.setattr(api_modules["jackfield_api._client"], "_ERROR_SECONDS", 0.2)
    head = b"HTTP/1.1 529 X\r\nContent-Type: text/plain\r\nContent-Length: 99\r\n\r\n"
    server = serve((head + b"overloaded", LONG))

    async with api.ApiClient(server.url) as client:
        with pytest.raises(ProviderUnavailable, match="overloaded"):
            await client.request("POST", "/")


async def test_cut_in_the_drain(api: Any, serve: Any) -> None:
    """N7: a connection that is reset while its end is awaited is closed, and nobody hears of it."""
    server = serve((CHUNKED + DONE, 0.02, "reset"))

    async with api.ApiClient(server.url) as client:
        for _ in range(2):
            await read_to_done(client)

    assert server.connections == 2


async def test_stream_cut_before_finish(api: Any, serve: Any) -> None:
    """N7: a stream that is cut before it was finished is interrupted, as ever."""
    server = serve((CHUNKED + b"5\r\nhello\r\n", 0.05, "close"))

    async with api.ApiClient(server.url) as client:
        with pytest.raises(StreamInterrupted):
            await read_to_done(client)


async def test_read_timeout_is_told(api: Any, serve: Any) -> None:
    """A reply tells its transport's limit for one read: the client's, or the request's own."""
    server = serve((CHUNKED + END,))

    async with api.ApiClient(server.url, timeouts=api.Timeouts(read=7.0)) as client:
        async with client.stream("GET", "/") as reply:
            assert reply.read_timeout == 7.0
        async with client.stream("GET", "/", timeouts=api.Timeouts(read=None)) as reply:
            assert reply.read_timeout is None


async def test_reply_hides_its_headers(api: Any, serve: Any) -> None:
    """S5: neither kind of reply prints headers, where cookies are."""
    server = serve((b"HTTP/1.1 200 OK\r\nSet-Cookie: a=hidden\r\nContent-Length: 0\r\n\r\n",))

    async with api.ApiClient(server.url) as client:
        async with client.stream("GET", "/") as reply:
            assert "hidden" not in repr(reply)
        assert "hidden" not in repr(await client.request("GET", "/"))
        assert reply.headers["Set-Cookie"] == "a=hidden"
