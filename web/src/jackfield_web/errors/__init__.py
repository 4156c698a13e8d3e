"""What can go wrong on the web side, and how it is told."""

from __future__ import annotations

from ._drift import last_seen, missing
from ._errors import (
    BrowserCrashed,
    BrowserError,
    LaunchFailed,
    ModelLocked,
    NavigationRefused,
    PageChanged,
    PageClosed,
    PageCrashed,
    PageOutdated,
    PageRefused,
    ProfileInUse,
    SessionCorrupt,
    SessionLocked,
    SessionStoreError,
    SessionUnwritable,
    engine_text,
    from_engine,
    scrubbed,
    shown_url,
)
from ._refusing import KnownRefusal, Refusal, Refusals, error_in, refusal

__all__ = [
    "BrowserCrashed",
    "BrowserError",
    "KnownRefusal",
    "LaunchFailed",
    "ModelLocked",
    "NavigationRefused",
    "PageChanged",
    "PageClosed",
    "PageCrashed",
    "PageOutdated",
    "PageRefused",
    "ProfileInUse",
    "Refusal",
    "Refusals",
    "SessionCorrupt",
    "SessionLocked",
    "SessionStoreError",
    "SessionUnwritable",
    "engine_text",
    "error_in",
    "from_engine",
    "last_seen",
    "missing",
    "refusal",
    "scrubbed",
    "shown_url",
]
