"""The z.ai room: a chat page on loopback that behaves as chat.z.ai is known to, for providers that drive it.

Law: what is known of the site, as of October 2026, is behaved; what is not known is left out, not guessed.
"""

from __future__ import annotations

from ._playground import ZaiPlayground
from ._settings import ZaiSettings
from ._state import Completion, ZaiState

__all__ = ["Completion", "ZaiPlayground", "ZaiSettings", "ZaiState"]
