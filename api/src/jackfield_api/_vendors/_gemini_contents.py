"""Parts of messages as parts of the contents of Google's `generateContent`.

Source: the vendor's reference of `Content` and its client's types, google-genai 3.6.1 (2026-11).
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, TypeAlias

from jackfield import (
    AudioPart,
    FileId,
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

from .._turns import object_arguments

Wire: TypeAlias = dict[str, Any]

SIGNATURE: Final = "thoughtSignature"
NAMELESS: Final = "nameless-call-"
"""Begins the ids of calls that came without one: here each has an id, and there it goes without again."""


def parts_of(parts: Iterable[Part], files: str) -> list[Wire]:
    """Return a message's parts as the API has them. What says nothing is left out, for the API refuses it.

    Args:
        parts: The parts.
        files: The address under which the API keeps files.
    """
    wires: list[Wire] = []
    for part in parts:
        if isinstance(part, OpaquePart) and part.state.kind == "signature":
            # It was on the part before this one, which has no place for it here.
            if wires:
                wires[-1] |= part.state.data
        else:
            wires += _part(part, files)
    return wires


def _part(part: Part, files: str) -> Iterator[Wire]:
    match part:
        case TextPart() | RefusalPart():
            if (signed := _signature(part)) or part.text:
                yield {"text": part.text, **signed}
        case ReasoningPart() if part.state:
            yield {"text": part.text, "thought": True, **_signature(part)}
        case ToolCallPart(by="caller"):
            called = {**_id(part.id), "name": part.name, "args": object_arguments(part)}
            yield {"functionCall": called, **_signature(part)}
        case ToolResultPart():
            yield {"functionResponse": _result(part, files)}
        case OpaquePart():
            yield dict(part.state.data["part"])
        case ImagePart() | AudioPart() | FilePart():
            yield _media(part, files)


def _signature(part: Part) -> Mapping[str, Any]:
    state = getattr(part, "state", None)
    return state.data if state else {}


def _id(id_: str) -> Wire:
    return {} if id_.startswith(NAMELESS) or not id_ else {"id": id_}


def _result(result: ToolResultPart, files: str) -> Wire:
    """Return what came of a call: an object with `output` or `error` in it, and media beside."""
    told = {"error" if result.is_error else "output": result.text}
    media = [_media(part, files) for part in result.parts if not isinstance(part, TextPart)]
    return {
        **_id(result.call_id),
        "name": result.name,
        "response": told,
        **({"parts": media} if media else {}),
    }


def _media(part: ImagePart | AudioPart | FilePart, files: str) -> Wire:
    match part.source:
        case Url(address):
            return {"fileData": {"fileUri": address, "mimeType": part.media_type}}
        case FileId(id=name):
            address = f"{files}/{name}" if name.startswith("files/") else name
            return {"fileData": {"fileUri": address, "mimeType": part.media_type}}
        case _:
            data = b64encode(part.data).decode()
            return {"inlineData": {"mimeType": part.media_type, "data": data}}
