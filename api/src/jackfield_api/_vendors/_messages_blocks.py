"""Parts of messages as content blocks of Anthropic's Messages.

Source: the vendor's reference of the Messages API and the types of its client `anthropic` 2.14 (2026-11).
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, TypeAlias

from jackfield import (
    FileId,
    FilePart,
    ImagePart,
    InvalidRequest,
    OpaquePart,
    Part,
    ReasoningPart,
    RefusalPart,
    TextPart,
    ToolCallPart,
    ToolResultPart,
    Url,
)

from .._turns import object_arguments

Block: TypeAlias = dict[str, Any]

IMAGES: Final = frozenset({"image/jpeg", "image/png", "image/gif", "image/webp"})
PDF: Final = "application/pdf"
_WORDS: Final = frozenset({"application/json", "application/xml", "application/x-yaml", "application/toml"})
_NOT_IN_AN_ID: Final = re.compile(r"[^A-Za-z0-9_-]")


def is_words(media_type: str) -> bool:
    """Whether a file of that type can be sent as text."""
    kind = media_type.partition(";")[0]
    return kind.startswith("text/") or kind in _WORDS


def words_of(file: FilePart) -> str:
    """Return the text of a text file.

    Raises:
        InvalidRequest: It is not UTF-8.
    """
    try:
        return file.data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InvalidRequest(
            f"the file {file.name!r} is said to be {file.media_type} and is not UTF-8",
            hint="Save it as UTF-8.",
        ) from None


def id_of(name: str) -> str:
    """Return the id of a tool call in letters that the API takes; other remotes use more of them."""
    return _NOT_IN_AN_ID.sub("_", name) or "_"


def blocks_of(parts: Iterable[Part], *, citations: bool = False, is_answer: bool = False) -> Iterator[Block]:
    """Yield a message's parts as blocks. What says nothing is left out, for the API refuses it.

    Args:
        parts: The parts.
        citations: Whether the answer is to say what in files it rests on.
        is_answer: Whether they are the model's: in other messages the API takes no text that rests on things.
    """
    for part in parts:
        match part:
            case TextPart() | RefusalPart():
                if part.text.strip():
                    yield {"type": "text", "text": part.text, **(_marks(part) if is_answer else {})}
            case ReasoningPart() if part.state:
                is_shown = part.state.kind == "thinking"
                yield {
                    "type": part.state.kind,
                    **({"thinking": part.text} if is_shown else {}),
                    **_marks(part),
                }
            case ToolCallPart() if part.by == "caller" or part.state:
                kind = "tool_use" if part.by == "caller" else "server_tool_use"
                called = {"id": id_of(part.id), "name": part.name, "input": object_arguments(part)}
                yield {"type": kind, **called, **_marks(part)}
            case ToolResultPart():
                yield _result(part, citations=citations)
            case OpaquePart():
                yield dict(part.state.data)
            case ImagePart():
                yield {"type": "image", "source": _source(part)}
            case FilePart():
                yield _document(part, citations=citations)


def _marks(part: TextPart | RefusalPart | ReasoningPart | ToolCallPart) -> Mapping[str, Any]:
    """Return what the API wants to see again of its own: a signature, what a text rests on."""
    state = getattr(part, "state", None)
    return state.data if state else {}


def _result(part: ToolResultPart, *, citations: bool) -> Block:
    content = list(blocks_of(part.parts, citations=citations))
    block = {"type": "tool_result", "tool_use_id": id_of(part.call_id)}
    return {
        **block,
        **({"content": content} if content else {}),
        **({"is_error": True} if part.is_error else {}),
    }


def _document(part: FilePart, *, citations: bool) -> Block:
    if isinstance(part.source, bytes) and is_words(part.media_type):
        source = {"type": "text", "media_type": "text/plain", "data": words_of(part)}
    else:
        source = _source(part)
    rests = {"citations": {"enabled": True}} if citations else {}
    return {"type": "document", "source": source, "title": part.name, **rests}


def _source(part: ImagePart | FilePart) -> Block:
    match part.source:
        case Url(address):
            return {"type": "url", "url": address}
        case FileId(id=name):
            return {"type": "file", "file_id": name}
        case _:
            data = b64encode(part.data).decode()
            return {"type": "base64", "media_type": part.media_type, "data": data}
