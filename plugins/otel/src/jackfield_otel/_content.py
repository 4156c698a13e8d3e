"""What was said, for those who ask for it: in the JSON of the GenAI conventions, secrets masked.

Of an image, a sound or a file its type and its size are told and never its bytes: one photograph is larger
than what most collectors take at once.
"""

from __future__ import annotations

import enum
import json
import logging
import os
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any, Final

from jackfield import (
    AudioPart,
    ChatRequest,
    ChatResponse,
    ConfigError,
    FileId,
    FilePart,
    ImagePart,
    Message,
    Part,
    ReasoningPart,
    RefusalPart,
    Request,
    TextPart,
    Tool,
    ToolCallPart,
    ToolResultPart,
    Url,
    near_names,
    redact,
)

VARIABLE: Final = "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT"
_WORDS: Final[Mapping[type[Any], str]] = MappingProxyType(
    {
        TextPart: "text",
        ReasoningPart: "reasoning",
        RefusalPart: "refusal",
        ImagePart: "image",
        AudioPart: "audio",
        FilePart: "document",
    }
)


class Capture(enum.Flag):
    """Where what was said may be told: nowhere, on spans, in events, in both."""

    NO_CONTENT = 0
    SPAN_ONLY = 1
    EVENT_ONLY = 2
    SPAN_AND_EVENT = 3


_CHOICES: Final = {name.lower(): choice for name, choice in Capture.__members__.items()}


def capture_of(chosen: Capture | str | None) -> Capture:
    """Return what a program chose; for None, what the environment says.

    Raises:
        ConfigError: There is no such choice.
    """
    if chosen is None:
        return _in_environment()
    if isinstance(chosen, Capture):
        return chosen
    if chosen not in _CHOICES:
        raise ConfigError(f"content {chosen!r} is no choice", hint=near_names(chosen, _CHOICES))
    return _CHOICES[chosen]


def _in_environment() -> Capture:
    word = os.environ.get(VARIABLE, "").strip().lower() or "no_content"
    if word not in _CHOICES:
        # Other instrumentations of the same program read it too, and some have words of their own.
        logging.getLogger(__name__).warning("%s is none of %s: no content is told", VARIABLE, [*_CHOICES])
    return _CHOICES.get(word, Capture.NO_CONTENT)


def content_of(request: Request, response: ChatResponse | None) -> dict[str, Any]:
    """Return what was asked, with which tools, and what was answered, by attribute; as JSON has it."""
    told: dict[str, Any] = {}
    if isinstance(request, ChatRequest):
        told["gen_ai.input.messages"] = [_message(message) for message in request.messages]
        told["gen_ai.tool.definitions"] = [_tool(tool) for tool in request.tools]
    if response is not None:
        parts = _parts(response.parts) or _parts(_partial(response))
        answer = {"role": "assistant", "parts": parts, "finish_reason": response.finish_reason}
        told["gen_ai.output.messages"] = [answer] if parts else []
    return {name: value for name, value in told.items() if value}


def as_json(content: Mapping[str, Any]) -> dict[str, str]:
    """Return *content* as a span can hold it: as text."""
    return {
        name: json.dumps(value, separators=(",", ":"), ensure_ascii=False) for name, value in content.items()
    }


def _partial(response: ChatResponse) -> list[Part]:
    return [
        *([ReasoningPart(response.partial_reasoning)] if response.partial_reasoning else []),
        *([TextPart(response.partial)] if response.partial else []),
    ]


def _message(message: Message) -> dict[str, Any]:
    return {"role": message.role, "parts": _parts(message.parts)}


def _parts(parts: Iterable[Part]) -> list[dict[str, Any]]:
    return [told for part in parts if (told := _part(part))]


def _part(part: Part) -> dict[str, Any] | None:
    """Return a part as the conventions have it; None for what is nobody's to read."""
    match part:
        case TextPart() | ReasoningPart() | RefusalPart():
            return {"type": _WORDS[type(part)], "content": redact(part.text)} if part.text else None
        case ImagePart() | AudioPart() | FilePart():
            return _media(part)
        case ToolCallPart():
            return _call(part)
        case ToolResultPart():
            return _result(part)
    return None


def _result(result: ToolResultPart) -> dict[str, Any]:
    is_text = all(isinstance(part, TextPart) for part in result.parts)
    response = redact(result.text) if is_text else _parts(result.parts)
    return {"type": "tool_call_response", "id": result.call_id, "response": response}


def _call(call: ToolCallPart) -> dict[str, Any]:
    written = redact(call.arguments_json)
    try:
        arguments = json.loads(written)
    except (ValueError, RecursionError):
        arguments = written
    if call.by == "remote":
        about = {"type": call.name, "arguments": arguments}
        return {"type": "server_tool_call", "id": call.id, "name": call.name, "server_tool_call": about}
    return {"type": "tool_call", "id": call.id, "name": call.name, "arguments": arguments}


def _media(part: ImagePart | AudioPart | FilePart) -> dict[str, Any]:
    about = {"mime_type": part.media_type, "modality": _WORDS[type(part)]}
    if isinstance(part.source, Url):
        return {"type": "uri", **about, "uri": redact(part.source.address)}
    if isinstance(part.source, FileId):
        return {"type": "file", **about, "file_id": part.source.id}
    return {"type": "blob", **about, "content": "", "size": part.size}


def _tool(tool: Tool) -> dict[str, Any]:
    about = {"name": tool.name, "description": redact(tool.description)}
    return {"type": "function", **about, "parameters": _masked(tool.schema)}


def _masked(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _masked(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_masked(item) for item in value]
    return redact(value) if isinstance(value, str) else value
