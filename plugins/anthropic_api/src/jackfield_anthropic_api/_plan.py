"""What becomes of a request, told before anything is sent."""

from __future__ import annotations

from collections.abc import Iterator

from jackfield import (
    Adaptation,
    ChatRequest,
    FilePart,
    ImagePart,
    InvalidRequest,
    MalformedResponse,
    ModelNotFound,
    Part,
    Plan,
    RefusalPart,
    TextPart,
    ToolCallPart,
    ToolResultPart,
)

from ._asking import LEAST_BUDGET, budget_of, is_ahead
from ._blocks import IMAGES, PDF, id_of, is_words, words_of
from ._options import SECOND, AnthropicOptions, AnthropicRequestOptions


def plan_of(request: ChatRequest, options: AnthropicOptions) -> Plan:
    """Return what becomes of *request* beyond what the capabilities say."""
    try:
        return Plan(request, (*_of_fields(request, options), *_of_messages(request, options)))
    except InvalidRequest as refusal:
        return Plan(request, refusals=(refusal,))


def _of_fields(request: ChatRequest, options: AnthropicOptions) -> Iterator[Adaptation]:
    """Yield what is told of the request's own fields.

    Raises:
        InvalidRequest: One cannot be sent.
    """
    if options.model_for(request.model) is None:
        raise ModelNotFound(
            "no model is named, and Anthropic has no default", hint="Name one, or set default_model."
        )
    reasoning, budget = request.reasoning, budget_of(request.reasoning)
    if request.max_tokens is not None and request.max_tokens <= budget:
        raise InvalidRequest(
            f"max_tokens is {request.max_tokens}, and {budget} of them are for thinking",
            hint="max_tokens counts thinking too: make it larger, or the budget smaller.",
        )
    if request.options_as(AnthropicRequestOptions).top_k is not None and not options.samples:
        raise InvalidRequest(
            f"top_k cannot be set in the version {options.version} of the API",
            hint=f"Leave it out, or set the option version to one before {SECOND}.",
        )
    if reasoning and reasoning.budget and reasoning.budget < budget:
        yield Adaptation(
            "reasoning", f"the budget was raised to {LEAST_BUDGET}, the least that Anthropic takes"
        )
    if reasoning and reasoning.effort == "minimal":
        yield Adaptation("reasoning", "the effort went as low, the least that Anthropic has")
    if request.output and request.output.strict is False:
        yield Adaptation("output", "the answer is held to the schema: Anthropic has no looser way")


def _of_messages(request: ChatRequest, options: AnthropicOptions) -> Iterator[Adaptation]:
    messages, is_begun = request.messages, False
    for number, message in enumerate(messages):
        place = f"messages[{number}]"
        is_begun = is_begun or message.role != "system"
        if is_begun and is_ahead(number, messages, options):
            yield Adaptation(place, f"went ahead of the conversation: before {SECOND} it has no place inside")
        for index, part in enumerate(message.parts):
            yield from _of_part(part, f"{place}.parts[{index}]")


def _of_part(part: Part, place: str) -> Iterator[Adaptation]:
    match part:
        case TextPart(state=None) if part.citations:
            yield Adaptation(place, "went without its citations: Anthropic takes its own alone")
        case ImagePart():
            _check_image(part, place)
            if part.detail is not None:
                yield Adaptation(place, "its detail was left out: Anthropic looks as it does")
        case FilePart():
            _check_file(part, place)
        case RefusalPart():
            yield Adaptation(place, "went as text: Anthropic has no part for a refusal")
        case ToolCallPart():
            yield from _of_call(part, place)
        case ToolResultPart():
            for index, inner in enumerate(part.parts):
                yield from _of_part(inner, f"{place}.parts[{index}]")


def _of_call(call: ToolCallPart, place: str) -> Iterator[Adaptation]:
    if call.by == "remote" and call.state is None:
        yield Adaptation(place, "left out: another remote called it")
        return
    if id_of(call.id) != call.id:
        yield Adaptation(place, f"its id went as {id_of(call.id)}: Anthropic takes letters, digits, _ and -")
    try:
        _ = call.arguments
    except MalformedResponse:
        yield Adaptation(place, "its arguments are no JSON object and went as the field INVALID_JSON of one")


def _check_image(part: ImagePart, place: str) -> None:
    if isinstance(part.source, bytes) and part.media_type not in IMAGES:
        raise InvalidRequest(
            f"{place} is an image of the type {part.media_type}",
            hint="Anthropic reads JPEG, PNG, GIF and WebP.",
        )


def _check_file(part: FilePart, place: str) -> None:
    if not isinstance(part.source, bytes) or part.media_type == PDF:
        return
    if not is_words(part.media_type):
        raise InvalidRequest(
            f"{place} is a file of the type {part.media_type}",
            hint="Anthropic reads PDF and text. Send a text file as text/plain, others as a file's id.",
        )
    words_of(part)
