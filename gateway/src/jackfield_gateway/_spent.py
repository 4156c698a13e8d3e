"""What a question and its answer have taken: what the remote told, and our estimate where nobody did."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Final

import attrs

from jackfield import (
    ChatRequest,
    ReasoningDelta,
    TextDelta,
    TextReplaced,
    ToolArgumentsDelta,
    Usage,
    UsageReported,
)

from ._answer import Answer
from ._counting import estimated_of_parts, estimated_of_texts, estimated_tokens
from ._fault import surely_not_acted_on

_WRITTEN: Final = (TextDelta, ReasoningDelta, ToolArgumentsDelta, TextReplaced)


@attrs.frozen
class Spent:
    """Tokens that were read and written.

    Attributes:
        tokens: How many.
        estimated: How many of them nobody told: those are our estimate.
    """

    tokens: int = 0
    estimated: int = 0

    def __add__(self, other: Spent) -> Spent:
        return Spent(self.tokens + other.tokens, self.estimated + other.estimated)

    def __neg__(self) -> Spent:
        return Spent(-self.tokens, -self.estimated)


def spent_on(request: ChatRequest, answer: Answer) -> Spent:
    """Return what a question and its answer have taken so far.

    What surely was not acted on took nothing. Of an answer that was cut off, or left, the remote's last count
    may be an early one: what came of it counts where that is more.
    """
    if not answer.asked or surely_not_acted_on(answer.error):
        return Spent()
    read, response = partial(estimated_tokens, request), answer.response
    if response is not None:
        return spent_of(response.usage, read, partial(estimated_of_parts, response.parts))
    usages = [event.usage for event in answer.events if isinstance(event, UsageReported)]
    told = usages[-1] if usages else Usage()
    written = estimated_of_texts(event.text for event in answer.events if isinstance(event, _WRITTEN))
    if (told.output_tokens or 0) < written:
        told = attrs.evolve(told, output_tokens=written, output_source="estimated")
    return spent_of(told, read)


def spent_of(usage: Usage | None, read: Callable[[], int], written: Callable[[], int] = lambda: 0) -> Spent:
    """Return what *usage* tells, and the estimates *read* and *written* where it does not."""
    usage = usage or Usage()
    return _counted(usage.input_tokens, usage.input_source, read) + _counted(
        usage.output_tokens, usage.output_source, written
    )


def _counted(count: int | None, source: str | None, estimate: Callable[[], int]) -> Spent:
    if count is None:
        count, source = estimate(), "estimated"
    # A remote that counts below nothing gives nothing back.
    count = max(0, count)
    return Spent(count, count if source == "estimated" else 0)
