"""The wires that are spoken. A new one is a module here and a line in `WIRES`."""

from __future__ import annotations

from typing import Final

from jackfield_gateway._wire import Wire

from ._anthropic import AnthropicMessages
from ._gemini import GeminiContents
from ._models import Shape, models_page, one_model
from ._openai_chat import OpenAIChat
from ._responses import OpenAIResponses

WIRES: Final[tuple[Wire, ...]] = (OpenAIChat(), OpenAIResponses(), AnthropicMessages(), GeminiContents())


def wire_of(path: str) -> Wire | None:
    """Return the wire that a path belongs to."""
    return next((wire for wire in WIRES if wire.serves(path)), None)


__all__ = ["WIRES", "Shape", "models_page", "one_model", "wire_of"]
