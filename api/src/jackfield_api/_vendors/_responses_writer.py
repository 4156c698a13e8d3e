"""Requests as OpenAI's Responses have them.

Source: the vendor's reference of Responses and its client's types (openai-python 3.57.0).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from jackfield import (
    Adaptation,
    AudioPart,
    ChatRequest,
    FileId,
    FilePart,
    ImagePart,
    JsonSchema,
    Message,
    OpaquePart,
    Part,
    Plan,
    ReasoningPart,
    RefusalPart,
    TextPart,
    Tool,
    ToolCallPart,
    ToolResultPart,
    Url,
)

from .._part_plan import plan_parts
from .._turns import filled
from ._chat_writer import data_uri, input_audio

_CHOICES: Final = {"auto", "none", "required"}
_ENCRYPTED: Final = "reasoning.encrypted_content"


def responses_plan(request: ChatRequest, *, remote: str) -> Plan:
    """Return what becomes of *request*: what has no place on the wire is refused, or left out and told.

    Args:
        request: The request.
        remote: Whose items go back: no other's do.
    """
    budget = request.reasoning is not None and request.reasoning.budget is not None
    told = [Adaptation("reasoning.budget", "left out: Responses take an effort")] if budget else []
    return plan_parts(request, refused=_refused, lost=lambda part: _lost(part, remote), told=told)


def _refused(part: Part) -> str | None:
    if isinstance(part, AudioPart) and input_audio(part) is None:
        return f"Responses take sound as bytes of WAV or MP3, not {part.media_type}"
    return None


def _lost(part: Part, remote: str) -> str | None:
    match part:
        case ReasoningPart() | OpaquePart():
            state = part.state
            if state is None or state.kind != "item" or state.data.get("remote") != remote:
                return "it was made on another wire, or by another remote"
        case ToolResultPart(is_error=True):
            return "that the tool failed has no place here; what it gave goes as it is"
        case ToolCallPart(by="remote"):
            return "a call that the remote made itself has no place here"
    return None


def responses_body(
    request: ChatRequest, *, model: str | None, options: Mapping[str, Any], background: bool
) -> dict[str, Any]:
    """Return the body of the response that *request* asks for, to be streamed.

    Nothing is stored at the vendor unless that is asked for. Reasoning comes back encrypted in any case, so
    that it can go on with the history when nothing is stored, or no longer.

    Args:
        request: The request, as `responses_plan` let it through.
        model: The model, as the remote calls it.
        options: The request's own options, under the vendor's names.
        background: Whether the answer goes on when nobody reads it.
    """
    options = dict(options)
    store = options.pop("store", None) or background
    include = list(dict.fromkeys([*options.pop("include", ()), _ENCRYPTED]))
    tools = [*map(_tool, request.tools), *map(dict, options.pop("remote_tools", ()))]
    text = {"verbosity": options.pop("verbosity", None), "format": _form(request.output)}
    wishes = {
        "model": model,
        "max_output_tokens": request.max_tokens,
        "temperature": request.temperature,
        "top_p": request.top_p,
        "tools": tools or None,
        "tool_choice": _choice(request.tool_choice),
        "text": filled(text) or None,
        "reasoning": _reasoning(request),
        "include": include,
        "background": background or None,
        **options,
    }
    items = [item for message in request.messages for item in _items(message)]
    return {"input": items, "stream": True, "store": store, **filled(wishes)}


def _items(message: Message) -> Iterator[dict[str, Any]]:
    """Yield what one message of ours is there: items, in the order of its parts."""
    said: list[dict[str, Any]] = []
    for part in message.parts:
        if isinstance(part, TextPart | RefusalPart | ImagePart | AudioPart | FilePart):
            said.append(_answered(part) if message.role == "assistant" else _chunk(part))
            continue
        if said:
            yield {"type": "message", "role": message.role, "content": said}
            said = []
        yield from _item(part)
    if said:
        yield {"type": "message", "role": message.role, "content": said}


def _item(part: Part) -> Iterator[dict[str, Any]]:
    match part:
        case ReasoningPart() | OpaquePart():
            assert part.state is not None, "the plan left out what has none"
            yield dict(part.state.data["item"])
        case ToolCallPart(by="caller"):
            call = {"call_id": part.id, "name": part.name, "arguments": part.arguments_json or "{}"}
            yield {"type": "function_call", **call}
        case ToolResultPart():
            only_text = all(isinstance(inner, TextPart) for inner in part.parts)
            output = part.text if only_text else [_chunk(inner) for inner in part.parts]
            yield {"type": "function_call_output", "call_id": part.call_id, "output": output}


def _answered(part: Part) -> dict[str, Any]:
    if isinstance(part, RefusalPart):
        return {"type": "refusal", "refusal": part.text}
    return {"type": "output_text", "text": getattr(part, "text", ""), "annotations": []}


def _chunk(part: Part) -> dict[str, Any]:
    match part:
        case ImagePart():
            return {"type": "input_image", "detail": part.detail or "auto", **_image(part)}
        case AudioPart():
            return {"type": "input_audio", "input_audio": input_audio(part)}
        case FilePart():
            return {"type": "input_file", **_file(part)}
    return {"type": "input_text", "text": getattr(part, "text", "")}


def _image(part: ImagePart) -> dict[str, Any]:
    match part.source:
        case FileId(id=id_):
            return {"file_id": id_}
        case Url(address=address):
            return {"image_url": address}
    return {"image_url": part.data_uri}


def _file(part: FilePart) -> dict[str, Any]:
    match part.source:
        case FileId(id=id_):
            return {"file_id": id_}
        case Url(address=address):
            return {"file_url": address}
    return {"filename": part.name, "file_data": data_uri(part)}


def _tool(tool: Tool) -> dict[str, Any]:
    # The vendor holds every tool to its schema unless told otherwise, and refuses most schemas then.
    strict = bool(tool.strict)
    told = {"name": tool.name, "description": tool.description, "parameters": dict(tool.schema)}
    return {"type": "function", **told, "strict": strict}


def _choice(choice: str | None) -> Any:
    return choice if choice is None or choice in _CHOICES else {"type": "function", "name": choice}


def _form(form: JsonSchema | None) -> dict[str, Any] | None:
    if form is None:
        return None
    strict = {} if form.strict is None else {"strict": form.strict}
    return {"type": "json_schema", "name": form.name, "schema": dict(form.schema), **strict}


def _reasoning(request: ChatRequest) -> dict[str, Any] | None:
    wish = request.reasoning
    if wish is None:
        return None
    return filled({"effort": wish.effort, "summary": "auto" if wish.summary else None}) or None
