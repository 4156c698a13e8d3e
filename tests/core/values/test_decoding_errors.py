"""What arrived together with an error."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jackfield import Certainty, DecodedStream, ProviderUnavailable, StreamEvent, TextDelta

pytestmark = pytest.mark.anyio


@attrs.define(eq=False)
class Lines:
    """A decoder of lines, each a word, or `!` for an error of the remote's and `?` for one that says more."""

    rest: bytes = b""

    def feed(self, data: bytes, /) -> Iterator[StreamEvent]:
        *lines, self.rest = (self.rest + data).split(b"\n")
        for line in lines:
            if line == b"!":
                raise ProviderUnavailable("the remote gave up")
            if line == b"?":
                raise ProviderUnavailable("the remote refused", certainty=Certainty.REJECTED)
            yield TextDelta(line.decode())

    def finish(self) -> Sequence[StreamEvent]:
        return ()


@attrs.define(eq=False)
class Wire:
    pieces: Iterator[bytes]

    def __aiter__(self) -> Wire:
        return self

    async def __anext__(self) -> bytes:
        for piece in self.pieces:
            return piece
        raise StopAsyncIteration


async def read(*pieces: bytes) -> tuple[list[Any], ProviderUnavailable]:
    """Return the events before the error, and the error."""
    stream, events = DecodedStream(Wire(iter(pieces)), Lines()), []
    with pytest.raises(ProviderUnavailable) as caught:
        while True:
            events.append(await anext(stream))
    with pytest.raises(StopAsyncIteration):
        await anext(stream)
    return events, caught.value


@given(st.lists(st.text("abü", min_size=1), max_size=8), st.lists(st.integers(0, 40), max_size=8))
async def test_cut_anywhere(words: list[str], cuts: list[int]) -> None:
    """F10, F11: however the wire is cut, what came before an error is handed out before it."""
    whole = "".join(f"{word}\n" for word in [*words, "!", "never read"]).encode()
    places = sorted({0, len(whole), *(cut for cut in cuts if cut < len(whole))})

    events, error = await read(*(whole[start:end] for start, end in itertools.pairwise(places)))

    assert events == [*map(TextDelta, words)]
    assert error.certainty is Certainty.STARTED


async def test_what_the_remote_says_of_itself() -> None:
    """F11: an error in an answer means that it has started, unless the decoder knows better."""
    assert (await read(b"?\n"))[1].certainty is Certainty.REJECTED
    assert (await read(b"!\n"))[1].certainty is Certainty.STARTED
