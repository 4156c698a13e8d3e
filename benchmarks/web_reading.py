"""Measures how long it takes to read one long answer off a page's traffic, without a page. Prints a number.

One MB in 20,000 events, each handed over by itself, as the DevTools protocol does; seconds of CPU, from the
bytes to the text, with every event told.

Usage: web_reading.py DELTAS
"""

from __future__ import annotations

import json
import sys
import time
from typing import Final

from jackfield import Accumulator
from jackfield_web.site import build_site
from jackfield_web.wire import decoder_for, framing_for

LETTERS: Final = 52
"""Of one event; 20,000 of them are 1 MB."""


def read(site: dict[str, object], deltas: int) -> float:
    """Read an answer of *deltas* events as the Site says; return the seconds that it took."""
    wire = build_site(site).every_wire[0]
    pieces = [b'data: {"type": "piece", "text": "%s"}\n\n' % (b"x" * LETTERS)] * deltas
    pieces.append(b'data: {"type": "done"}\n\n')
    began = time.process_time()
    framing, decoder, told = framing_for(wire.kind), decoder_for(wire, lambda: None), Accumulator()
    for piece in pieces:
        for record in framing.feed(piece):
            for event in decoder.feed(record):
                told.add(event)
    seconds = time.process_time() - began
    assert told.finished is not None
    assert len(told.text) == deltas * LETTERS
    return seconds


if __name__ == "__main__":
    print(read(json.loads(sys.argv[1]), int(sys.argv[2])))
