"""Line ends of event streams, cut in two."""

from __future__ import annotations

import itertools

import pytest

from jackfield import ServerSentEvent, SSEDecoder

ENDS = [("\n", "\n"), ("\r", "\r"), ("\r\n", "\r\n"), ("\r\n", "\n"), ("\n", "\r\n"), ("\r\n", "\r")]
EVENTS = [ServerSentEvent("ü one\n\ntwo", "told", "7"), ServerSentEvent("three", "message", "7")]


def decoded(*chunks: bytes) -> list[ServerSentEvent]:
    decoder = SSEDecoder()
    return [event for chunk in chunks for event in decoder.feed(chunk)]


@pytest.mark.parametrize(("end", "other"), ENDS, ids=repr)
def test_cut_at_every_byte(end: str, other: str) -> None:
    """F2: lines with two kinds of ends, cut in two anywhere and in single bytes, give the same events."""
    lines = ["event: told", "id: 7", "data: ü one", "data:", "data: two", "", ": ping", "data: three", "", ""]
    ends = itertools.cycle([end, other])
    stream = "".join(line + next(ends) for line in lines).encode()

    assert decoded(*(bytes([byte]) for byte in stream)) == EVENTS
    for place in range(len(stream) + 1):
        assert decoded(stream[:place], stream[place:]) == EVENTS
