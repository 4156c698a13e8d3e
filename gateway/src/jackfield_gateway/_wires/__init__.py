"""The wires that are spoken. A new one is a module here and a line in `WIRES`."""

from __future__ import annotations

from typing import Final

from jackfield_gateway._wire import Wire

from ._anthropic import AnthropicMessages
from ._gemini import GeminiContents
from ._models import Shape, models_page, one_model
from ._ollama import Ollama
from ._openai_chat import OpenAIChat
from ._responses import OpenAIResponses

WIRES: Final[tuple[Wire, ...]] = (OpenAIChat(), OpenAIResponses(), AnthropicMessages(), GeminiContents())


OLLAMA: Final = Ollama()
"""Spoken where it was asked for: its clients have no token, and a proxy or a header must hold it."""


def wire_of(path: str, *more: Wire) -> Wire | None:
    """Return the wire that a path belongs to, of those that are always spoken and of *more*."""
    return next((wire for wire in (*WIRES, *more) if wire.serves(path)), None)


__all__ = ["OLLAMA", "WIRES", "Shape", "models_page", "one_model", "wire_of"]
