"""A chat page as one object."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jackfield_playground._room import Room

if TYPE_CHECKING:
    from ._state import ChatState


class ChatRoom(Room):
    """A chat page on 127.0.0.1, for providers that drive one in a browser."""

    state: ChatState[Any]
