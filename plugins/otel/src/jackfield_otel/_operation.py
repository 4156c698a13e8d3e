"""One operation on its way: its span, and its clock."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any, Final

import attrs
from opentelemetry.context import Context
from opentelemetry.trace import Span

from jackfield import (
    ActivityReported,
    AttachRequest,
    ChatRequest,
    ReasoningDelta,
    Request,
    ResponseFinished,
    ResponseStarted,
    TextDelta,
    TextReplaced,
    ToolArgumentsDelta,
)

from ._attributes import ERROR_TYPE, KIND_OF_TOKENS, REQUEST_MODEL, RESPONSE_MODEL, Attributes, known
from ._instruments import Instruments

_PIECES: Final = frozenset({TextDelta, ReasoningDelta, ToolArgumentsDelta, TextReplaced, ActivityReported})


@attrs.define(eq=False, kw_only=True)
class Operation:
    """One operation on its way.

    Attributes:
        request: What is asked.
        begun: What was known of it when it began.
        facts: What every measurement of it tells: the operation, the provider, the model, the server.
        span: Its span. Nobody but the plugin ends it.
        context: The context in which that span is the current one, for what happens below.
        is_streamed: Whether its answer comes in pieces, so that their times mean something.
        first_chunk: Seconds until the first piece.
        answer: What a call with one answer gave.
        is_answered: Whether all that was asked for came.
    """

    request: Request
    begun: Attributes
    facts: Attributes
    span: Span
    context: Context
    is_streamed: bool
    _clock: Callable[[], float]
    _instruments: Instruments
    _age: float = 0.0
    first_chunk: float | None = attrs.field(default=None, init=False)
    answer: Any = attrs.field(default=None, init=False)
    is_answered: bool = attrs.field(default=False, init=False)
    _started: float = attrs.field(init=False)
    _last_chunk: float = attrs.field(init=False)
    _stopped: tuple[float, int] | None = attrs.field(default=None, init=False)

    def __attrs_post_init__(self) -> None:
        self._started = self._last_chunk = self._clock() - self._age
        if self._age:
            self.is_answered = True

    @property
    def is_over(self) -> bool:
        """Whether everything below has been left, and only the outcome is still to be told."""
        return self._stopped is not None

    @property
    def elapsed(self) -> float:
        """Seconds that it took."""
        return (self._stopped[0] if self._stopped else self._clock()) - self._started

    @property
    def ended_at(self) -> int:
        """When it was over, in nanoseconds, as spans have it."""
        return self._stopped[1] if self._stopped else time.time_ns()

    def stop(self) -> None:
        """Stop the clock: a caller may linger with an answer that is long complete."""
        if self._stopped is None:
            self._stopped = self._clock(), time.time_ns()

    def see(self, item: Any) -> None:
        """Take note of what came."""
        kind = type(item)
        if kind in _PIECES:
            if self.is_streamed:
                self._measure_piece()
        elif kind is ResponseStarted:
            self.facts |= known({REQUEST_MODEL: item.requested_model, RESPONSE_MODEL: item.model})
        elif kind is ResponseFinished:
            self.is_answered = True
        elif not isinstance(self.request, ChatRequest | AttachRequest):
            self.answer, self.is_answered = item, True

    def _measure_piece(self) -> None:
        now = self._clock()
        seconds, self._last_chunk = now - self._last_chunk, now
        if self.first_chunk is None:
            self.first_chunk = seconds
            self._instruments.first_chunk.record(seconds, self.facts, self.context)
        else:
            self._instruments.next_chunk.record(seconds, self.facts, self.context)

    def measure(self, tokens: Mapping[str, int], error_type: str | None) -> None:
        """Measure how long it took and what it used: *tokens* by their type."""
        facts = self.facts if error_type is None else {**self.facts, ERROR_TYPE: error_type}
        self._instruments.duration.record(self.elapsed, facts, self.context)
        for kind, count in tokens.items():
            self._instruments.tokens.record(count, {**facts, KIND_OF_TOKENS: kind}, self.context)
