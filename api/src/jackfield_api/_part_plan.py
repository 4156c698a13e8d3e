"""What becomes of a request's parts on a wire that has no place for some of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

import attrs

from jackfield import (
    Adaptation,
    ChatRequest,
    InvalidRequest,
    Message,
    Part,
    Plan,
    TextPart,
    ToolResultPart,
    Unsupported,
)


def plan_parts(
    request: ChatRequest,
    *,
    refused: Callable[[Part], str | None],
    lost: Callable[[Part], str | None],
    told: Iterable[Adaptation] = (),
) -> Plan:
    """Return what becomes of *request*: each part is sent, refused by its place, or left out and told.

    Args:
        request: The request.
        refused: Says why a part cannot be sent, if it cannot and leaving it out could hurt.
        lost: Says why a part, or something of it, is left out. A tool's result is never left out whole: its
            call would have none.
        told: What else is told.
    """
    refusals: list[InvalidRequest] = []
    adaptations = [*told, *_citations(request)]
    messages: list[Message] = []
    for number, message in enumerate(request.messages):
        kept: list[Part] = []
        for place, part in enumerate(message.parts):
            where = f"messages[{number}].parts[{place}]"
            if (why := refused(part)) is not None:
                refusals.append(Unsupported(f"{why} ({where})"))
            if (loss := lost(part)) is not None:
                adaptations.append(Adaptation(where, f"left out: {loss}"))
            if loss is None or isinstance(part, ToolResultPart):
                kept.append(part)
        if len(kept) == len(message.parts):
            messages.append(message)
        elif kept:
            messages.append(attrs.evolve(message, parts=kept))
    if refusals:
        return Plan(request, refusals=tuple(refusals))
    try:
        return Plan(_with(messages, request), tuple(adaptations))
    except InvalidRequest as empty:
        return Plan(request, refusals=(empty,))


def _with(messages: list[Message], request: ChatRequest) -> ChatRequest:
    # Mostly nothing was left out, and a request is dear to make again.
    return request if messages == [*request.messages] else attrs.evolve(request, messages=messages)


def _citations(request: ChatRequest) -> Iterator[Adaptation]:
    for number, message in enumerate(request.messages):
        for place, part in enumerate(message.parts):
            if isinstance(part, TextPart) and part.citations:
                where = f"messages[{number}].parts[{place}]"
                yield Adaptation(where, "went without its citations: they have no place here")
