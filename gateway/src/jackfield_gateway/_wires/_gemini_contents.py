"""Gemini's contents → the contract's messages. No address is fetched: what is to be seen comes as data.

Law: a signature goes on to nobody but Gemini's own provider, on the part that it came with.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

import attrs

from jackfield import (
    AudioPart,
    FilePart,
    ImagePart,
    Message,
    OpaquePart,
    Part,
    ProviderState,
    ReasoningPart,
    TextPart,
    ToolCallPart,
    ToolResultPart,
)
from jackfield_gateway._fault import Refusal

from ._calls import Calls
from ._fields import Fields, from_base64

PROVIDER: Final = "gemini_api"
"""The provider whose signatures this wire can carry."""
SIGNATURE: Final = "thoughtSignature"
OWN_PARTS: Final = frozenset({"executableCode", "codeExecutionResult", "toolCall", "toolResponse"})
"""What the vendor's own tools leave in an answer, and it alone wants to see again."""
_SNAKE: Final = re.compile(r"_([a-z])")


def spelled(said: Mapping[str, Any]) -> dict[str, Any]:
    """Return an object with its names spelled as in the vendor's reference: `inline_data` is `inlineData`."""
    return {_SNAKE.sub(lambda found: found[1].upper(), name): value for name, value in said.items()}


def read_contents(system: Any, said: Any) -> list[Message]:
    """Return the messages, the system's instruction first.

    Raises:
        Refusal: There are none, or one has a role or a part that is not known.
    """
    contents = Fields({"contents": [said] if isinstance(said, Mapping) else said}).objects("contents")
    if not contents:
        raise Refusal("invalid", "contents is missing or empty", param="contents")
    reading = _Reading()
    messages = reading.message("system", system, "systemInstruction")
    for place, one in enumerate(contents):
        role = one.get("role") or "user"
        if role not in {"user", "model", "function"}:
            raise Refusal("invalid", f"contents[{place}] has a role that is not known", param="contents")
        messages += reading.message("assistant" if role == "model" else "user", one, f"contents[{place}]")
    return _turns(messages)


def _turns(messages: Sequence[Message]) -> list[Message]:
    """Return the messages with each answer in one: the vendor's client keeps pieces of a stream apart."""
    turns: list[Message] = []
    for message in messages:
        if turns and turns[-1].role == message.role == "assistant":
            turns[-1] = Message("assistant", [*turns[-1].parts, *message.parts])
        else:
            turns.append(message)
    return [_grown(turn) if turn.role == "assistant" else turn for turn in turns]


def _grown(turn: Message) -> Message:
    """Return a turn with the pieces of one text in one; what is signed stays by itself."""
    parts: list[Part] = []
    for part in turn.parts:
        match parts[-1] if parts else None, part:
            case TextPart(text=before, state=None), TextPart(text=more, state=None):
                parts[-1] = TextPart(before + more)
            case ReasoningPart(text=before, state=None), ReasoningPart(text=more, state=None):
                parts[-1] = ReasoningPart(before + more)
            case _:
                parts.append(part)
    return Message("assistant", parts)


@attrs.define(eq=False)
class _Reading:
    """Reads one history."""

    _calls: Calls = attrs.field(factory=Calls, init=False)

    def message(self, role: Any, said: Any, where: str) -> list[Message]:
        if said is None:
            return []
        if isinstance(said, str):
            return [Message(role, [TextPart(said)])] if said else []
        given = Fields(said).objects("parts")
        parts = [
            part for place, one in enumerate(given) for part in self._part(one, f"{where}.parts[{place}]")
        ]
        results = [Message("tool", part) for part in parts if isinstance(part, ToolResultPart)]
        rest = [part for part in parts if not isinstance(part, ToolResultPart)]
        return [*results, Message(role, rest)] if rest else results

    def _part(self, one: Mapping[str, Any], where: str) -> Sequence[Any]:
        said = Fields(spelled(one))
        signed = said.text(SIGNATURE)
        state = ProviderState(PROVIDER, "signature", {SIGNATURE: signed}) if signed else None
        if (text := said.text("text")) is not None:
            return _text(text, state, is_thought=said.body.get("thought") is True)
        if said.object("functionCall"):
            return [self._call(Fields(spelled(said.object("functionCall"))), state)]
        if said.object("functionResponse"):
            return [self._result(Fields(spelled(said.object("functionResponse"))), where)]
        if said.object("inlineData"):
            media = _media(Fields(spelled(said.object("inlineData"))), where)
            return [media, OpaquePart(state)] if state else [media]
        if said.body.keys() & OWN_PARTS:
            return [OpaquePart(ProviderState(PROVIDER, "part", {"part": dict(one)}))]
        if "fileData" in said.body:
            raise Refusal("unsupported", f"{where} is named, not given: give its data inline", param=where)
        if unknown := said.body.keys() - {SIGNATURE, "thought"}:
            raise Refusal("unsupported", f"{where} is a part of type {min(unknown)[:80]!r}", param=where)
        return _text("", state, is_thought=said.body.get("thought") is True)

    def _call(self, said: Fields, state: ProviderState | None) -> ToolCallPart:
        name = said.required("name")
        call_id = self._calls.add(name, said.text("id"))
        return ToolCallPart(call_id, name, json.dumps(said.object("args"), ensure_ascii=False), state=state)

    def _result(self, said: Fields, where: str) -> ToolResultPart:
        name, call_id = self._calls.answered(said.required("name"), said.text("id"))
        told = said.object("response")
        parts: list[Any] = [_told(told)]
        for place, one in enumerate(said.objects("parts")):
            inner = Fields(spelled(one)).object("inlineData")
            parts.append(_media(Fields(spelled(inner)), f"{where}.parts[{place}]"))
        return ToolResultPart(call_id, name, parts, told.keys() == {"error"})


def _told(response: Mapping[str, Any]) -> TextPart:
    """Return what came of a call: the vendor's clients wrap a value as `output`, `result`, `error`."""
    value: Any = response
    if len(response) == 1 and response.keys() <= {"output", "result", "error"}:
        value = next(iter(response.values()))
    return TextPart(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))


def _text(text: str, state: ProviderState | None, *, is_thought: bool) -> list[Part]:
    if not text and not state:
        return []
    return [ReasoningPart(text, state) if is_thought else TextPart(text, (), state)]


def _media(said: Fields, where: str) -> ImagePart | AudioPart | FilePart:
    data, media_type = from_base64(said.required("data"), where), said.required("mimeType")
    if media_type.startswith("image/"):
        return ImagePart(data, media_type)
    return (
        AudioPart(data, media_type) if media_type.startswith("audio/") else FilePart(data, "file", media_type)
    )
