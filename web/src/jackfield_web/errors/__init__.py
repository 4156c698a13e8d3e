"""What can go wrong with a browser and with saved sessions, as one tree, and how it is told.

* jackfield.ProviderError
  * BrowserError
    * LaunchFailed                 no browser was found, or it did not start; nothing was sent
    * ProfileInUse                 another process or account has the profile; nothing was sent
    * BrowserCrashed               the browser or its driver ended; the next use starts a new one
    * PageCrashed                  one page's process ended
    * PageClosed                   the page was closed, by a person or by itself
    * PageChanged                  the page has not what was expected of it
    * PageOutdated                 the page that is open is older than its remote wants; nothing was done
    * PageRefused                  also PermissionDenied: a firewall refuses the page that is open
    * PageLeft                     also StreamInterrupted: the page left the conversation for another, or none
    * ModelLocked                  also PermissionDenied: not for this account; nothing was sent
    * NavigationRefused            the address is outside the allowed origins; nothing was sent
  * SessionStoreError
    * SessionCorrupt               also AuthenticationRequired: what was stored cannot be used
    * SessionUnwritable            the disk or the rights; what was stored before is intact
    * SessionLocked                another program has the session, and keeps it while there is time to wait

The engine's own errors (Playwright's, Patchright's) never reach a caller: they become one of these or of the
core's transport errors, and stay as the cause.
"""

from __future__ import annotations

from ._drift import last_seen, missing
from ._errors import (
    ASKED_BY_HTTP,
    DOWNLOAD,
    BrowserCrashed,
    BrowserError,
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
    SessionCorrupt,
    SessionLocked,
    SessionStoreError,
    SessionUnwritable,
    engine_text,
    from_engine,
    scrubbed,
    shown_line,
    shown_url,
)
from ._refusing import FIRST_ERROR_STATUS, KnownRefusal, Refusal, Refusals, error_in, refusal

__all__ = [
    "ASKED_BY_HTTP",
    "DOWNLOAD",
    "FIRST_ERROR_STATUS",
    "BrowserCrashed",
    "BrowserError",
    "KnownRefusal",
    "LaunchFailed",
    "ModelLocked",
    "NavigationRefused",
    "PageChanged",
    "PageClosed",
    "PageCrashed",
    "PageLeft",
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
    "shown_line",
    "shown_url",
]
