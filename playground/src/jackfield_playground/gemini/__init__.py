"""A stand-in of the Gemini API, as strict as the vendor is known to be."""

from __future__ import annotations

from jackfield_playground._spoiling import Fault

from ._playground import GeminiPlayground
from ._settings import GeminiSettings
from ._state import GeminiState

__all__ = ["Fault", "GeminiPlayground", "GeminiSettings", "GeminiState"]
