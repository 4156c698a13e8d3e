"""The web chat room: a chat page on loopback, for providers that drive pages."""

from __future__ import annotations

from jackfield_playground._chat import Asked

from ._answers import AskedHere
from ._playground import WebChatPlayground
from ._settings import WebChatSettings
from ._site import site_of
from ._state import Mail, WebChatState

__all__ = ["Asked", "AskedHere", "Mail", "WebChatPlayground", "WebChatSettings", "WebChatState", "site_of"]
