"""The pull loop between a wire and a decoder."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jackfield import (
    DecodedStream,
    MalformedResponse,
    ProviderClosed,
    ResponseFinished,
    StreamEvent,
    TextDelta,
    WholeStream,
)
from jackfield._policy import Deadline

pytestmark = pytest.mark.anyio


class Wire:
    """Pieces of a wire, and how many of them were read."""

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self.pieces = list(pieces)
        self.read = 0

    def __aiter__(self) -> Wire:
        return self

    async def __anext__(self) -> bytes:
        if self.read >= len(self.pieces):
            raise StopAsyncIteration
        self.read += 1
        return self.pieces[self.read - 1]


class Words:
    """A decoder of words that end in a dot; `end.` ends the answer, `bad.` makes no sense."""

    def __init__(self) -> None:
        self.rest = b""
        self.finishes = 0

    def feed(self, data: bytes) -> list[StreamEvent]:
        *words, self.rest = (self.rest + data).split(b".")
        return [self.event(word) for word in words]

    def event(self, word: bytes) -> StreamEvent:
        if word == b"bad":
            raise MalformedResponse("no sense")
        return ResponseFinished() if word == b"end" else TextDelta(word.decode())

    def finish(self) -> list[StreamEvent]:
        self.finishes += 1
        return [TextDelta(self.rest.decode())] if self.rest else []


async def decoded(pieces: Iterable[bytes]) -> list[Any]:
    return [event async for event in DecodedStream(Wire(pieces), Words())]


WORDS = st.lists(st.text("abcé", min_size=1, max_size=4), max_size=12)


@given(WORDS, st.lists(st.integers(0, 60), max_size=8))
async def test_cut_anywhere(words: list[str], cuts: list[int]) -> None:
    """However the wire is cut, inside a letter too, the events are the same."""
    whole = "".join(f"{word}." for word in [*words, "end"]).encode()
    places = sorted({0, len(whole), *(cut for cut in cuts if cut < len(whole))})
    pieces = [whole[start:end] for start, end in itertools.pairwise(places)]

    assert await decoded(pieces) == [*map(TextDelta, words), ResponseFinished()]


async def test_end_of_the_wire() -> None:
    """When the wire ends the decoder is asked once for what is left, and then it is over for good."""
    decoder = Words()
    stream = DecodedStream(Wire([b"a.b", b"c"]), decoder)

    assert [event async for event in stream] == [TextDelta("a"), TextDelta("bc")]
    for _ in range(2):
        with pytest.raises(StopAsyncIteration):
            await stream.__anext__()
    assert decoder.finishes == 1


async def test_nothing_is_read_behind_the_end() -> None:
    """What follows the end of the answer is neither given nor read."""
    wire = Wire([b"a.end.more.", b"bad."])
    stream = DecodedStream(wire, Words())

    assert [event async for event in stream] == [TextDelta("a"), ResponseFinished()]
    assert wire.read == 1


async def test_no_sense() -> None:
    """What makes no sense is raised where it stands; what came in earlier pieces was given."""
    stream = DecodedStream(Wire([b"a.", b"bad."]), Words())

    assert await stream.__anext__() == TextDelta("a")
    with pytest.raises(MalformedResponse):
        await stream.__anext__()


async def test_one_piece_at_a_time() -> None:
    """The wire is read only when an event is asked for and none is ready: the socket feels it."""
    wire = Wire([b"a.b.", b"c.", b"end."])
    stream = DecodedStream(wire, Words())
    read = []
    for _ in range(3):
        await stream.__anext__()
        read.append(wire.read)

    assert read == [1, 1, 2]


async def test_whole_stream() -> None:
    """An answer that came in one piece gives its events in their order, and then no more."""
    stream = WholeStream(TextDelta("a"), TextDelta("b"), ResponseFinished())

    assert [event async for event in stream] == [TextDelta("a"), TextDelta("b"), ResponseFinished()]
    assert [event async for event in stream] == []


async def test_whole_stream_of_a_connection_that_was_closed() -> None:
    """Of an answer that came in one piece, too, nothing is told once the connection was closed."""
    deadline, stream = Deadline(None), WholeStream(TextDelta("a"), ResponseFinished())

    async def read() -> StreamEvent:
        deadline.cut()
        return await anext(stream)

    with pytest.raises(ProviderClosed):
        await deadline.bound(read, "event")
