"""HTTP/1.1 as bytes: an answer cut anywhere is the same answer, and what ends one is nothing but its end."""

from __future__ import annotations

import gc
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import jackfield_api._http1 as http1
from jackfield_api._compat import http

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n"
LENGTH = HEAD + b"Content-Length: 4\r\n\r\nbody"
CHUNKS = HEAD + b"Transfer-Encoding: chunked\r\n\r\n3\r\nbod\r\n1;note=1\r\ny\r\n0\r\nX-After: 1\r\n\r\n"
INTERIM = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\nContent-Length: 9\r\n\r\n"
ANSWERS = [LENGTH, CHUNKS, INTERIM + LENGTH, INTERIM + CHUNKS, b"\r\n" + LENGTH]


def read(*pieces: bytes, method: str = "GET") -> tuple[http1.AnswerParser, bytes]:
    """Feed *pieces*; return what was made of them, and the body."""
    answer, body = http1.AnswerParser(method), b""
    for piece in pieces:
        answer.feed(piece)
        while answer.has_more:
            body += answer.take()
    return answer, body


@given(st.sampled_from(ANSWERS), st.data())
def test_cut_anywhere(answer: bytes, data: st.DataObject) -> None:
    """However its bytes come, an answer has the same head and body, ends once, and leaves its connection."""
    cuts = sorted({0, len(answer), *data.draw(st.sets(st.integers(1, len(answer) - 1), max_size=8))})
    found, body = read(*(answer[start:end] for start, end in pairwise(cuts)))

    assert (found.status, body) == (200, b"body")
    assert found.headers[0][0] == b"Content-Type"
    assert len(found.headers) == 2
    assert (found.is_over, found.stays, found.is_followed) == (True, True, False)


@given(st.sampled_from(ANSWERS), st.data())
def test_end_that_came_early(answer: bytes, data: st.DataObject) -> None:
    """A remote that hangs up anywhere before the end is told as that, never as an answer that is whole."""
    pieces = answer[: data.draw(st.integers(0, len(answer) - 1))]
    found = http1.AnswerParser()
    if pieces:
        found.feed(pieces)
    found.feed(b"")

    with pytest.raises(http.RemoteProtocolError, match=r"disconnected|before the body was complete"):
        while not found.is_over:
            found.take()


def test_body_without_a_length() -> None:
    """It ends with its connection, which therefore is not used again."""
    found, body = read(HEAD + b"\r\nbo", b"dy", b"")

    assert (body, found.is_over, found.stays) == (b"body", True, False)


@pytest.mark.parametrize("more", [b"H", b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx", b"nonsense"])
@pytest.mark.parametrize("apart", [True, False])
def test_what_nobody_asked_for(more: bytes, apart: bool) -> None:
    """What follows an answer is noticed, and is no part of it, be it another answer or nonsense."""
    found, body = read(*([LENGTH, more] if apart else [LENGTH + more]))

    assert (body, found.status, found.is_over, found.is_followed) == (b"body", 200, True, True)


def test_line_break_behind_an_answer() -> None:
    """Some servers write one more; it asks and answers nothing."""
    for pieces in ([LENGTH + b"\r\n"], [LENGTH, b"\r\n"]):
        found, body = read(*pieces)

        assert (body, found.is_over, found.is_followed) == (b"body", True, False)


@pytest.mark.parametrize("answer", [LENGTH, CHUNKS, b"nonsense", HEAD + b"\r\nbody"])
def test_nothing_is_left_to_the_collector(answer: bytes) -> None:
    """An answer that is over, or failed, is gone as soon as nobody holds it."""
    gc.collect()
    gc.disable()
    try:
        found = http1.AnswerParser()
        found.feed(answer)
        found.feed(b"")
        del found
        assert gc.collect() == 0
    finally:
        gc.enable()


@pytest.mark.parametrize(
    ("head", "stays"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", True),
        (b"HTTP/1.1 204 No Content\r\n\r\n", True),
        (b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n", False),
        (b"HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n", False),
        (b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n", False),
        (b"HTTP/1.1 101 Switching Protocols\r\n\r\n", False),
    ],
)
def test_whether_a_connection_stays(head: bytes, stays: bool) -> None:
    """An answer without a body is over with its head; its connection stays if both ends want that."""
    found, body = read(head)

    assert (body, found.is_over, found.stays) == (b"", True, stays)


def test_answer_to_head() -> None:
    """It ends with its head, whatever length that tells; what follows is nobody's."""
    found, body = read(LENGTH, method="HEAD")

    assert (body, found.status, found.is_over, found.stays) == (b"", 200, True, False)


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(LENGTH.replace(b"\r\n", b"\n"), id="line feeds alone"),
        pytest.param(HEAD + b"Transfer-Encoding: chunked\r\n\r\n4  \r\nbody\r\n0\r\n\r\n", id="blanks"),
        pytest.param(
            HEAD + b"Content-Length: 9\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nbody\r\n0\r\n\r\n",
            id="a length and chunks",
        ),
        pytest.param(HEAD + b"X-Name: J\xf6rg\r\nContent-Length: 4\r\n\r\nbody", id="a letter"),
    ],
)
def test_what_is_read_all_the_same(answer: bytes) -> None:
    """What servers send though they should not, and what moves no end, is read."""
    found, body = read(answer)

    assert (body, found.is_over) == (b"body", True)


@pytest.mark.parametrize(
    "answer",
    [
        b"SSH-2.0-OpenSSH\r\n",
        b"<html>",
        HEAD + b"Content-Length: 2\r\nContent-Length: 4\r\n\r\nbody",
        HEAD + b"Content-Length: -4\r\n\r\nbody",
        HEAD + b"Transfer-Encoding: gzip, chunked\r\n\r\n4\r\nbody\r\n0\r\n\r\n",
        HEAD + b"Transfer-Encoding: gzip\r\n\r\nbody",
        HEAD + b"X: a\x00b\r\n\r\n",
        HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n",
        HEAD + b"Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n",
        b"HTTP/1.1 2000 OK\r\n\r\n",
    ],
)
def test_no_http(answer: bytes) -> None:
    """What is no HTTP, or leaves open where a body ends, is an error that says so, never a body."""
    with pytest.raises(http.RemoteProtocolError) as caught:
        read(answer)

    assert type(caught.value.__cause__).__name__.startswith("HttpParser")


@pytest.mark.parametrize(
    ("begin", "more"),
    [
        pytest.param(HEAD, b"X-More: 1\r\n", id="a head without end"),
        pytest.param(HEAD + b"Transfer-Encoding: chunked\r\n\r\n0\r\n", b"X-More: 1\r\n", id="trailers"),
        pytest.param(HEAD + b"Transfer-Encoding: chunked\r\n\r\n1;", b"more=more;", id="a chunk's size"),
    ],
)
def test_what_never_ends(begin: bytes, more: bytes) -> None:
    """What brings nothing of a body and comes to no end is given up after 100 KiB."""
    found = http1.AnswerParser()
    found.feed(begin)
    fed = 0
    with pytest.raises(http.RemoteProtocolError, match="none of the answer's body"):
        while fed < 10 * http1.LARGEST_HEAD:
            found.feed(more * 100)
            fed += len(more) * 100
            found.check()

    assert http1.LARGEST_HEAD - 2000 < fed < http1.LARGEST_HEAD + 2000


def test_long_bodies_are_no_flood() -> None:
    """A body may be as long as it likes, in pieces of any size, and interim answers may come all day."""
    interim = http1.AnswerParser()
    for _ in range(20_000):
        interim.feed(b"HTTP/1.1 100 Continue\r\n\r\n")
    interim.feed(HEAD + b"Transfer-Encoding: chunked\r\n\r\n")
    for _ in range(20_000):
        interim.feed(b"4\r\nbody\r\n")

    assert len(interim.take()) == 80_000


def request(url: str = "http://127.0.0.1/a", **headers: str) -> Any:
    """Return a request of the HTTP library's."""
    return http.Request("POST", url, headers=headers)


def test_head_of_a_request() -> None:
    """A request's head is its first line and its headers, in their order and in their own letters."""
    asked = http.Request("GET", "http://a.example/b?c=d%20e", headers=[("X-One", "1"), ("x-two", "2")])

    head = http1.head_of(asked).split(b"\r\n")

    assert head[0] == b"GET /b?c=d%20e HTTP/1.1"
    assert head[-4:] == [b"X-One: 1", b"x-two: 2", b"", b""]


@pytest.mark.parametrize("value", ["a\r\nX-Other: 1", "a\nX-Other: 1", "a\rb"])
def test_no_second_head(value: str) -> None:
    """A line break that came as far as the wire is refused there, whatever let it pass before."""
    with pytest.raises(http.LocalProtocolError) as caught:
        http1.head_of(request(value=value))

    assert "Other" not in str(caught.value)


def test_body_in_pieces() -> None:
    """Without a length, pieces are chunks; an empty one is left out, for it would be the last."""
    body = http1.BodyWriter(None)

    assert [body.take(b"ab"), body.take(b""), body.end()] == [b"2\r\nab\r\n", b"", b"0\r\n\r\n"]


@pytest.mark.parametrize(("length", "pieces"), [(4, [b"abc"]), (3, [b"ab", b"c", b"d"]), (1, [])])
def test_body_of_another_length(length: int, pieces: list[bytes]) -> None:
    """A body that is longer or shorter than its head says is refused, before what is too much leaves."""
    body, sent = http1.BodyWriter(str(length)), b""
    with pytest.raises(http.LocalProtocolError):
        for piece in pieces:
            sent += body.take(piece)
        sent += body.end()

    assert len(sent) <= length
