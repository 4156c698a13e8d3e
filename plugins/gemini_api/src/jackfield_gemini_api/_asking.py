"""A request as the body of `generateContent`.

Source: the vendor's reference of `generateContent`, its pages about thinking, function calling and thought
signatures, and its client's types, google-genai 3.6.1 (2026-11).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from jackfield import ChatRequest, Message, Reasoning
from jackfield_api import filled, joined_turns, system_ahead

from ._contents import SIGNATURE, Wire, parts_of
from ._options import GeminiOptions, GeminiRequestOptions

PASSES: Final = "skip_thought_signature_validator"
"""Stands for the signature of a call that another model made; the vendor names it for that."""

_UNSIGNED: Final = re.compile(r"gemini-[12][.-]")
_BUDGETED: Final = re.compile(r"gemini-2[.-]")
_BUDGETS: Final = {"none": 0, "minimal": 1024, "low": 1024, "medium": 8192, "high": 24576, "max": 24576}
"""What an effort is in tokens, for the models that know no levels: the vendor's page about OpenAI's
compatibility has the table."""
_LEVELS: Final = {"minimal": "MINIMAL", "low": "LOW", "medium": "MEDIUM", "high": "HIGH", "max": "XHIGH"}
_MODES: Final = {"auto": "AUTO", "none": "NONE", "required": "ANY"}
_RESOLUTION: Final = "MEDIA_RESOLUTION_"


def body_of(request: ChatRequest, options: GeminiOptions) -> Wire:
    """Return what *request* is on the wire; `_plan` has refused what cannot be."""
    own = request.options_as(GeminiRequestOptions)
    files = f"{options.base_url.rstrip('/')}/{options.version}"
    model = options.model_for(request.model) or ""
    ahead, said = system_ahead(request.messages)
    system = [part for message in ahead for part in message.parts]
    wishes = {
        "systemInstruction": {"parts": parts_of(system, files)} if system else None,
        "tools": [*_tools(request), *map(dict, own.remote_tools)] or None,
        "toolConfig": _tool_config(request),
        "generationConfig": _generation(request, own, model) or None,
        "safetySettings": [
            {"category": kind, "threshold": limit} for kind, limit in own.safety_settings.items()
        ]
        or None,
        "cachedContent": own.cached_content,
    }
    return {
        "contents": joined_turns(_said(said, files, signs=signs(model)), "parts"),
        **filled(wishes),
        **own.extra,
    }


def signs(model: str) -> bool:
    """Whether a model wants a signature with each step's first call; since Gemini 3 they do."""
    return not _UNSIGNED.match(model.rpartition("/")[2])


def _said(messages: Sequence[Message], files: str, *, signs: bool) -> Iterator[tuple[str, list[Wire]]]:
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
        first.setdefault(SIGNATURE, PASSES)


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


def _generation(request: ChatRequest, own: GeminiRequestOptions, model: str) -> Wire:
    form = request.output
    wishes = {
        "maxOutputTokens": request.max_tokens,
        "temperature": request.temperature,
        "topP": request.top_p,
        "topK": own.top_k,
        "seed": request.seed,
        "stopSequences": list(request.stop_sequences) or None,
        "responseMimeType": "application/json" if form else None,
        "responseJsonSchema": form.schema if form else None,
        "responseModalities": list(own.response_modalities) or None,
        "mediaResolution": _RESOLUTION + own.media_resolution.upper() if own.media_resolution else None,
        "thinkingConfig": _thinking(request.reasoning, model),
    }
    return {**filled(wishes), **own.generation}


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
