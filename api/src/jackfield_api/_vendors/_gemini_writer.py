"""Requests as Google's `generateContent` has them, and what becomes of them there.

Source: the vendor's reference of `generateContent`, its pages about thinking, function calling and thought
signatures, and its client's types, google-genai 3.6.1 (2026-11).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from typing import Any, Final

from jackfield import (
    Adaptation,
    ChatRequest,
    FilePart,
    ImagePart,
    InvalidRequest,
    Message,
    Part,
    Plan,
    Reasoning,
    RefusalPart,
    TextPart,
    ToolCallPart,
)

from .._part_plan import plan_parts, without_citations
from .._turns import filled, joined_turns, moved_ahead, object_arguments, system_ahead
from ._gemini_contents import SIGNATURE, Wire, parts_of

_IMAGES: Final = frozenset({"image/png", "image/jpeg", "image/webp", "image/heic", "image/heif"})
_MOST_STOPS: Final = 5
_PASSES: Final = "skip_thought_signature_validator"
"""Stands for the signature of a call that another model made; the vendor names it for that."""

_UNSIGNED: Final = re.compile(r"gemini-[12][.-]")
_BUDGETED: Final = re.compile(r"gemini-2[.-]")
_BUDGETS: Final = {"none": 0, "minimal": 1024, "low": 1024, "medium": 8192, "high": 24576, "max": 24576}
"""What an effort is in tokens, for the models that know no levels: the vendor's page about OpenAI's
compatibility has the table."""
_LEVELS: Final = {"minimal": "MINIMAL", "low": "LOW", "medium": "MEDIUM", "high": "HIGH", "max": "XHIGH"}
_MODES: Final = {"auto": "AUTO", "none": "NONE", "required": "ANY"}


def generate_content_body(
    request: ChatRequest,
    *,
    model: str,
    files: str,
    remote_tools: Iterable[Mapping[str, Any]] = (),
    generation: Mapping[str, Any] | None = None,
    **more: Any,
) -> Wire:
    """Return the body of the `generateContent` that *request* asks for.

    Args:
        request: The request, as `generate_content_plan` let it through.
        model: The model, as the remote calls it.
        files: The address under which the remote keeps files.
        remote_tools: Tools that the remote runs itself, as it has them.
        generation: Further fields of `generationConfig`; those of None are left out.
        **more: Further fields; those of None are left out.
    """
    ahead, said = system_ahead(request.messages)
    system = [part for message in ahead for part in message.parts]
    wishes = {
        "systemInstruction": {"parts": parts_of(system, files)} if system else None,
        "tools": [*_tools(request), *map(dict, remote_tools)] or None,
        "toolConfig": _tool_config(request),
        "generationConfig": {**_generation(request, model), **filled(generation or {})} or None,
        **more,
    }
    turns = joined_turns(_said(said, files, signs=_signs(model)), "parts")
    return {"contents": turns, **filled(wishes)}


def generate_content_plan(
    request: ChatRequest, *, model: str | None, remote: str = "the remote", told: Iterable[Adaptation] = ()
) -> Plan:
    """Return what becomes of *request*: what the wire has no words for is refused, left out, or told.

    Args:
        request: The request.
        model: The model, as the remote calls it.
        remote: How the remote is called in what is told.
        told: What else is told, as for `plan_parts`.
    """
    return plan_parts(
        request,
        refused=lambda part: _refused(part, remote),
        lost=_lost,
        noted=lambda part: _notes(part, remote),
        told=chain(told, _of_request(request, model or "", remote)),
    )


def _of_request(request: ChatRequest, model: str, remote: str) -> Iterator[Adaptation]:
    """Yield what is told of the request besides its parts.

    Raises:
        InvalidRequest: Something cannot be sent.
    """
    if len(request.stop_sequences) > _MOST_STOPS:
        raise InvalidRequest(
            f"there are {len(request.stop_sequences)} stop_sequences, and {remote} takes {_MOST_STOPS}"
        )
    if all(message.role == "system" for message in request.messages):
        raise InvalidRequest(f"there is nothing for {remote} to answer: all messages are the system's")
    reasoning = request.reasoning
    if reasoning and reasoning.budget is not None and reasoning.effort is not None:
        yield Adaptation("reasoning.effort", f"left out: {remote} takes an effort or a budget, and not both")
    if request.output and request.output.strict is False:
        yield Adaptation("output", f"the answer is held to the schema: {remote} has no looser way")
    for number, message in enumerate(request.messages):
        _check_system(message, number, remote)
        if _signs(model) and (place := _unsigned_call(message)) is not None:
            where = f"messages[{number}].parts[{place}]"
            yield Adaptation(where, "went with the mark for calls that another model made: it is not signed")
    yield from moved_ahead(request.messages, f"{remote} has no place for it inside")


def _unsigned_call(message: Message) -> int | None:
    """Return the place of a message's first call, if that has no signature."""
    for place, part in enumerate(message.parts):
        if isinstance(part, ToolCallPart) and part.by == "caller":
            return None if part.state else place
    return None


def _check_system(message: Message, number: int, remote: str) -> None:
    if message.role == "system" and not all(isinstance(part, TextPart) for part in message.parts):
        raise InvalidRequest(
            f"messages[{number}] is the system's and holds more than text",
            hint=f"{remote} reads text there; pictures and files go into a user's message.",
        )


def _notes(part: Part, remote: str) -> Iterator[str]:
    """Yield what is told of a part that is sent, and not quite as it was said."""
    yield from without_citations(part)
    match part:
        case ImagePart() if part.detail is not None:
            yield "its detail was left out: mediaResolution is one for all"
        case FilePart():
            yield f"went without its name: {remote} has no place for that"
        case RefusalPart():
            yield f"went as text: {remote} has no part for a refusal"
        case ToolCallPart() if "INVALID_JSON" in object_arguments(part):
            yield "its arguments are no JSON object and went as the field INVALID_JSON"


def _refused(part: Part, remote: str) -> str | None:
    """Return why a part cannot be sent, if it cannot."""
    if isinstance(part, ImagePart) and isinstance(part.source, bytes) and part.media_type not in _IMAGES:
        return f"{remote} reads PNG, JPEG, WebP, HEIC and HEIF, and not {part.media_type}"
    return None


def _lost(part: Part) -> str | None:
    """Return why a part is left out, if it is."""
    is_remote = isinstance(part, ToolCallPart) and part.by == "remote"
    return "another remote called it" if is_remote else None


def _signs(model: str) -> bool:
    """Whether a model wants a signature with each step's first call; since Gemini 3 they do."""
    return not _UNSIGNED.match(model.rpartition("/")[2])


def _said(messages: Iterable[Message], files: str, *, signs: bool) -> Iterator[tuple[str, list[Wire]]]:
    for message in messages:
        role = "model" if message.role == "assistant" else "user"
        parts = parts_of(message.parts, files)
        if signs and role == "model":
            _let_pass(parts)
        yield role, parts


def _let_pass(parts: list[Wire]) -> None:
    """Put the vendor's stand-in on the first call of a step that has no signature, or it would be refused."""
    first = next((part for part in parts if "functionCall" in part), None)
    if first is not None:
        first.setdefault(SIGNATURE, _PASSES)


def _tools(request: ChatRequest) -> list[Wire]:
    declared = [
        {"name": tool.name, "description": tool.description, "parametersJsonSchema": tool.schema}
        for tool in request.tools
    ]
    return [{"functionDeclarations": declared}] if declared else []


def _tool_config(request: ChatRequest) -> Wire | None:
    choice = request.tool_choice
    is_strict = any(tool.strict for tool in request.tools)
    if choice is None and not is_strict:
        return None
    # VALIDATED is AUTO, held to the schemas; where a call is demanded, it is held to them anyhow.
    config: Wire = {"mode": _MODES.get(choice or "auto", "ANY")}
    if is_strict and config["mode"] == "AUTO":
        config["mode"] = "VALIDATED"
    if choice not in (None, *_MODES):
        config["allowedFunctionNames"] = [choice]
    return {"functionCallingConfig": config}


def _generation(request: ChatRequest, model: str) -> Wire:
    form = request.output
    wishes = {
        "maxOutputTokens": request.max_tokens,
        "temperature": request.temperature,
        "topP": request.top_p,
        "seed": request.seed,
        "stopSequences": list(request.stop_sequences) or None,
        "responseMimeType": "application/json" if form else None,
        "responseJsonSchema": form.schema if form else None,
        "thinkingConfig": _thinking(request.reasoning, model),
    }
    return filled(wishes)


def _thinking(reasoning: Reasoning | None, model: str) -> Wire | None:
    if reasoning is None:
        return None
    effort, budget = reasoning.effort, reasoning.budget
    if (
        budget is None
        and effort is not None
        and (effort == "none" or _BUDGETED.match(model.rpartition("/")[2]))
    ):
        budget = _BUDGETS[effort]
    shown = reasoning.summary is not False and budget != 0
    config: Wire = {"includeThoughts": True} if shown else {}
    if budget is not None:
        return {**config, "thinkingBudget": budget}
    return {**config, "thinkingLevel": _LEVELS[effort]} if effort else config
