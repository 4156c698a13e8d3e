"""What the playground's chat pages have in common: answers being written, the control room, serving."""

from __future__ import annotations

from ._answers import Answer, Asked, Desk, Writer
from ._forms import file_in_form
from ._room import ChatRoom
from ._scripts import chat_script, with_script
from ._settings import ChatSettings
from ._state import ChatState

__all__ = [
    "Answer",
    "Asked",
    "ChatRoom",
    "ChatSettings",
    "ChatState",
    "Desk",
    "Writer",
    "chat_script",
    "file_in_form",
    "with_script",
]
