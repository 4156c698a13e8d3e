"""Ollama's messages → the contract's. Pictures come as data, without a word of what they are."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from jackfield import ImagePart, Message, Role, TextPart, ToolCallPart, ToolResultPart
from jackfield_gateway._fault import Refusal

from ._calls import Calls
from ._fields import Fields, from_base64

_ROLES: Final[Mapping[str, Role]] = {
    "system": "system",
    "user": "user",
    "assistant": "assistant",
    "tool": "tool",
}
_BEGINNINGS: Final = {
    b"\x89PNG": "image/png",
    b"\xff\xd8": "image/jpeg",
    b"GIF8": "image/gif",
    b"RIFF": "image/webp",
}


def read_messages(said: Sequence[Mapping[str, Any]]) -> list[Message]:
    """Return the messages.

    Raises:
        Refusal: One has a role that is not known, or a picture that is none.
    """
    calls = Calls()
    messages = [_message(Fields(one), calls, f"messages[{place}]") for place, one in enumerate(said)]
    return [message for message in messages if message.parts]


def read_prompt(said: Fields) -> list[Message]:
    """Return the messages of a request that has one prompt."""
    system = said.text("system")
    ahead = [Message("system", [TextPart(system)])] if system else []
    return [*ahead, Message("user", [*_text(said.text("prompt")), *_images(said, "images")])]


def _message(said: Fields, calls: Calls, where: str) -> Message:
    role = _ROLES.get(str(said.body.get("role")))
    if role is None:
        raise Refusal("invalid", f"{where} has a role that is not known", param=f"{where}.role")
    text = _text(said.text("content"))
    if role == "tool":
        name, call_id = calls.answered(said.text("tool_name") or said.text("name"), said.text("tool_call_id"))
        return Message("tool", ToolResultPart(call_id, name, text))
    made = [_call(Fields(one), calls) for one in said.objects("tool_calls")]
    return Message(role, [*text, *_images(said, f"{where}.images"), *made])


def _text(text: str | None) -> list[TextPart]:
    return [TextPart(text)] if text else []


def _images(said: Fields, where: str) -> list[ImagePart]:
    found = said.body.get("images") or []
    if not isinstance(found, list) or not all(isinstance(one, str) for one in found):
        raise Refusal("invalid", f"{where} must be a list of texts in base64", param=where)
    return [_image(one, where) for one in found]


def _image(text: str, where: str) -> ImagePart:
    data = from_base64(text, where)
    for beginning, media_type in _BEGINNINGS.items():
        if data.startswith(beginning):
            return ImagePart(data, media_type)
    raise Refusal("unsupported", f"{where} holds something that is no PNG, JPEG, GIF or WebP", param=where)


def _call(said: Fields, calls: Calls) -> ToolCallPart:
    function = Fields(said.object("function"))
    name = function.required("name")
    arguments = json.dumps(function.object("arguments"), ensure_ascii=False)
    return ToolCallPart(calls.add(name, said.text("id")), name, arguments)
