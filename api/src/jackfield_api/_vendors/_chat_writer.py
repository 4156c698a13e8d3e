"""Requests as OpenAI's chat completions have them, and where those who speak the same wire differ.

Sources: the vendor's reference of chat completions and its client's types (openai-python 3.57.0).
"""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import attrs

from jackfield import (
    Adaptation,
    AudioPart,
    ChatRequest,
    FileId,
    FilePart,
    ImagePart,
    Message,
    OpaquePart,
    Part,
    Plan,
    ProviderState,
    Reasoning,
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

_SOUNDS: Final = {
    "audio/wav": "wav",
    "audio/x-wav": "wav",
    "audio/wave": "wav",
    "audio/mpeg": "mp3",
    "audio/mp3": "mp3",
}
_CHOICES: Final = {"auto", "none", "required"}


@attrs.frozen(kw_only=True)
class ChatDialect:
    """How a remote speaks chat completions, where remotes differ.

    Attributes:
        max_tokens: The field for the longest answer.
        seed: The field for the seed.
        effort: The field for how much the model is to think, dots between the names.
        efforts: Our efforts to the remote's words, where those differ.
        budget: The field for the most tokens of thought; None where it has none.
        thinking: Whether `thinking: {type: …}` turns thought on and off.
        stream_usage: Whether token counts on a stream have to be asked for, by `stream_options`.
        reasoning_back: Whether the remote wants to see its own reasoning again.
        refusals: Whether a refusal has a place of its own in a message; it goes as text otherwise.
    """

    max_tokens: str = "max_tokens"
    seed: str = "seed"
    effort: str = "reasoning_effort"
    efforts: Mapping[str, str] = attrs.field(factory=dict)
    budget: str | None = None
    thinking: bool = False
    stream_usage: bool = True
    reasoning_back: bool = False
    refusals: bool = False


def chat_body(
    request: ChatRequest, *, model: str | None, dialect: ChatDialect | None = None, **more: Any
) -> dict[str, Any]:
    """Return the body of the chat completion that *request* asks for, to be streamed.

    Args:
        request: The request, as `chat_plan` let it through.
        model: The model, as the remote calls it; None leaves it out.
        dialect: Where the remote differs from others.
        **more: Further fields; those of None are left out.
    """
    dialect = dialect or ChatDialect()
    wishes = {
        "model": model,
        dialect.max_tokens: request.max_tokens,
        "temperature": request.temperature,
        "top_p": request.top_p,
        dialect.seed: request.seed,
        "stop": list(request.stop_sequences) or None,
        "tools": [_tool(tool) for tool in request.tools] or None,
        "tool_choice": _choice(request.tool_choice),
        "response_format": _form(request),
        **_reasoning(request.reasoning, dialect),
        **more,
    }
    usage = {"stream_options": {"include_usage": True}} if dialect.stream_usage else {}
    messages = [wire for message in request.messages for wire in _messages(message, dialect)]
    return {"messages": messages, "stream": True, **usage, **filled(wishes)}


def chat_plan(request: ChatRequest, dialect: ChatDialect | None = None, *, remote: str = "") -> Plan:
    """Return what becomes of *request* here: what has no place on the wire is refused, or left out and told.

    Args:
        request: The request.
        dialect: Where the remote differs from others.
        remote: Whose reasoning goes back: what the decoder's `state` has put into a state's data as `remote`.
    """
    dialect = dialect or ChatDialect()
    return plan_parts(
        request,
        refused=_refused,
        lost=lambda part: _loss(part, dialect, remote),
        told=_lost_thought(request.reasoning, dialect),
    )


def _refused(part: Part) -> str | None:
    """Return why a part has no place on this wire, if it has none."""
    match part:
        case ImagePart(source=FileId()):
            return "chat completions take an image as bytes or by its address, not by a file's id"
        case FilePart(source=Url()):
            return "chat completions take a file as bytes or by its id, not by its address"
        case AudioPart() if input_audio(part) is None:
            return f"chat completions take sound as bytes of WAV or MP3, not {part.media_type}"
        case ToolResultPart() if any(not isinstance(inner, TextPart) for inner in part.parts):
            return "chat completions take text as a tool's result, and nothing else"
    return None


def _loss(part: Part, dialect: ChatDialect, remote: str) -> str | None:
    match part:
        case ToolResultPart(is_error=True):
            return "that the tool failed has no place here; its text goes as it is"
        case OpaquePart():
            return "it belongs to another wire of this provider"
        case ReasoningPart() if not (dialect.reasoning_back and _goes_back(part.state, remote)):
            return "the remote does not want to see it again"
        case ToolCallPart(by="remote"):
            return "a call that the remote made itself has no place here"
    return None


def _goes_back(state: ProviderState | None, remote: str) -> bool:
    """Whether this very remote made the state: one provider may speak to several."""
    if state is None or state.data.get("remote", "") != remote:
        return False
    return state.kind in ("reasoning", "reasoning_details")


def _messages(message: Message, dialect: ChatDialect) -> Iterator[dict[str, Any]]:
    """Yield what one message of ours is there: each tool's result is a message of its own."""
    for result in message.tool_results:
        yield {"role": "tool", "tool_call_id": result.call_id, "content": result.text}
    if message.role == "assistant":
        yield _answer(message, dialect)
    elif parts := [part for part in message.parts if not isinstance(part, ToolResultPart)]:
        role = "system" if message.role == "system" else "user"
        yield {"role": role, "content": _content(parts)}


def _answer(message: Message, dialect: ChatDialect) -> dict[str, Any]:
    wire: dict[str, Any] = {"role": "assistant", "content": _answered(message.parts, dialect)}
    if calls := [_call(call) for call in message.tool_calls]:
        wire["tool_calls"] = calls
    for part in message.parts:
        if isinstance(part, ReasoningPart) and part.state is not None:
            details = part.state.data.get("details")
            field = part.state.data.get("field")
            wire.update({"reasoning_details": details} if details else {str(field): part.text})
    return wire


def _answered(parts: Sequence[Part], dialect: ChatDialect) -> Any:
    refusal = "".join(part.text for part in parts if isinstance(part, RefusalPart))
    text = "".join(part.text for part in parts if isinstance(part, TextPart))
    if not refusal:
        return text or None
    if not dialect.refusals:
        return text + refusal
    said = [{"type": "text", "text": text}] if text else []
    return [*said, {"type": "refusal", "refusal": refusal}]


def _content(parts: Sequence[Part]) -> Any:
    """Return text as it is, for not every remote reads chunks; anything else in chunks."""
    if all(isinstance(part, TextPart) for part in parts):
        return "".join(part.text for part in parts if isinstance(part, TextPart))
    return [_chunk(part) for part in parts]


def _chunk(part: Part) -> dict[str, Any]:
    match part:
        case ImagePart():
            url = part.source.address if isinstance(part.source, Url) else part.data_uri
            detail = {"detail": part.detail} if part.detail else {}
            return {"type": "image_url", "image_url": {"url": url, **detail}}
        case AudioPart():
            return {"type": "input_audio", "input_audio": input_audio(part)}
        case FilePart(source=FileId(id=id_)):
            return {"type": "file", "file": {"file_id": id_}}
        case FilePart():
            return {"type": "file", "file": {"filename": part.name, "file_data": data_uri(part)}}
    return {"type": "text", "text": getattr(part, "text", "")}


def input_audio(part: AudioPart) -> dict[str, Any] | None:
    """Return sound as OpenAI's wires have it; None where they do not: they take WAV and MP3 alone."""
    form = _SOUNDS.get(part.media_type)
    if form is None or not isinstance(part.source, bytes):
        return None
    return {"data": base64.b64encode(part.source).decode(), "format": form}


def data_uri(part: FilePart | AudioPart | ImagePart) -> str:
    """Return a part's content as a base64 data URI (RFC 2397)."""
    return f"data:{part.media_type};base64,{base64.b64encode(part.data).decode()}"


def _call(call: ToolCallPart) -> dict[str, Any]:
    function = {"name": call.name, "arguments": call.arguments_json or "{}"}
    return {"id": call.id, "type": "function", "function": function}


def _tool(tool: Tool) -> dict[str, Any]:
    strict = {} if tool.strict is None else {"strict": tool.strict}
    function = {"name": tool.name, "description": tool.description, "parameters": dict(tool.schema), **strict}
    return {"type": "function", "function": function}


def _choice(choice: str | None) -> Any:
    return (
        choice if choice is None or choice in _CHOICES else {"type": "function", "function": {"name": choice}}
    )


def _form(request: ChatRequest) -> dict[str, Any] | None:
    form = request.output
    if form is None:
        return None
    strict = {} if form.strict is None else {"strict": form.strict}
    return {
        "type": "json_schema",
        "json_schema": {"name": form.name, "schema": dict(form.schema), **strict},
    }


def _reasoning(wish: Reasoning | None, dialect: ChatDialect) -> dict[str, Any]:
    if wish is None:
        return {}
    fields: dict[str, Any] = {}
    if dialect.thinking and wish.effort is not None:
        fields["thinking"] = {"type": "disabled" if wish.effort == "none" else "enabled"}
    if wish.effort is not None and not (dialect.thinking and wish.effort == "none"):
        _put(fields, dialect.effort, dialect.efforts.get(wish.effort, wish.effort))
    if wish.budget is not None and dialect.budget:
        _put(fields, dialect.budget, wish.budget)
    return fields


def _put(fields: dict[str, Any], place: str, value: Any) -> None:
    *ways, name = place.split(".")
    for way in ways:
        fields = fields.setdefault(way, {})
    if name:
        fields[name] = value


def _lost_thought(wish: Reasoning | None, dialect: ChatDialect) -> Iterator[Adaptation]:
    if wish is None:
        return
    theirs = dialect.efforts.get(wish.effort or "", wish.effort)
    if wish.effort is not None and not dialect.effort and not dialect.thinking:
        yield Adaptation("reasoning.effort", "left out: the remote cannot be told how much to think")
    elif theirs != wish.effort:
        yield Adaptation("reasoning.effort", f"taken as {theirs}, the nearest that the remote has")
    if wish.budget is not None and dialect.budget is None:
        yield Adaptation("reasoning.budget", "left out: the remote takes no number of tokens for thought")
    if wish.summary:
        yield Adaptation("reasoning.summary", "left out: chat completions do not ask for a summary")
