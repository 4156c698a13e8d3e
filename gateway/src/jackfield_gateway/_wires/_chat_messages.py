"""Messages of chat completions → the contract's. No address is fetched: what is to be seen comes as data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import attrs

from jackfield import (
    AudioPart,
    FilePart,
    ImagePart,
    Message,
    Part,
    RefusalPart,
    Role,
    TextPart,
    ToolCallPart,
    ToolResultPart,
    Url,
)
from jackfield_gateway._fault import Refusal

from ._fields import Fields, from_base64

_ROLES: Final[Mapping[str, Role]] = {
    "system": "system",
    "developer": "system",
    "user": "user",
    "assistant": "assistant",
    "tool": "tool",
}
_DETAILS: Final = ("auto", "low", "high")


def read_messages(said: Sequence[Mapping[str, Any]]) -> list[Message]:
    """Return the messages.

    Raises:
        Refusal: There are none, or one has a role or a part that is not known.
    """
    if not said:
        raise Refusal("invalid", "messages is missing or empty", param="messages")
    reading = _Reading()
    messages = [reading.message(Fields(one), f"messages[{place}]") for place, one in enumerate(said)]
    return [message for message in messages if message.parts]


@attrs.define(eq=False)
class _Reading:
    """Reads one history; remembers the calls, for a result names its call and not its tool."""

    _tools: dict[str, str] = attrs.field(factory=dict, init=False)

    def message(self, said: Fields, where: str) -> Message:
        role = _ROLES.get(str(said.body.get("role")))
        if role is None:
            raise Refusal("invalid", f"{where} has a role that is not known", param=f"{where}.role")
        parts = _parts(said.body.get("content"), where)
        if role == "tool":
            return Message("tool", self._result(said, parts))
        if role == "assistant":
            parts += [self._call(Fields(call), where) for call in said.objects("tool_calls")]
            if refusal := said.text("refusal"):
                parts.append(RefusalPart(refusal))
        return Message(role, parts)

    def _call(self, call: Fields, where: str) -> ToolCallPart:
        if call.body.get("type", "function") != "function":
            raise Refusal("unsupported", f"{where} has a call of a tool that is no function", param=where)
        function = Fields(call.object("function"))
        part = ToolCallPart(call.required("id"), function.required("name"), function.text("arguments") or "")
        self._tools[part.id] = part.name
        return part

    def _result(self, said: Fields, parts: Sequence[Any]) -> ToolResultPart:
        call_id = said.required("tool_call_id")
        return ToolResultPart(call_id, self._tools.get(call_id, said.text("name") or "tool"), parts)


def _parts(content: Any, where: str) -> list[Part]:
    if content is None or content == "":
        return []
    if isinstance(content, str):
        return [TextPart(content)]
    if not isinstance(content, list):
        raise Refusal("invalid", f"{where}.content must be a text or a list of parts", param=where)
    found = (_part(Fields(part), f"{where}.content[{place}]") for place, part in enumerate(content))
    return [part for part in found if not (isinstance(part, TextPart) and not part.text)]


def _part(said: Fields, where: str) -> Part:
    match said.body.get("type"):
        case "text":
            return TextPart(said.text("text") or "")
        case "refusal":
            return RefusalPart(said.text("refusal") or "")
        case "image_url":
            return image_part(Fields(said.object("image_url")))
        case "input_audio":
            return _audio(Fields(said.object("input_audio")), where)
        case "file":
            return file_part(Fields(said.object("file")), where)
        case kind:
            raise Refusal("unsupported", f"{where} is a part of type {str(kind)[:80]!r}", param=where)


def image_part(said: Fields) -> ImagePart:
    address, detail = said.required("url"), said.body.get("detail")
    if not address.startswith("data:"):
        # Handed on as it is, to a provider that fetches by itself; refused for all others.
        return ImagePart(Url(address), "image/*", detail if detail in _DETAILS else None)
    image = ImagePart.from_data_uri(address)
    return attrs.evolve(image, detail=detail) if detail in _DETAILS else image


def _audio(said: Fields, where: str) -> AudioPart:
    return AudioPart(from_base64(said.required("data"), where), f"audio/{said.required('format')}")


def file_part(said: Fields, where: str) -> FilePart:
    if said.text("file_id"):
        raise Refusal("unsupported", f"{where} is a file by its id; give its data", param=where)
    head, _, data = said.required("file_data").rpartition(",")
    media_type = head.removeprefix("data:").partition(";")[0] or "application/octet-stream"
    return FilePart(from_base64(data, where), said.text("filename") or "file", media_type)
