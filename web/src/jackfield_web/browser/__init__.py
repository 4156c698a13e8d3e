"""The browser's process, the loop that it lives on, and the bridge to it. Knows no chat."""

from __future__ import annotations

from ._bridge import Bridge
from ._engine import ENGINES, Driver, ask_aside, error_of, evaluate_in_page
from ._executables import choice_is_made, find_browser, install_command, is_root
from ._flags import no_window
from ._handles import BrowserSession, PageHandle
from ._host import BrowserHost
from ._listener import listen_to, listener
from ._origins import Origins, kept_within, own_origins, reachable
from ._reach import HttpCredentials, Reach, WebProxy, checked_headers
from ._remote import RemoteBrowser, shown_remote
from ._seeing import SEEING, seen_in, teach_seeing
from ._settings import BrowserSettings
from ._sharing import lend_host
from ._stealth_browser import StealthBrowser, window_picture
from ._stream import HostStream
from ._vouching import vouched_keys

__all__ = [
    "ENGINES",
    "SEEING",
    "Bridge",
    "BrowserHost",
    "BrowserSession",
    "BrowserSettings",
    "Driver",
    "HostStream",
    "HttpCredentials",
    "Origins",
    "PageHandle",
    "Reach",
    "RemoteBrowser",
    "StealthBrowser",
    "WebProxy",
    "ask_aside",
    "checked_headers",
    "choice_is_made",
    "error_of",
    "evaluate_in_page",
    "find_browser",
    "install_command",
    "is_root",
    "kept_within",
    "lend_host",
    "listen_to",
    "listener",
    "no_window",
    "own_origins",
    "reachable",
    "seen_in",
    "shown_remote",
    "teach_seeing",
    "vouched_keys",
    "window_picture",
]
