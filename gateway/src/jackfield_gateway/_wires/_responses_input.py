"""Items of OpenAI's Responses → the contract's messages. No address is fetched, and no id is looked up."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import attrs

from jackfield import (
    Message,
    Part,
    ReasoningPart,
    RefusalPart,
    Role,
    TextPart,
    ToolCallPart,
    ToolResultPart,
)
from jackfield_gateway._fault import Refusal

from ._chat_messages import file_part, image_part
from ._fields import Fields
from ._sealing import unseal

_ROLES: Final[Mapping[str, Role]] = {
    "system": "system",
    "developer": "system",
    "user": "user",
    "assistant": "assistant",
}


def read_input(said: Any, instructions: str | None) -> list[Message]:
    """Return the messages.

    Args:
        said: The field `input`: a text, or items.
        instructions: What stands before all of them.

    Raises:
        Refusal: There is nothing, or an item or a part of one is of a type that is not known.
    """
    reading = _Reading()
    if instructions:
        reading.add("system", [TextPart(instructions)])
    if isinstance(said, str) and said:
        reading.add("user", [TextPart(said)])
        return reading.messages
    items = Fields({"input": said}).objects("input")
    if not items:
        raise Refusal("invalid", "input is missing or empty", param="input")
    for place, item in enumerate(items):
        reading.item(Fields(item), f"input[{place}]")
    return reading.messages


@attrs.define(eq=False)
class _Reading:
    """Reads one history; remembers the calls, for a result names its call and not its tool."""

    messages: list[Message] = attrs.field(factory=list, init=False)
    _tools: dict[str, str] = attrs.field(factory=dict, init=False)

    def add(self, role: Role, parts: list[Part]) -> None:
        """Add parts; what an assistant did in one turn are several items here, and one message there."""
        last = self.messages[-1] if self.messages else None
        if last is not None and last.role == role == "assistant":
            self.messages[-1] = Message(role, [*last.parts, *parts])
        elif parts:
            self.messages.append(Message(role, parts))

    def item(self, said: Fields, where: str) -> None:
        """Read one item."""
        match said.body.get("type", "message"):
            case "message":
                self._message(said, where)
            case "function_call":
                self._call(said)
            case "function_call_output":
                self._result(said, where)
            case "reasoning":
                self.add("assistant", _thought(said))
            case kind:
                told = f"{where} is an item of type {str(kind)[:80]!r}, which is not served here"
                raise Refusal("unsupported", told, param=where)

    def _message(self, said: Fields, where: str) -> None:
        role = _ROLES.get(str(said.body.get("role")))
        if role is None:
            raise Refusal("invalid", f"{where} has a role that is not known", param=f"{where}.role")
        self.add(role, _parts(said.body.get("content"), f"{where}.content"))

    def _call(self, said: Fields) -> None:
        part = ToolCallPart(said.required("call_id"), said.required("name"), said.text("arguments") or "")
        self._tools[part.id] = part.name
        self.add("assistant", [part])

    def _result(self, said: Fields, where: str) -> None:
        call_id, parts = said.required("call_id"), _parts(said.body.get("output"), f"{where}.output")
        result: Any = parts
        self.add("tool", [ToolResultPart(call_id, self._tools.get(call_id, "tool"), result)])


def _thought(said: Fields) -> list[Part]:
    told = "".join(Fields(one).text("text") or "" for one in said.objects("summary"))
    state = unseal(said.text("encrypted_content") or "")
    return [ReasoningPart(told, state)] if told or state else []


def _parts(said: Any, where: str) -> list[Part]:
    if said is None or said == "":
        return []
    if isinstance(said, str):
        return [TextPart(said)]
    if not isinstance(said, list):
        raise Refusal("invalid", f"{where} must be a text or a list of parts", param=where)
    found = (_part(Fields(part), f"{where}[{place}]") for place, part in enumerate(said))
    return [part for part in found if not (isinstance(part, TextPart) and not part.text)]


def _part(said: Fields, where: str) -> Part:
    match said.body.get("type"):
        case "input_text" | "output_text" | "text":
            return TextPart(said.text("text") or "")
        case "refusal":
            return RefusalPart(said.text("refusal") or "")
        case "input_image" if not said.text("file_id"):
            return image_part(Fields({"url": said.required("image_url"), "detail": said.body.get("detail")}))
        case "input_file" if not said.text("file_url"):
            return file_part(said, where)
        case "input_image" | "input_file":
            raise Refusal("unsupported", f"{where} is named, not given: give its data", param=where)
        case kind:
            raise Refusal("unsupported", f"{where} is a part of type {str(kind)[:80]!r}", param=where)
