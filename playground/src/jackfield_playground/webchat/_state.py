"""The control room of the chat page."""

from __future__ import annotations

from typing import final

from jackfield_playground._chat import ChatState

from ._settings import WebChatSettings


@final
class WebChatState(ChatState[WebChatSettings]):
    """Settings, failures, conversations and logins of the chat page; safe from any thread, never blocking."""
