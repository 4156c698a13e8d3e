"""Who a browser is: true of its machine, and kept with its profile."""

from __future__ import annotations

from ._identity import Identity
from ._kept import moved, profile_identity, write_preferences
from ._machine import Machine, browser_version, said_version

__all__ = [
    "Identity",
    "Machine",
    "browser_version",
    "moved",
    "profile_identity",
    "said_version",
    "write_preferences",
]
