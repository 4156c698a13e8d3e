"""The OpenAI room: a stand-in of OpenAI's API on loopback."""

from __future__ import annotations

from ._playground import OpenAIPlayground
from ._settings import Fault, OpenAISettings
from ._state import OpenAIState

__all__ = ["Fault", "OpenAIPlayground", "OpenAISettings", "OpenAIState"]
