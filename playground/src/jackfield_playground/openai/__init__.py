"""The OpenAI room: a stand-in of OpenAI's API on loopback."""

from __future__ import annotations

from jackfield_playground._spoiling import Fault

from ._playground import OpenAIPlayground
from ._settings import OpenAISettings
from ._state import OpenAIState

__all__ = ["Fault", "OpenAIPlayground", "OpenAISettings", "OpenAIState"]
