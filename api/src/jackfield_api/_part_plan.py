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


def without_citations(part: Part) -> Iterator[str]:
    """Tell that a part's citations stay here: no wire but the one that made them has a place for them."""
    if isinstance(part, TextPart) and part.citations:
        yield "went without its citations: they have no place here"


def plan_parts(
    request: ChatRequest,
    *,
    refused: Callable[[Part], str | None],
    lost: Callable[[Part], str | None],
    noted: Callable[[Part], Iterable[str]] = without_citations,
    told: Iterable[Adaptation] = (),
) -> Plan:
    """Return what becomes of *request*: each part is sent, refused by its place, or left out and told.

    Args:
        request: The request.
        refused: Says why a part cannot be sent, if it cannot and leaving it out could hurt. Asked for what
            is in a tool's result, too.
        lost: Says why a part, or something of it, is left out. A tool's result is never left out whole: its
            call would have none.
        noted: Says how a part goes that is sent, and not quite as it was said; asked as *refused* is.
        told: What else is told. An `InvalidRequest` that comes of any of these is a refusal, too.
    """
    adaptations: list[Adaptation] = []
    refusals: list[InvalidRequest] = []
    messages: list[Message] = []
    try:
        adaptations += told
        for number, message in enumerate(request.messages):
            kept: list[Part] = []
            for place, part in enumerate(message.parts):
                where = f"messages[{number}].parts[{place}]"
                inner = [*_inside(part, where)]
                refusals += [Unsupported(f"{why} ({at})") for one, at in inner if (why := refused(one))]
                if (loss := lost(part)) is not None:
                    adaptations.append(Adaptation(where, f"left out: {loss}"))
                if loss is None or isinstance(part, ToolResultPart):
                    kept.append(part)
                    adaptations += [Adaptation(at, note) for one, at in inner for note in noted(one)]
            if len(kept) == len(message.parts):
                messages.append(message)
            elif kept:
                messages.append(attrs.evolve(message, parts=kept))
        if refusals:
            return Plan(request, refusals=tuple(refusals))
        return Plan(_with(messages, request), tuple(adaptations))
    except InvalidRequest as refusal:
        return Plan(request, refusals=(refusal,))


def _inside(part: Part, where: str) -> Iterator[tuple[Part, str]]:
    """Yield a part and, of a tool's result, the parts in it, each with its place."""
    yield part, where
    if isinstance(part, ToolResultPart):
        for place, inner in enumerate(part.parts):
            yield inner, f"{where}.parts[{place}]"


def _with(messages: list[Message], request: ChatRequest) -> ChatRequest:
    # Mostly nothing was left out, and a request is dear to make again.
    return request if messages == [*request.messages] else attrs.evolve(request, messages=messages)
