"""What Jackfield's web providers share: a browser, an account's logins, a page as data, and its provider.

Here is what programs and providers use. Who describes a page finds the parts of a `Site` in the room `site`,
who decodes its traffic what helps with that in `wire`. The other rooms are for Jackfield itself.
"""

from __future__ import annotations

import importlib
import warnings
from typing import Any, Final

from ._plugin import WebPlugin
from ._site_spec import ChatSite, SiteOptions
from .accounts import Cookie, FileStore, Lease, SessionStore, StorageState, Store, read_login
from .browser import BrowserHost, BrowserSession, BrowserSettings, PageHandle, StealthBrowser, find_browser
from .doctor import examine_web
from .errors import (
    BrowserCrashed,
    BrowserError,
    KnownRefusal,
    LaunchFailed,
    ModelLocked,
    NavigationRefused,
    PageChanged,
    PageClosed,
    PageCrashed,
    PageLeft,
    PageOutdated,
    PageRefused,
    ProfileInUse,
    Refusals,
    SessionCorrupt,
    SessionLocked,
    SessionStoreError,
    SessionUnwritable,
    error_in,
)
from .hands import InputDriver
from .identity import Identity
from .provider import WebOptions, capabilities_of, open_site

_ROOMS: Final = ("accounts", "browser", "errors", "hands", "reading", "site", "wire")


def __getattr__(name: str) -> Any:
    """Find what stood here before the rooms had names."""
    for room in _ROOMS:
        module = importlib.import_module(f"{__name__}.{room}")
        if name in module.__all__:
            warnings.warn(f"{name} is in {module.__name__} now", DeprecationWarning, stacklevel=2)
            return getattr(module, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


__all__ = [
    "BrowserCrashed",
    "BrowserError",
    "BrowserHost",
    "BrowserSession",
    "BrowserSettings",
    "ChatSite",
    "Cookie",
    "FileStore",
    "Identity",
    "InputDriver",
    "KnownRefusal",
    "LaunchFailed",
    "Lease",
    "ModelLocked",
    "NavigationRefused",
    "PageChanged",
    "PageClosed",
    "PageCrashed",
    "PageHandle",
    "PageLeft",
    "PageOutdated",
    "PageRefused",
    "ProfileInUse",
    "Refusals",
    "SessionCorrupt",
    "SessionLocked",
    "SessionStore",
    "SessionStoreError",
    "SessionUnwritable",
    "SiteOptions",
    "StealthBrowser",
    "StorageState",
    "Store",
    "WebOptions",
    "WebPlugin",
    "capabilities_of",
    "error_in",
    "examine_web",
    "find_browser",
    "open_site",
    "read_login",
]
