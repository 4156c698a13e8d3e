"""Server-sent events: every way of cutting the bytes gives the same events."""

from __future__ import annotations

import json
import logging
import re
import time
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jackfield import Certainty, ResponseTooLarge, ServerSentEvent, SSEDecoder


def decoded(*chunks: bytes, limit: int = 2**20) -> list[ServerSentEvent]:
    decoder = SSEDecoder(limit)
    return [event for chunk in chunks for event in decoder.feed(chunk)]


def reference(stream: bytes) -> list[ServerSentEvent]:
    """The WHATWG algorithm, read off the page, on the whole stream at once."""
    text = stream.decode("utf-8", "replace").removeprefix("\ufeff")
    events: list[ServerSentEvent] = []
    data: list[str] = []
    kind = last_id = ""
    for line in re.split("\r\n|\r|\n", text)[:-1]:
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if not line:
            if data:
                events.append(ServerSentEvent("\n".join(data), kind or "message", last_id))
            data, kind = [], ""
        elif name == "data":
            data.append(value)
        elif name == "event":
            kind = value
        elif name == "id" and "\0" not in value:
            last_id = value
    return events


pieces = st.sampled_from(
    [
        *[
            b"\n",
            b"\r",
            b"\r\n",
            b"data",
            b"data:",
            b"data: ",
            b"event: x",
            b"id: 7",
            b"id: \0",
            b":ping",
            b" ",
        ],
        *[b"\xef\xbb\xbf", b"retry: soon", "ü€😀".encode(), "\u2028\u0085\v\f".encode(), b"\xff\xe2\x82"],
    ]
)
fragments = st.lists(pieces | st.binary(max_size=6), max_size=40).map(b"".join)


@given(fragments, st.lists(st.integers(min_value=0, max_value=200)))
def test_cut_anywhere(stream: bytes, cuts: list[int]) -> None:
    """F1-F6: any cutting of any stream gives the events of the standard's algorithm on the whole stream."""
    edges = [0, *sorted(min(cut, len(stream)) for cut in cuts), len(stream)]
    chunks = [stream[start:end] for start, end in pairwise(edges)]

    assert decoded(*chunks) == reference(stream)


@pytest.mark.parametrize("end", ["\n", "\r", "\r\n"])
def test_line_ends(end: str) -> None:
    """F1, F5: LF, CR and CRLF end lines alike, and data lines are joined by a line feed."""
    stream = f"event: note{end}data: one{end}data:two{end}id: 3{end}{end}".encode()

    assert decoded(stream) == [ServerSentEvent("one\ntwo", "note", "3")]
    assert decoded(*(bytes([byte]) for byte in stream)) == [ServerSentEvent("one\ntwo", "note", "3")]


def test_line_separators_stay() -> None:
    """F6: U+2028, U+0085 and their like stay inside the data, so that its JSON parses."""
    text = json.dumps("a\u2028b\u0085c\x0bd", ensure_ascii=False)

    assert decoded(f"data: {text}\n\n".encode())[0].data == text


def test_byte_order_mark() -> None:
    """F3: a byte order mark in front does not cost the first event."""
    assert decoded(b"\xef", b"\xbb\xbfda", b"ta: x\n\n") == [ServerSentEvent("x")]


def test_invalid_utf8(caplog: pytest.LogCaptureFixture) -> None:
    """F7: bytes that are no UTF-8 become U+FFFD, with one warning, and the stream goes on."""
    with caplog.at_level(logging.WARNING, logger="jackfield"):
        events = decoded(b"data: \xff\n\ndata: \xfe\n\ndata: good\n\n")

    assert [event.data for event in events] == ["\ufffd", "\ufffd", "good"]
    assert len(caplog.records) == 1


def test_unterminated_event() -> None:
    """F8: an event that the end of the stream cuts off is not handed out."""
    assert decoded(b"data: whole\n\ndata: cut\n") == [ServerSentEvent("whole")]


def test_what_the_end_cuts_off() -> None:
    """An event without its blank line is none, and can be asked for: with its type, as far as it came."""
    for stream, event in (
        (b"data: x\n\nevent: told\nid: 7\ndata: one\ndata: two", ServerSentEvent("one\ntwo", "told", "7")),
        (b"\xef\xbb\xbfdata: x", ServerSentEvent("x")),
        (b"data: x\r", ServerSentEvent("x")),
        (b"data: x\n\n: ping\nevent: told\nda", None),
        (b"", None),
    ):
        decoder = SSEDecoder()
        assert event not in decoder.feed(stream)
        assert decoder.cut_off() == event


@pytest.mark.parametrize(
    "chunks",
    [(b"data: " + b"x" * 2000,), (b"data: " + b"x" * 600 + b"\n",) * 2, (b"data: " + b"x" * 2000 + b"\n\n",)],
    ids=["one-line", "many-lines", "whole"],
)
def test_too_large(chunks: tuple[bytes, ...]) -> None:
    """F9: an event over the limit is ResponseTooLarge, before it is held whole."""
    with pytest.raises(ResponseTooLarge) as caught:
        decoded(*chunks, limit=1000)

    assert caught.value.certainty is Certainty.STARTED


def test_limit_is_per_event() -> None:
    """Many events of which each keeps to the limit pass, however many come in one chunk."""
    assert len(decoded(b"data: " + b"x" * 900 + b"\n\n", b"data: 1\n\n" * 1000, limit=1000)) == 1001


def test_tiny_chunks() -> None:
    """F2: an event of 1 MiB that comes byte by byte is one event, and eight times the bytes take no 64 times.

    What is compared is two runs on one machine; copying what is kept for each byte would make it 64.
    """

    def seconds(size: int) -> float:
        byte = [bytes([number]) for number in b"data: " + b"x" * size + b"\n\n"]
        before = time.process_time()
        [event] = decoded(*byte, limit=2**21)
        spent = time.process_time() - before
        assert len(event.data) == size
        return spent

    short = min(seconds(2**17) for _ in range(3))

    assert seconds(2**20) < 24 * short


def test_tiny_chunks_of_an_endless_line() -> None:
    """F9: a line without end is refused at the limit, however it was cut."""
    decoder = SSEDecoder(1000)

    with pytest.raises(ResponseTooLarge):
        for _ in range(1001):
            decoder.feed(b"x")
