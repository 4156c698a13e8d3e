"""The wires: how each stand-in is reached, and how what arrived there is read back.

The readers are written from the vendors' references alone and share nothing with the writers they judge.
A wire more is one `Wire` more in `WIRES`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, TypeAlias

import attrs

from jackfield import (
    AudioPart,
    ChatRequest,
    FilePart,
    ImagePart,
    OpaquePart,
    Part,
    ReasoningPart,
    RefusalPart,
    TextPart,
    ToolCallPart,
    ToolResultPart,
    Url,
)

Atom: TypeAlias = tuple[Any, ...]
"""Something that is said: who says it, what it is, and its content.

A thought has none here: what is signed differs in form from wire to wire, and is compared by its marks."""


@attrs.frozen(kw_only=True)
class Wire:
    """A wire of a provider.

    Attributes:
        title: What it is called in the table.
        provider: The provider that speaks it.
        stand: The stand-in's name.
        read: What a body says, as atoms.
        begin: What has the stand-in's model think and call tools.
        options: The connection's further options.
    """

    title: str
    provider: str
    stand: str
    read: Callable[[Mapping[str, Any]], Iterator[Atom]]
    begin: Mapping[str, Any]
    options: Mapping[str, Any] = attrs.field(factory=dict)


def said_in(request: ChatRequest) -> list[Atom]:
    """Return what a request says; the name of a result's tool is its call's, and its id leads there."""
    atoms = [(message.role, *_atom(part)) for message in request.messages for part in message.parts]
    tools = [("wish", "tool", tool.name, _canonical(tool.schema)) for tool in request.tools]
    form = [("wish", "form", _canonical(request.output.schema))] if request.output else []
    return settled([*atoms, *tools, *form])


def settled(atoms: list[Atom]) -> list[Atom]:
    """Return atoms without texts that say nothing, and texts side by side as one."""
    made: list[Atom] = []
    for atom in atoms:
        if atom[1] == "text" and not atom[2].strip():
            continue
        if made and atom[1] == "text" and made[-1][:2] == atom[:2] and not atom[3] and not made[-1][3]:
            made[-1] = (*atom[:2], made[-1][2] + atom[2], atom[3])
        else:
            made.append(atom)
    return made


def _text(text: str, cited: int = 0) -> Atom:
    return "text", text, cited


def _call(id_: str, name: str, arguments: Any) -> Atom:
    return "call", id_, name, _canonical(arguments)


def _canonical(value: Any) -> str:
    return json.dumps(value, sort_keys=True, default=dict)


def _atom(part: Part) -> Atom:  # noqa: PLR0911  one line for each kind of a part
    match part:
        case TextPart():
            return _text(part.text, len(part.citations))
        case RefusalPart():
            return "refusal", part.text
        case ToolCallPart():
            return _call(part.id, part.name, part.arguments)
        case ToolResultPart():
            return "result", part.call_id, tuple(map(_atom, part.parts)), part.is_error
        case ReasoningPart() | OpaquePart():
            return ("thought",)
        case ImagePart():
            return "image", _place(part), part.detail
        case AudioPart():
            return "sound", _place(part)
        case FilePart():
            return "file", _place(part), part.name


def _place(part: ImagePart | AudioPart | FilePart) -> str:
    if isinstance(part.source, Url):
        return part.source.address
    return ImagePart(part.data, part.media_type).data_uri


def _wishes(tools: Any, form: Any) -> Iterator[Atom]:
    for name, schema in tools:
        yield "wish", "tool", name, _canonical(schema)
    if form:
        yield "wish", "form", _canonical(form)


def _chunk(chunk: Mapping[str, Any]) -> Atom:
    """Return what a chunk of one of OpenAI's wires says."""
    kind = chunk["type"].removeprefix("input_").removeprefix("output_")
    told = chunk.get(chunk["type"])
    match kind:
        case "text":
            return _text(chunk["text"], len(chunk.get("annotations", ())))
        case "refusal":
            return "refusal", chunk["refusal"]
        case "image_url":
            return "image", told["url"], told.get("detail")
        case "image":
            return "image", chunk["image_url"], None if chunk["detail"] == "auto" else chunk["detail"]
        case "audio":
            return "sound", f"data:audio/{told['format']};base64,{told['data']}"
    told = told if kind == chunk["type"] else chunk
    return "file", told["file_data"], told["filename"]


def _chunks(content: Any) -> list[Atom]:
    return [_text(content)] if isinstance(content, str) else [_chunk(chunk) for chunk in content or ()]


def read_chat(body: Mapping[str, Any]) -> Iterator[Atom]:
    """Yield what a chat completion is asked."""
    for message in body["messages"]:
        if message["role"] == "tool":
            yield "tool", "result", message["tool_call_id"], (_text(message["content"]),), False
            continue
        for atom in _chunks(message["content"]):
            yield message["role"], *atom
        for call in message.get("tool_calls", ()):
            function = call["function"]
            yield "assistant", *_call(call["id"], function["name"], json.loads(function["arguments"]))
    tools = [(tool["function"]["name"], tool["function"]["parameters"]) for tool in body.get("tools", ())]
    yield from _wishes(tools, body.get("response_format", {}).get("json_schema", {}).get("schema"))


def read_responses(body: Mapping[str, Any]) -> Iterator[Atom]:
    """Yield what a response is asked."""
    for item in body["input"]:
        match item["type"]:
            case "message":
                yield from ((item["role"], *atom) for atom in _chunks(item["content"]))
            case "function_call":
                yield "assistant", *_call(item["call_id"], item["name"], json.loads(item["arguments"]))
            case "function_call_output":
                yield "tool", "result", item["call_id"], tuple(_chunks(item["output"])), False
            case _:
                yield "assistant", "thought"
    tools = [(tool["name"], tool["parameters"]) for tool in body.get("tools", ())]
    yield from _wishes(tools, body.get("text", {}).get("format", {}).get("schema"))


def _block(block: Mapping[str, Any]) -> Atom:
    source = block.get("source", {})
    place = source.get("url") or f"data:{source.get('media_type')};base64,{source.get('data')}"
    match block["type"]:
        case "text":
            return _text(block["text"], len(block.get("citations", ())))
        case "tool_use":
            return _call(block["id"], block["name"], block["input"])
        case "tool_result":
            inner = tuple(map(_block, block.get("content", ())))
            return "result", block["tool_use_id"], inner, block.get("is_error", False)
        case "image":
            return "image", place, None
        case "document":
            return "file", place, block["title"]
    return ("thought",)


def read_anthropic(body: Mapping[str, Any]) -> Iterator[Atom]:
    """Yield what a message of Anthropic's is asked."""
    for block in body.get("system", ()):
        yield "system", *_block(block)
    for turn in body["messages"]:
        for block in turn["content"]:
            yield "tool" if block["type"] == "tool_result" else turn["role"], *_block(block)
    tools = [(tool["name"], tool["input_schema"]) for tool in body.get("tools", ())]
    yield from _wishes(tools, body.get("output_config", {}).get("format", {}).get("schema"))


def _gemini_media(part: Mapping[str, Any]) -> Atom:
    told = part.get("inlineData") or part["fileData"]
    place = told.get("fileUri") or f"data:{told['mimeType']};base64,{told['data']}"
    kind = {"image": "image", "audio": "sound"}.get(told["mimeType"].partition("/")[0], "file")
    return (kind, place) if kind == "sound" else (kind, place, None)


def _gemini_part(part: Mapping[str, Any]) -> Atom:
    if part.get("thought"):
        return ("thought",)
    if "text" in part:
        return _text(part["text"])
    if call := part.get("functionCall"):
        return _call(call["id"], call["name"], call["args"])
    if result := part.get("functionResponse"):
        (word, text), *_ = result["response"].items()
        given = [_text(text)] if text else []
        inner = (*given, *map(_gemini_media, result.get("parts", ())))
        return "result", result["id"], inner, word == "error"
    return _gemini_media(part)


def read_gemini(body: Mapping[str, Any]) -> Iterator[Atom]:
    """Yield what Gemini is asked for content."""
    for part in body.get("systemInstruction", {}).get("parts", ()):
        yield "system", *_gemini_part(part)
    for content in body["contents"]:
        role = "assistant" if content["role"] == "model" else content["role"]
        for part in content["parts"]:
            yield "tool" if "functionResponse" in part else role, *_gemini_part(part)
    declared = [one for tool in body.get("tools", ()) for one in tool.get("functionDeclarations", ())]
    tools = [(one["name"], one.get("parametersJsonSchema") or one.get("parameters")) for one in declared]
    form = body.get("generationConfig", {})
    yield from _wishes(tools, form.get("responseJsonSchema") or form.get("responseSchema"))


_THINKING: Final = {"messages": "The [tools], please", "reasoning": "high"}
_CALLING: Final = {"messages": "playground:call"}
WIRES: Final[tuple[Wire, ...]] = (
    Wire(
        title="OpenAI chat",
        provider="openai_api",
        stand="openai",
        read=read_chat,
        begin=_CALLING,
        options={"preset": "openai"},
    ),
    Wire(
        title="OpenAI Responses",
        provider="openai_api",
        stand="openai",
        read=read_responses,
        begin=_CALLING,
        options={"preset": "openai", "api": "responses"},
    ),
    Wire(
        title="Anthropic 2023-06-01",
        provider="anthropic_api",
        stand="anthropic",
        read=read_anthropic,
        begin=_THINKING,
        options={"version": "2023-06-01"},
    ),
    Wire(
        title="Anthropic 2026-10-21",
        provider="anthropic_api",
        stand="anthropic",
        read=read_anthropic,
        begin=_THINKING,
        options={"version": "2026-10-21"},
    ),
    Wire(title="Gemini", provider="gemini_api", stand="gemini", read=read_gemini, begin=_THINKING),
)
