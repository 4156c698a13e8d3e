"""A stand-in of Claude's chat site on loopback, from what public clients knew of it in 2023 to 2026."""

from __future__ import annotations

from ._playground import ClaudePlayground
from ._settings import ClaudeSettings
from ._state import ClaudeState, Mail

__all__ = ["ClaudePlayground", "ClaudeSettings", "ClaudeState", "Mail"]
