"""Anthropic's messages → the contract's. No address is fetched: what is to be seen comes as data.

Law: thinking goes on to nobody but Anthropic's own provider, with its signature as it came: another's, or one
without a signature, would be refused there for as long as the history lives.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

import attrs

from jackfield import (
    FilePart,
    ImagePart,
    Message,
    Part,
    ProviderState,
    ReasoningPart,
    TextPart,
    ToolCallPart,
    ToolResultPart,
)
from jackfield_gateway._fault import Refusal

from ._anthropic_encoder import PROVIDER
from ._fields import Fields, from_base64

_ATTRIBUTION: Final = "x-anthropic-billing-header:"
"""What one program writes before its system prompt, for the vendor's bills alone."""
_NOT_IN_A_NAME: Final = re.compile(r"[^\w. -]")


def read_messages(system: Any, said: Sequence[Mapping[str, Any]]) -> list[Message]:
    """Return the messages, the system prompt first.

    Raises:
        Refusal: There are none, or one has a role or a block that is not known.
    """
    if not said:
        raise Refusal("invalid", "messages is missing or empty", param="messages")
    reading = _Reading()
    ahead = [part for part in reading.parts(system, "system") if not _is_attribution(part)]
    messages = [Message("system", ahead)] if ahead else []
    for place, one in enumerate(said):
        messages += reading.message(Fields(one), f"messages[{place}]")
    return [message for message in messages if message.parts]


def _is_attribution(part: Part) -> bool:
    return isinstance(part, TextPart) and part.text.startswith(_ATTRIBUTION)


@attrs.define(eq=False)
class _Reading:
    """Reads one history; remembers the calls, for a result names its call and not its tool."""

    _tools: dict[str, str] = attrs.field(factory=dict, init=False)

    def message(self, said: Fields, where: str) -> list[Message]:
        role = said.body.get("role")
        if role not in {"user", "assistant", "system"}:
            raise Refusal("invalid", f"{where} has a role that is not known", param=f"{where}.role")
        parts = self.parts(said.body.get("content"), f"{where}.content")
        results = [Message("tool", part) for part in parts if isinstance(part, ToolResultPart)]
        rest = [part for part in parts if not isinstance(part, ToolResultPart)]
        return [*results, Message(role, rest)] if rest else results

    def parts(self, content: Any, where: str) -> list[Any]:
        if content is None:
            return []
        if isinstance(content, str):
            return [TextPart(content)] if content else []
        if not isinstance(content, list):
            raise Refusal("invalid", f"{where} must be a text or a list of blocks", param=where)
        found = (self._part(Fields(one), f"{where}[{place}]") for place, one in enumerate(content))
        return [part for part in found if part is not None]

    def _part(self, said: Fields, where: str) -> Any:
        match said.body.get("type"):
            case "text":
                return _text(said)
            case "image":
                return ImagePart(*_source(said, where))
            case "document":
                return _document(said, where)
            case "tool_use":
                return self._call(said)
            case "tool_result":
                return self._result(said, where)
            case "thinking" | "redacted_thinking" as kind:
                return _thinking(said, kind)
            case kind:
                raise Refusal("unsupported", f"{where} is a block of type {str(kind)[:80]!r}", param=where)

    def _call(self, said: Fields) -> ToolCallPart:
        arguments = json.dumps(said.object("input"), ensure_ascii=False)
        part = ToolCallPart(said.required("id"), said.required("name"), arguments)
        self._tools[part.id] = part.name
        return part

    def _result(self, said: Fields, where: str) -> ToolResultPart:
        call_id = said.required("tool_use_id")
        parts = self.parts(said.body.get("content"), f"{where}.content")
        if not all(isinstance(part, TextPart | ImagePart | FilePart) for part in parts):
            raise Refusal("invalid", f"{where} holds what no result of a tool is", param=where)
        name = self._tools.get(call_id, "tool")
        return ToolResultPart(call_id, name, parts, said.body.get("is_error") is True)


def _text(said: Fields) -> TextPart | None:
    text, cited = said.text("text") or "", said.objects("citations")
    state = ProviderState(PROVIDER, "text", {"citations": cited}) if cited else None
    return TextPart(text, (), state) if text else None


def _thinking(said: Fields, kind: str) -> ReasoningPart | None:
    field = "signature" if kind == "thinking" else "data"
    signed = said.text(field)
    if not signed:
        return None
    return ReasoningPart(said.text("thinking") or "", ProviderState(PROVIDER, kind, {field: signed}))


def _document(said: Fields, where: str) -> FilePart:
    if said.object("citations").get("enabled"):
        raise Refusal("unsupported", f"{where} asks for citations, which is not served here", param=where)
    data, media_type = _source(said, where)
    name = _NOT_IN_A_NAME.sub("_", said.text("title") or "").strip(" .")
    return FilePart(data, name or "document", media_type)


def _source(said: Fields, where: str) -> tuple[bytes, str]:
    source = Fields(said.object("source"))
    match source.body.get("type"):
        case "base64":
            return from_base64(source.required("data"), where), source.required("media_type")
        case "text":
            return source.required("data").encode(), "text/plain"
        case kind:
            told = f"{where} has a source of type {str(kind)[:80]!r}; give its data as base64"
            raise Refusal("unsupported", told, param=where)
