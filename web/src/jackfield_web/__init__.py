"""What Jackfield's web providers share: the browser host, sessions, pages and reading a reply."""

from __future__ import annotations

from ._cookies import read_login
from ._deadline import deadline
from ._errors import (
    BrowserCrashed,
    BrowserError,
    LaunchFailed,
    NavigationRefused,
    PageChanged,
    PageClosed,
    PageCrashed,
    ProfileInUse,
    SessionCorrupt,
    SessionLocked,
    SessionStoreError,
    SessionUnwritable,
)
from ._finding import FoundBrowser, find_browser, install_command
from ._host import BrowserHost
from ._identity import Identity
from ._input import InputDriver, PlainInput
from ._origins import Origins
from ._pages import BrowserSession, PageHandle
from ._sessions import HeldSession, SessionStore, state_directory
from ._settings import BrowserSettings
from ._sharing import lend_host
from ._stealth_browser import StealthBrowser
from ._storage_state import Cookie, StorageState
from ._stream import HostStream

__all__ = [
    "BrowserCrashed",
    "BrowserError",
    "BrowserHost",
    "BrowserSession",
    "BrowserSettings",
    "Cookie",
    "FoundBrowser",
    "HeldSession",
    "HostStream",
    "Identity",
    "InputDriver",
    "LaunchFailed",
    "NavigationRefused",
    "Origins",
    "PageChanged",
    "PageClosed",
    "PageCrashed",
    "PageHandle",
    "PlainInput",
    "ProfileInUse",
    "SessionCorrupt",
    "SessionLocked",
    "SessionStore",
    "SessionStoreError",
    "SessionUnwritable",
    "StealthBrowser",
    "StorageState",
    "deadline",
    "find_browser",
    "install_command",
    "lend_host",
    "read_login",
    "state_directory",
]
