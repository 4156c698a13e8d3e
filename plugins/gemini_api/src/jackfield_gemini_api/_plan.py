"""What becomes of a request, told before anything is sent."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from jackfield import (
    Adaptation,
    ChatRequest,
    FilePart,
    ImagePart,
    InvalidRequest,
    Message,
    ModelNotFound,
    Part,
    Plan,
    RefusalPart,
    TextPart,
    ToolCallPart,
    ToolResultPart,
)
from jackfield_api import plan_parts

from ._asking import signs
from ._contents import arguments_of
from ._options import GeminiOptions, resource_of

IMAGES: Final = frozenset({"image/png", "image/jpeg", "image/webp", "image/heic", "image/heif"})
_MOST_STOPS: Final = 5


def plan_of(request: ChatRequest, options: GeminiOptions) -> Plan:
    """Return what becomes of *request* beyond what the capabilities say."""
    try:
        told = (*_of_fields(request, options), *_of_messages(request, options))
    except InvalidRequest as refusal:
        return Plan(request, refusals=(refusal,))
    return plan_parts(request, refused=_refused, lost=_loss, told=told)


def _of_fields(request: ChatRequest, options: GeminiOptions) -> Iterator[Adaptation]:
    """Yield what is told of the request's own fields.

    Raises:
        InvalidRequest: One cannot be sent.
    """
    model = options.model_for(request.model)
    if model is None:
        raise ModelNotFound(
            "no model is named, and Gemini has no default", hint="Name one, or set default_model."
        )
    resource_of(model)
    if len(request.stop_sequences) > _MOST_STOPS:
        raise InvalidRequest(
            f"there are {len(request.stop_sequences)} stop_sequences, and Gemini takes {_MOST_STOPS}"
        )
    reasoning = request.reasoning
    if reasoning and reasoning.budget is not None and reasoning.effort is not None:
        yield Adaptation("reasoning.effort", "left out: Gemini takes an effort or a budget, and not both")
    if request.output and request.output.strict is False:
        yield Adaptation("output", "the answer is held to the schema: Gemini has no looser way")


def _of_messages(request: ChatRequest, options: GeminiOptions) -> Iterator[Adaptation]:
    messages = request.messages
    if all(message.role == "system" for message in messages):
        raise InvalidRequest("there is nothing for Gemini to answer: all messages are the system's")
    is_begun = False
    for number, message in enumerate(messages):
        place = f"messages[{number}]"
        is_begun = is_begun or message.role != "system"
        if message.role == "system":
            _check_system(message, place)
            if is_begun:
                yield Adaptation(place, "went ahead of the conversation: Gemini has no place for it inside")
        for index, part in enumerate(message.parts):
            yield from _of_part(part, f"{place}.parts[{index}]")
    if signs(options.model_for(request.model) or ""):
        yield from _of_unsigned_calls(messages)


def _of_unsigned_calls(messages: Sequence[Message]) -> Iterator[Adaptation]:
    for number, message in enumerate(messages):
        calls = [
            (index, part)
            for index, part in enumerate(message.parts)
            if isinstance(part, ToolCallPart) and part.by == "caller"
        ]
        if calls and calls[0][1].state is None:
            place = f"messages[{number}].parts[{calls[0][0]}]"
            yield Adaptation(place, "went with the mark for calls that another model made: it is not signed")


def _check_system(message: Message, place: str) -> None:
    if not all(isinstance(part, TextPart) for part in message.parts):
        raise InvalidRequest(
            f"{place} is the system's and holds more than text",
            hint="Gemini reads text there; pictures and files go into a user's message.",
        )


def _of_part(part: Part, place: str) -> Iterator[Adaptation]:
    """Yield what is told of a part that is sent, and not quite as it was said."""
    match part:
        case ImagePart() if part.detail is not None:
            yield Adaptation(place, "its detail was left out: the option media_resolution is for all")
        case FilePart():
            yield Adaptation(place, "went without its name: Gemini has no place for that")
        case RefusalPart():
            yield Adaptation(place, "went as text: Gemini has no part for a refusal")
        case ToolCallPart(by="caller") if "INVALID_JSON" in arguments_of(part):
            yield Adaptation(place, "its arguments are no JSON object and went as the field INVALID_JSON")
        case ToolResultPart():
            for index, inner in enumerate(part.parts):
                yield from _of_part(inner, f"{place}.parts[{index}]")


def _refused(part: Part) -> str | None:
    """Return why a part cannot be sent, if it cannot."""
    if isinstance(part, ToolResultPart):
        return next(filter(None, map(_refused, part.parts)), None)
    if isinstance(part, ImagePart) and isinstance(part.source, bytes) and part.media_type not in IMAGES:
        return f"Gemini reads PNG, JPEG, WebP, HEIC and HEIF, and not {part.media_type}"
    return None


def _loss(part: Part) -> str | None:
    """Return why a part is left out, if it is."""
    is_remote = isinstance(part, ToolCallPart) and part.by == "remote"
    return "another remote called it" if is_remote else None
