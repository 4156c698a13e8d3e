"""The framing of Connect's streams: a flag, a length, a message; the same wherever they are cut."""

from __future__ import annotations

import contextlib
import gzip
import json
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jackfield import Accumulator, Certainty, MalformedResponse, ResponseTooLarge, RunFailed
from jackfield_web.site import Rule, WirePattern
from jackfield_web.wire import Record, RulesDecoder, framing_for

LETTERS = st.text(st.characters(exclude_categories=["Cs"]), max_size=9)
MESSAGES = st.dictionaries(LETTERS, LETTERS | st.integers(), max_size=3) | st.lists(LETTERS, max_size=3)
CUTS = st.just(list(range(900))) | st.lists(st.integers(0, 300), max_size=8)


def envelope(message: bytes, *, flags: int = 0) -> bytes:
    body = gzip.compress(message, mtime=0) if flags & 1 else message
    return bytes([flags]) + len(body).to_bytes(4, "big") + body


def said(value: Any, *, flags: int = 0) -> bytes:
    return envelope(json.dumps(value, ensure_ascii=False).encode(), flags=flags)


def read(stream: bytes, cuts: list[int] | None = None) -> list[Record]:
    framing = framing_for("connect")
    edges = sorted({0, len(stream), *(at for at in cuts or () if at < len(stream))})
    return [one for a, b in pairwise(edges) for one in framing.feed(stream[a:b])] + framing.finish()


@given(st.lists(st.tuples(MESSAGES, st.sampled_from([0, 1])), max_size=5), st.sampled_from([2, 3]), CUTS)
def test_messages_are_the_same_wherever_they_are_cut(
    messages: list[tuple[Any, int]], last: int, cuts: list[int]
) -> None:
    """Messages survive any chunking, compressed or not, and the last envelope is called `end`."""
    stream = b"".join(said(one, flags=flags) for one, flags in messages) + said({"metadata": {}}, flags=last)

    expected = [*(Record(one) for one, _ in messages), Record({"metadata": {}}, "end")]
    assert read(stream, cuts) == expected


@given(st.lists(st.binary(max_size=20).filter(lambda one: one[:1] not in b"{["), max_size=4), CUTS)
def test_protocol_buffers_are_bytes(messages: list[bytes], cuts: list[int]) -> None:
    """What is no JSON is handed on as it came, though its bytes may look like a number or a text."""
    assert read(b"".join(map(envelope, messages)), cuts) == [Record(one) for one in messages]


@given(st.lists(st.binary(max_size=40), max_size=5))
def test_any_bytes_are_read_or_refused(pieces: list[bytes]) -> None:
    """Whatever arrives becomes records, or an error of ours."""
    framing, records = framing_for("connect"), list[Record]()
    with contextlib.suppress(MalformedResponse, ResponseTooLarge):
        for piece in pieces:
            records += framing.feed(piece)
    assert all(isinstance(one, Record) for one in [*records, *framing.finish()])


@pytest.mark.parametrize(
    ("stream", "why"),
    [
        (b"<!doctype html>", "flags 0x3c"),
        (b"data: {}\n\n", "flags 0x64"),
        (b"\x01\x00\x00\x00\x02{}", "not gzip"),
        (b"\x01\x00\x00\x00\x14" + gzip.compress(b"x" * 99, mtime=0)[:20], "without its end"),
    ],
)
def test_what_is_no_envelope_is_an_error(stream: bytes, why: str) -> None:
    """A stream that is of another kind is told as that, as soon as its first byte shows it."""
    with pytest.raises(MalformedResponse, match=why) as caught:
        read(stream)
    assert caught.value.certainty is Certainty.STARTED


@pytest.mark.parametrize("stream", [b"\x00\x7f\xff\xff\xff", envelope(b"x" * 2**24 + b"x", flags=1)])
def test_a_message_has_a_limit(stream: bytes) -> None:
    """A message that says it is larger than 16 MiB is refused before it comes, or when it grows so."""
    with pytest.raises(ResponseTooLarge, match="larger than 16777216"):
        read(stream)


def test_what_the_end_cuts_off_is_no_message() -> None:
    """Half an envelope is not read: a message may be JSON and yet not whole."""
    assert read(said({"a": 1}) + said({"b": 2})[:-1]) == [Record({"a": 1})]
    assert read(b"\x00\x00\x00") == []


RULES = (
    Rule(text="append.text"),
    Rule(when={"$event": "end"}, error="error.message"),
    Rule(when={"done": True}, done=True),
)


def events(*pieces: bytes) -> Accumulator:
    decoder = RulesDecoder(WirePattern(url="/Chat$", kind="connect", rules=RULES), lambda: None)
    folded = Accumulator()
    for record in read(b"".join(pieces)):
        for event in decoder.feed(record):
            folded.add(event)
    return folded


def test_rules_read_its_json() -> None:
    """A Site's rules take text from messages of JSON, and pass over those of bytes."""
    answer = events(
        said({"append": {"text": "One "}}),
        envelope(b"\x0a\x03abc"),
        said({"append": {"text": "two"}}, flags=1),
    )
    assert (answer.text, answer.finished) == ("One two", None)
    assert events(said({"done": True}), said({}, flags=2)).finished is not None


def test_an_error_in_the_last_envelope() -> None:
    """What the remote says of an error at the end is one."""
    with pytest.raises(RunFailed, match="stale parent"):
        events(said({"error": {"code": "aborted", "message": "stale parent"}}, flags=2))
