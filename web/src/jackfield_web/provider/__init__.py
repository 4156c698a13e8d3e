"""One message's way, on the caller's side of the bridge: the tab, the login, the turn, what becomes of it."""

from __future__ import annotations

from ._login_saved import saved_login
from ._options import WebOptions
from ._provider import open_site
from ._wish import CAPABILITIES, capabilities_of

__all__ = [
    "CAPABILITIES",
    "WebOptions",
    "capabilities_of",
    "open_site",
    "saved_login",
]
