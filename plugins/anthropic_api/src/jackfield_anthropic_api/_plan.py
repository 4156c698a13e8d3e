"""What becomes of a request, told before anything is sent."""

from __future__ import annotations

from collections.abc import Iterator

from jackfield import (
    Adaptation,
    ChatRequest,
    FilePart,
    ImagePart,
    InvalidRequest,
    Part,
    Plan,
    RefusalPart,
    TextPart,
    ToolCallPart,
)
from jackfield_api import moved_ahead, object_arguments, plan_parts

from ._asking import LEAST_BUDGET, budget_of
from ._blocks import IMAGES, PDF, id_of, is_words, words_of
from ._options import SECOND, AnthropicOptions, AnthropicRequestOptions


def plan_of(request: ChatRequest, options: AnthropicOptions) -> Plan:
    """Return what becomes of *request* beyond what the capabilities say."""
    return plan_parts(request, refused=_refused, lost=_loss, noted=_notes, told=_of_request(request, options))


def _of_request(request: ChatRequest, options: AnthropicOptions) -> Iterator[Adaptation]:
    """Yield what is told of the request besides its parts.

    Raises:
        InvalidRequest: Something cannot be sent.
    """
    options.needed_model(request.model, "Anthropic")
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
    if options.samples:
        yield from moved_ahead(request.messages, f"before {SECOND} it has no place inside")


def _notes(part: Part) -> Iterator[str]:
    """Yield what is told of a part that is sent, and not quite as it was said."""
    match part:
        case TextPart(state=None) if part.citations:
            yield "went without its citations: Anthropic takes its own alone"
        case ImagePart() if part.detail is not None:
            yield "its detail was left out: Anthropic looks as it does"
        case RefusalPart():
            yield "went as text: Anthropic has no part for a refusal"
        case ToolCallPart():
            if id_of(part.id) != part.id:
                yield f"its id went as {id_of(part.id)}: Anthropic takes letters, digits, _ and -"
            if "INVALID_JSON" in object_arguments(part):
                yield "its arguments are no JSON object and went as the field INVALID_JSON of one"


def _loss(part: Part) -> str | None:
    """Return why a part is left out, if it is."""
    is_strange = isinstance(part, ToolCallPart) and part.by == "remote" and part.state is None
    return "another remote called it" if is_strange else None


def _refused(part: Part) -> str | None:
    """Return why a part cannot be sent, if it cannot.

    Raises:
        InvalidRequest: It is a text file that is no text.
    """
    if not isinstance(part, ImagePart | FilePart) or not isinstance(part.source, bytes):
        return None
    kind = part.media_type
    if isinstance(part, ImagePart):
        return None if kind in IMAGES else f"Anthropic reads JPEG, PNG, GIF and WebP, and not {kind}"
    if is_words(kind):
        words_of(part)
    elif kind != PDF:
        return f"Anthropic reads PDF, files sent as text/plain and those it keeps already, and not {kind}"
    return None
