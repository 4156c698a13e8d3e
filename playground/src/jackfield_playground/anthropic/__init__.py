"""A stand-in of Anthropic's Messages API, as strict as the vendor is known to be."""

from __future__ import annotations

from jackfield_playground._books import Posted

from ._playground import AnthropicPlayground
from ._settings import AnthropicSettings, Fault
from ._state import AnthropicState

__all__ = ["AnthropicPlayground", "AnthropicSettings", "AnthropicState", "Fault", "Posted"]
