"""Bodies are read as kindly as other clients read them, the same for whole answers and for streams."""

from __future__ import annotations

import contextlib
import gzip
import os
import zlib
from collections.abc import AsyncIterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jackfield import MalformedResponse, ResponseTooLarge
from jackfield_api import parse_json
from jackfield_api._body import read_body

pytestmark = pytest.mark.anyio

MEMBERS = gzip.compress(b'{"a": ') + gzip.compress(b"1}")


async def chunks(body: bytes, size: int = 1) -> AsyncIterator[bytes]:
    for start in range(0, len(body), size):
        yield body[start : start + size]


def answer(body: bytes, encoding: bytes) -> bytes:
    head = b"HTTP/1.1 200 OK\r\nContent-Encoding: %s\r\nContent-Length: %d\r\n\r\n"
    return head % (encoding, len(body)) + body


async def both_ways(client: Any) -> list[bytes]:
    whole = (await client.request("GET", "/")).body
    async with client.stream("GET", "/") as reply:
        return [whole, b"".join([chunk async for chunk in reply])]


@pytest.mark.parametrize("word", [b"", b"identity", b"none", b"UTF-8", b"utf8", b"binary", b"identity, none"])
async def test_harmless_encodings(api: Any, serve: Any, word: bytes) -> None:
    """A Content-Encoding that encodes nothing is none, whole or streamed."""
    async with api.ApiClient(serve((answer(b"text", word),)).url) as client:
        assert await both_ways(client) == [b"text"] * 2


@pytest.mark.parametrize("word", [b"gzip", b"GZIP", b"x-gzip", b"identity, gzip"])
async def test_gzip(api: Any, serve: Any, word: bytes) -> None:
    """Several members of gzip are one body, whole or streamed, though a stream did not ask for it."""
    async with api.ApiClient(serve((answer(MEMBERS, word),)).url) as client:
        assert await both_ways(client) == [b'{"a": 1}'] * 2


@pytest.mark.parametrize("word", [b"br", b"zstd", b"gzip, br", b"deflate"])
async def test_encodings_not_asked_for(api: Any, serve: Any, word: bytes) -> None:
    """N9: an encoding that was not asked for is named in the error, whole or streamed."""
    async with api.ApiClient(serve((answer(b"text", word),)).url) as client:
        with pytest.raises(MalformedResponse, match=word.decode()):
            await client.request("GET", "/")
        with pytest.raises(MalformedResponse, match=word.decode()):
            async with client.stream("GET", "/"):
                raise AssertionError("the stream must not open")


@given(
    st.lists(st.binary(max_size=300), min_size=1, max_size=4),
    st.sampled_from([b"", b"\0" * 700, b"\0garbage", b"garbage", b"\x1f", b"\0\x1fx"]),
    st.integers(1, 700),
)
def test_members(parts: list[bytes], behind: bytes, size: int) -> None:
    """Any members in any cut are their contents in a row; zeros and other bytes behind them do not count."""
    body = b"".join(map(gzip.compress, parts)) + behind

    assert run(read_body(chunks(body, size), "gzip", 2000)) == b"".join(parts)


@given(st.integers(1, len(MEMBERS) - 1), st.integers(1, 40))
def test_cut_anywhere(length: int, size: int) -> None:
    """N9: gzip that is cut inside a member is MalformedResponse, never a shorter body."""
    first = len(gzip.compress(b'{"a": '))
    if first <= length <= first + 1:
        assert run(read_body(chunks(MEMBERS[:length], size), "gzip", 99)) == b'{"a": '
        return
    with pytest.raises(MalformedResponse, match="cut short"):
        run(read_body(chunks(MEMBERS[:length], size), "gzip", 99))


def run(coroutine: Any) -> Any:
    """Run what never waits."""
    try:
        coroutine.send(None)
    except StopIteration as end:
        return end.value
    raise AssertionError("it waits")


@pytest.mark.parametrize("size", [1000, 100_000, 10**9])
def test_limit_on_the_decoded_size(size: int) -> None:
    """N14: the cap is on what was inflated, in all members together, at a byte."""
    body = gzip.compress(b"\0" * 300_000) + gzip.compress(b"\0" * 200_000)

    assert len(run(read_body(chunks(body, size), "gzip", 500_000))) == 500_000
    with pytest.raises(ResponseTooLarge):
        run(read_body(chunks(body, size), "gzip", 499_999))


def test_incompressible() -> None:
    """A body that gzip makes larger comes out whole."""
    body = os.urandom(300_000)

    assert run(read_body(chunks(gzip.compress(body), 65_536), "gzip", 300_000)) == body


def test_empty_body_that_says_gzip() -> None:
    """A body of no bytes is empty, whatever its encoding is said to be."""
    assert run(read_body(chunks(b""), "gzip", 9)) == b""


def test_pieces_are_small(monkeypatch: pytest.MonkeyPatch) -> None:
    """N14: a bomb is inflated a little at a time, so that it is stopped before it is held."""
    most = 0
    real = zlib.decompressobj

    class Counting:
        def __init__(self, bits: int) -> None:
            self._real = real(bits)

        def decompress(self, data: bytes, size: int) -> bytes:
            nonlocal most
            piece = self._real.decompress(data, size)
            most = max(most, len(piece))
            return piece

        def __getattr__(self, name: str) -> Any:
            return getattr(self._real, name)

    monkeypatch.setattr(zlib, "decompressobj", Counting)

    with pytest.raises(ResponseTooLarge):
        run(read_body(chunks(gzip.compress(b"\0" * 50_000_000), 65_536), "gzip", 1_000_000))
    assert most == 65_536


@pytest.mark.parametrize("text", [b'\xef\xbb\xbf{"a": 1}', '\ufeff{"a": 1}', b'{"a": 1}'])
def test_byte_order_mark(text: str | bytes) -> None:
    """A byte order mark before JSON is let through."""
    assert parse_json(text) == {"a": 1}


@pytest.mark.parametrize("depth", [3, 700, 3000])
@pytest.mark.parametrize("form", ["[%s]", '{"a": %s}'])
@pytest.mark.parametrize("inner", ['"\\ud800"', '"\\\\ud"', "1"])
def test_nested(depth: int, form: str, inner: str) -> None:
    """However deep JSON is nested, with half a character in it or not: a value, or MalformedResponse."""
    before, after = form.split("%s")
    with contextlib.suppress(MalformedResponse):
        parse_json(before * depth + inner + after * depth)


@pytest.mark.parametrize("text", ["1e999", "[-1e999]", '{"a": 1e400}', "9" * 400 + ".5"])
def test_numbers_without_end(text: str) -> None:
    """A number that is too large to be one is MalformedResponse: no infinity comes out of JSON."""
    with pytest.raises(MalformedResponse, match="a number"):
        parse_json(text)


def test_large_numbers() -> None:
    """The largest number and the smallest are good JSON."""
    assert parse_json("[1.7976931348623157e308, 1e-999, 12345678901234567890]") == [
        1.7976931348623157e308,
        0.0,
        12345678901234567890,
    ]


async def test_malformed_reply_knows_its_answer(api: Any, serve: Any) -> None:
    """What is not JSON says with which status, headers and request id it came."""
    reply = b"HTTP/1.1 200 OK\r\nX-Request-Id: r-1\r\nSet-Cookie: a=hidden\r\nContent-Length: 6\r\n\r\n<html>"
    async with api.ApiClient(serve((reply,)).url) as client:
        with pytest.raises(MalformedResponse) as caught:
            await client.request_json("GET", "/")

    assert (caught.value.status, caught.value.remote_request_id) == (200, "r-1")
    assert "set-cookie" not in caught.value.headers
