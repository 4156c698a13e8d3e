"""Streams of Claude's, as its site sends them, and what reads them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from itertools import pairwise
from typing import Any

import attrs
import pytest

from jackfield import Accumulator, StreamEvent
from jackfield_claude_web import ClaudeDecoder
from jackfield_web.site import WirePattern
from jackfield_web.wire import framing_for

WIRE = WirePattern(url="/completion$", kind="fetch-sse", decoder="claude")
NOW = 1_700_000_000.0


@attrs.frozen
class Claude:
    """Writes streams and reads them, at a time that stands still.

    Attributes:
        now: That time, in seconds since 1970.
    """

    now: float = NOW

    def stream(self, *messages: Mapping[str, Any], named: bool = True) -> bytes:
        """Write messages as server-sent events, each with its type as its name, or all without."""
        written = (json.dumps(message, ensure_ascii=False) for message in messages)
        names = (f"event: {one['type']}\n" if named and "type" in one else "" for one in messages)
        return "".join(f"{name}data: {text}\n\n" for name, text in zip(names, written, strict=True)).encode()

    def events(self, stream: bytes, cuts: Iterable[int] = ()) -> list[StreamEvent]:
        """Read a stream, cut at those places."""
        framing, decoder = framing_for("fetch-sse"), ClaudeDecoder(WIRE, lambda: None, clock=lambda: self.now)
        edges = sorted({0, len(stream), *(at for at in cuts if 0 < at < len(stream))})
        records = [record for a, b in pairwise(edges) for record in framing.feed(stream[a:b])]
        told = [event for record in [*records, *framing.finish()] for event in decoder.feed(record)]
        return [*told, *decoder.finish()]

    def read(self, *messages: Mapping[str, Any]) -> list[StreamEvent]:
        """Write messages and read them."""
        return self.events(self.stream(*messages))

    def answer(self, *messages: Mapping[str, Any]) -> Accumulator:
        """Write messages and fold what they say."""
        return self.folded(self.read(*messages))

    def folded(self, events: Iterable[StreamEvent]) -> Accumulator:
        """Fold events into an answer."""
        folded = Accumulator()
        for event in events:
            folded.add(event)
        return folded


@pytest.fixture
def claude() -> Claude:
    """Return what writes and reads Claude's streams."""
    return Claude()
