"""A stand-in of Anthropic's Messages API, as strict as the vendor is known to be."""

from __future__ import annotations

from jackfield_playground._books import Posted
from jackfield_playground._spoiling import Fault

from ._playground import AnthropicPlayground
from ._settings import AnthropicSettings
from ._state import AnthropicState

__all__ = ["AnthropicPlayground", "AnthropicSettings", "AnthropicState", "Fault", "Posted"]
