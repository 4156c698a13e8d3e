"""Whatever a remote writes and whatever is asked: an answer, or an error of ours. Nothing else leaves."""

from __future__ import annotations

import gzip
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jackfield import ProviderError

pytestmark = pytest.mark.anyio

PAYLOAD = gzip.compress(b'{"a": 1}')
status_lines = st.sampled_from(
    [
        *[
            b"HTTP/1.1 %d X\r\n" % status
            for status in (200, 200, 200, 204, 301, 400, 401, 404, 425, 429, 503)
        ],
        *[b"HTTP/1.1 100 C\r\n\r\nHTTP/1.1 200 OK\r\n", b"HTTP/1.1 101 S\r\n", b"HTTP/1.0 200 OK\r\n"],
        *[b"HTTP/2 200\r\n", b"HTTP/1.1 99999 X\r\n", b"220 smtp\r\n", b"", b"\x16\x03\x01\x02", b"\r\n\r\n"],
    ]
)
header_lines = st.sampled_from(
    [
        *[b"Content-Length: 8\r\n", b"Content-Length: 99\r\n", b"Content-Length: -1\r\n"],
        *[b"Content-Length: 28\r\n", b"Content-Length: 9\r\nContent-Length: 8\r\n"],
        *[b"Transfer-Encoding: chunked\r\n", b"Transfer-Encoding: gzip, chunked\r\n"],
        *[b"Content-Encoding: gzip\r\n", b"Content-Encoding: br\r\n", b"Content-Encoding: \xff\r\n"],
        *[b"Content-Type: text/plain; charset=\xff\r\n", b"Location: http://[\r\n", b"Location: \xff\r\n"],
        *[
            b"Location: https://" + b"a" * 70 + b".example\r\n",
            b"Retry-After: 0\r\n",
            b"Retry-After: x, 1\r\n",
        ],
        *[
            b"X-Request-Id: \xff\x01\r\n",
            b"Connection: close\r\n",
            b"no colon\r\n",
            b" folded\r\n",
            b": x\r\n",
        ],
        *[b"X-Should-Retry: maybe\r\n", b"Upgrade: h2c\r\n", b"X: " + b"y" * 70_000 + b"\r\n"],
    ]
)
bodies = st.sampled_from(
    [
        *[
            b'{"a": 1}',
            PAYLOAD,
            PAYLOAD[:-3],
            PAYLOAD * 2,
            b"\x1f\x8b",
            b"8\r\n" + b'{"a": 1}' + b"\r\n0\r\n\r\n",
        ],
        *[
            b"%x\r\n" % len(PAYLOAD) + PAYLOAD + b"\r\n0\r\n\r\n",
            b"zz\r\n",
            b"fffffffffffffffffffff\r\n",
            b"4\r\nx",
        ],
        *[
            b'{"error": {"code": 1e999, "message": "\\ud800"}}',
            b'[[{"error": {"type": ["x"]}}]]',
            b"\xff\xfe",
        ],
        *[b"data: x\n\n", b"0\r\nTrailer: x\r\n\r\n", b"0\r\n\r\nHTTP/1.1 200 OK\r\n\r\n", b"9" * 5000],
    ]
)


@st.composite
def answers(draw: st.DrawFn) -> tuple[bytes | float | str, ...]:
    """Draw an answer that looks like one, is broken somewhere, is cut somewhere, and ends somehow."""
    headers = b"".join(draw(st.lists(header_lines, max_size=4)))
    blank = draw(st.sampled_from([b"\r\n", b"\r\n", b"\n", b""]))
    said = draw(status_lines) + headers + blank + b"".join(draw(st.lists(bodies, max_size=3)))
    for place, byte in draw(st.lists(st.tuples(st.integers(0, 300), st.integers(0, 255)), max_size=2)):
        if place < len(said):
            said = said[:place] + bytes([byte]) + said[place + 1 :]
    cut = draw(st.integers(0, len(said)))
    return (said[:cut], 0.001, said[cut:], draw(st.sampled_from(["close", "close", "reset", 0.5])))


async def try_everything(client: Any) -> None:
    """Ask in each of the ways that there are; what is not an error of ours leaves."""
    for _ in range(2):
        with suppress(ProviderError):
            await client.request_json("POST", "/", json={})
        with suppress(ProviderError):
            async with client.stream("GET", "/") as reply:
                async for _ in reply:
                    reply.finish()
                    break
                async for _ in reply:
                    pass


@given(answers())
async def test_answers(api: Any, wire: Any, answer: Any) -> None:
    """N6-N17, G24: bytes of any kind, cut anywhere, on plain HTTP."""
    wire.replies = (answer,)

    async with api.ApiClient(wire.url, timeouts=api.Timeouts(read=0.1)) as client:
        await try_everything(client)


text = st.text(max_size=8) | st.sampled_from(
    ["/", "//x", "\n", "é", "..", "%", "\ud800", "http://x.example/"]
)


@given(
    method=st.sampled_from(["GET", "POST"]) | text,
    path=text,
    params=st.none() | st.dictionaries(text, text | st.none() | st.integers(), max_size=2),
    headers=st.none() | st.dictionaries(text, text, max_size=2),
    json=st.none() | text | st.floats() | st.lists(text, max_size=2),
)
async def test_questions(api: Any, wire: Any, **said: Any) -> None:
    """Methods, paths, queries, headers and bodies of any kind: an answer or an error of ours."""
    wire.replies = ((b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}",),)
    method, path = said.pop("method"), said.pop("path")

    async with api.ApiClient(wire.url, timeouts=api.Timeouts(read=0.1)) as client:
        with suppress(ProviderError):
            await client.request(method, path, **said)


@pytest.fixture
def wire(serve: Any) -> Any:
    """Return a server whose reply each example sets."""
    return serve((b"",))
