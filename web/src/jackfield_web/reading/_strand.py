"""What one request says of an answer, and where that stands among what others said before it. No I/O.

A request that is tried again says the answer anew, one that takes a stream up goes on with it; a request
without a body may do either, and is told by its text: what begins like the text before it is that text anew.
Where events have names, one that was heard before is known by its own.
"""

from __future__ import annotations

from collections.abc import Mapping

import attrs

from jackfield import (
    Accumulator,
    Decoder,
    ReasoningDelta,
    ResponseFinished,
    StreamEvent,
    TextDelta,
    TextReplaced,
)

from ..wire import Record, Transcript
from ._exchange import ABORTED, Exchange


@attrs.define(eq=False)
class Strand:
    """One decoder's part of an answer.

    Attributes:
        exchange: The latest request that it was fed from.
        decoder: Reads it.
        part: The name of its part in the transcript.
        base: How much of that part others said before.
        origin: Where in that part begins what may be said anew.
        rest: What of it the text may say anew; empty when it says something else.
        replaces: Whether what differs from `rest` stands in its place, and not behind it.
        earlier: The events with names that the request before it told; None for a name that several had.
        heard: Those that it told itself.
        finished: The end, when it was read.
        spoke: Whether it told anything.
    """

    exchange: Exchange
    decoder: Decoder[Record]
    part: str = ""
    base: int = 0
    origin: int = 0
    rest: str = ""
    replaces: bool = False
    earlier: Mapping[str, Record | None] = attrs.field(factory=dict)
    heard: dict[str, Record | None] = attrs.field(factory=dict, init=False)
    finished: ResponseFinished | None = attrs.field(default=None, init=False)
    spoke: bool = attrs.field(default=False, init=False)
    _said: Accumulator = attrs.field(factory=Accumulator, init=False)

    def take(self, event: StreamEvent, transcript: Transcript) -> list[StreamEvent]:
        """Take an event of the decoder's in; return the events of the whole answer."""
        if self.finished is not None:
            return []
        self.spoke = True
        if isinstance(event, ResponseFinished):
            self.close(transcript, is_whole=True)
            self.finished = event
        elif isinstance(event, TextDelta | TextReplaced):
            self._write(event, transcript)
        elif not (isinstance(event, ReasoningDelta) and self.rest):
            return [*transcript.news(), event]
        return transcript.news()

    def is_said_again(self, record: Record) -> bool:
        """Tell whether *record* is an event of the request before: one that goes on may begin with its last.

        From its first event on an answer is said anew, of which the text tells more.
        """
        if not record.id:
            return False
        is_anew = not self.heard and record.id == next(iter(self.earlier), None)
        self.heard[record.id] = None if record.id in self.heard else record
        if is_anew or self.earlier.get(record.id) != record:
            self.earlier = {}
            return False
        self.base, self.rest = self.base + len(self.rest), ""
        return True

    @property
    def came_to_nothing(self) -> bool:
        """Whether its request told nothing and came to its end, or to the page's own: it was about else."""
        told_nothing = not self.spoke and self.exchange.is_drained and not self.exchange.is_refused
        return told_nothing and self.exchange.failure in {"", ABORTED}

    def close(self, transcript: Transcript, *, is_whole: bool = False) -> None:
        """Say that no more comes: text that was said anew and is shorter stands in place of the longer.

        What took the stream up and came to the answer's end has not said it anew where it is shorter.
        """
        text = self._said.text
        if self.rest and text and self.replaces:
            transcript.edit(self.base, text, self.part)
        elif is_whole and len(text) < len(self.rest):
            transcript.edit(self.base + len(self.rest), text, self.part)
        self.rest = ""

    def _write(self, event: TextDelta | TextReplaced, transcript: Transcript) -> None:
        if self.rest:
            self._said.add(event)
            self._compare(transcript)
        elif isinstance(event, TextDelta):
            transcript.append(event.text, self.part)
        else:
            transcript.edit(self.base + event.keep, event.text, self.part)

    def _compare(self, transcript: Transcript) -> None:
        """Say nothing while the text may be the text before it, said anew."""
        text = self._said.text
        if self.rest.startswith(text):
            return
        if not (self.replaces or text.startswith(self.rest)):
            self.base += len(self.rest)
        self.rest = ""
        transcript.edit(self.base, text, self.part)
