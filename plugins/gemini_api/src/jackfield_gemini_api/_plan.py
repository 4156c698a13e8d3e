"""What becomes of a request, told before anything is sent."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from jackfield import (
    Adaptation,
    ChatRequest,
    FilePart,
    ImagePart,
    InvalidRequest,
    Message,
    Part,
    Plan,
    RefusalPart,
    TextPart,
    ToolCallPart,
)
from jackfield_api import moved_ahead, object_arguments, plan_parts, without_citations

from ._asking import signs
from ._options import GeminiOptions, resource_of

IMAGES: Final = frozenset({"image/png", "image/jpeg", "image/webp", "image/heic", "image/heif"})
_MOST_STOPS: Final = 5


def plan_of(request: ChatRequest, options: GeminiOptions) -> Plan:
    """Return what becomes of *request* beyond what the capabilities say."""
    return plan_parts(request, refused=_refused, lost=_loss, noted=_notes, told=_of_request(request, options))


def _of_request(request: ChatRequest, options: GeminiOptions) -> Iterator[Adaptation]:
    """Yield what is told of the request besides its parts.

    Raises:
        InvalidRequest: Something cannot be sent.
    """
    model = options.needed_model(request.model, "Gemini")
    resource_of(model)
    if len(request.stop_sequences) > _MOST_STOPS:
        raise InvalidRequest(
            f"there are {len(request.stop_sequences)} stop_sequences, and Gemini takes {_MOST_STOPS}"
        )
    if all(message.role == "system" for message in request.messages):
        raise InvalidRequest("there is nothing for Gemini to answer: all messages are the system's")
    reasoning = request.reasoning
    if reasoning and reasoning.budget is not None and reasoning.effort is not None:
        yield Adaptation("reasoning.effort", "left out: Gemini takes an effort or a budget, and not both")
    if request.output and request.output.strict is False:
        yield Adaptation("output", "the answer is held to the schema: Gemini has no looser way")
    for number, message in enumerate(request.messages):
        _check_system(message, number)
        if signs(model) and (place := _unsigned_call(message)) is not None:
            where = f"messages[{number}].parts[{place}]"
            yield Adaptation(where, "went with the mark for calls that another model made: it is not signed")
    yield from moved_ahead(request.messages, "Gemini has no place for it inside")


def _unsigned_call(message: Message) -> int | None:
    """Return the place of a message's first call, if that has no signature."""
    for place, part in enumerate(message.parts):
        if isinstance(part, ToolCallPart) and part.by == "caller":
            return None if part.state else place
    return None


def _check_system(message: Message, number: int) -> None:
    if message.role == "system" and not all(isinstance(part, TextPart) for part in message.parts):
        raise InvalidRequest(
            f"messages[{number}] is the system's and holds more than text",
            hint="Gemini reads text there; pictures and files go into a user's message.",
        )


def _notes(part: Part) -> Iterator[str]:
    """Yield what is told of a part that is sent, and not quite as it was said."""
    yield from without_citations(part)
    match part:
        case ImagePart() if part.detail is not None:
            yield "its detail was left out: the option media_resolution is for all"
        case FilePart():
            yield "went without its name: Gemini has no place for that"
        case RefusalPart():
            yield "went as text: Gemini has no part for a refusal"
        case ToolCallPart() if "INVALID_JSON" in object_arguments(part):
            yield "its arguments are no JSON object and went as the field INVALID_JSON"


def _refused(part: Part) -> str | None:
    """Return why a part cannot be sent, if it cannot."""
    if isinstance(part, ImagePart) and isinstance(part.source, bytes) and part.media_type not in IMAGES:
        return f"Gemini reads PNG, JPEG, WebP, HEIC and HEIF, and not {part.media_type}"
    return None


def _loss(part: Part) -> str | None:
    """Return why a part is left out, if it is."""
    is_remote = isinstance(part, ToolCallPart) and part.by == "remote"
    return "another remote called it" if is_remote else None
