"""The errors of browsers and saved sessions, and the map from the engine's errors to them."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final

from jackfield import (
    AccountBusy,
    AuthenticationRequired,
    Certainty,
    ConnectFailed,
    ConnectionLost,
    PermissionDenied,
    ProviderError,
    StreamInterrupted,
    TLSFailed,
    redact,
)

from ..site import read_address


class BrowserError(ProviderError):
    """Something about the browser or its page failed."""


class LaunchFailed(BrowserError):
    """No browser could be started; nothing was sent."""

    default_certainty = Certainty.NOT_SENT


class ProfileInUse(BrowserError, AccountBusy):
    """Another browser has the profile, or another account: two on one profile would destroy it, or mix.

    Attributes:
        pid: The process that has it; None when that is unknown.
    """

    def __init__(self, message: str, *, pid: int | None = None, **details: Any) -> None:
        super().__init__(message, **details)
        self.pid = pid


class BrowserCrashed(BrowserError):
    """The browser or its driver ended under us; the next use starts a new one."""

    transient = True


class PageCrashed(BrowserError):
    """The page's process ended, most often for want of memory; open the page again."""

    transient = True


class PageClosed(BrowserError):
    """The page was closed while it was used, by a person or by its own script."""

    transient = True


class PageChanged(BrowserError):
    """The page has not what was expected of it: an element is missing, or the page was redesigned.

    Attributes:
        selector: The name of the Site's selector that found nothing; empty when it is not about one.
    """

    def __init__(self, message: str, *, selector: str = "", **details: Any) -> None:
        super().__init__(message, **details)
        self.selector = selector


class ModelLocked(BrowserError, PermissionDenied):
    """The page offers the model and the account may not use it; nothing was sent."""

    default_certainty = Certainty.NOT_SENT


class PageOutdated(BrowserError):
    """The page that is open is older than its remote takes; opened again it is the new one."""

    transient = True
    default_certainty = Certainty.REJECTED


class PageRefused(BrowserError, PermissionDenied):
    """A firewall in front of the remote refuses the page that is open; opened again it may take it."""

    default_certainty = Certainty.REJECTED


class PageLeft(BrowserError, StreamInterrupted):
    """The page left the conversation before its answer was complete; what it shows now may be another one."""


class NavigationRefused(BrowserError):
    """The address is outside the origins that the browser may visit; nothing was sent."""

    default_certainty = Certainty.NOT_SENT


class SessionStoreError(ProviderError):
    """A stored session cannot be used. The text never holds what is stored."""

    default_certainty = Certainty.NOT_SENT


class SessionCorrupt(SessionStoreError, AuthenticationRequired):
    """What was stored makes no sense; it was set aside, and the way on is to log in again."""


class SessionUnwritable(SessionStoreError):
    """The session could not be stored; what was stored before is intact."""


class SessionLocked(SessionStoreError, AccountBusy):
    """Another program has the session; where there is time it is waited for.

    Attributes:
        pid: The process that has it; None when that is unknown, or on another machine.
        is_own: Whether this program has it itself, so that to wait for it is in vain.
    """

    def __init__(self, message: str, *, pid: int | None = None, is_own: bool = False, **details: Any) -> None:
        super().__init__(message, **details)
        self.pid = pid
        self.is_own = is_own


_NETWORK: Final[tuple[tuple[str, type[ProviderError]], ...]] = (
    ("net::ERR_CERT_", TLSFailed),
    ("net::ERR_SSL_", TLSFailed),
    ("net::ERR_CONNECTION_RESET", ConnectionLost),
    ("net::ERR_CONNECTION_CLOSED", ConnectionLost),
    ("net::ERR_EMPTY_RESPONSE", ConnectionLost),
    ("net::ERR_NETWORK_CHANGED", ConnectionLost),
    ("net::ERR_NAME_", ConnectFailed),
    ("net::ERR_DNS_", ConnectFailed),
    ("net::ERR_TIMED_OUT", ConnectFailed),
    ("net::ERR_CONNECTION_", ConnectFailed),
    ("net::ERR_ADDRESS_", ConnectFailed),
    ("net::ERR_INTERNET_DISCONNECTED", ConnectFailed),
    ("net::ERR_PROXY_CONNECTION_FAILED", ConnectFailed),
    ("net::ERR_TUNNEL_CONNECTION_FAILED", ConnectFailed),
    ("net::ERR_SOCKS_CONNECTION_", ConnectFailed),
)
"""Chromium's words for a navigation that failed; the first that fits decides."""

_NOBODY_ANSWERS: Final = "net::ERR_INVALID_AUTH_CREDENTIALS"
ASKED_BY_HTTP: Final = (
    "A remote that asks by HTTP who is there is answered by the option http_credentials, a proxy by a name "
    "and a password in the option proxy."
)
DOWNLOAD: Final = "Download is starting"
"""The engine's word for an address that it saves instead of showing it."""
_NOT_OPENED: Final = re.compile(r"(?:Page|Frame)\.goto: (net::ERR_([A-Z_]+)) at (\S+)")
_CRASHED: Final = ("Target crashed", "Page crashed")
_URL: Final = re.compile(r"\b(?:https?|wss?)://[^\s\"'<>]+")


def from_engine(error: Exception) -> ProviderError:
    """Return our error for one that the engine raised while browser and page were alive.

    The engine's text is cut to its first line: the log that follows can hold what was typed.
    """
    text = engine_text(error)
    if any(word in text for word in _CRASHED):
        return PageCrashed("the page's process ended", hint="Open the page again.")
    kind = next((kind for word, kind in _NETWORK if word in text), BrowserError)
    return kind(_as_told(text), hint=ASKED_BY_HTTP if _NOBODY_ANSWERS in text else None)


def _as_told(text: str) -> str:
    """Return in words what the engine says of a page that did not open; its code stays, for a search."""
    found = _NOT_OPENED.fullmatch(text)
    if found is None:
        return text
    code, words, where = found.groups()
    return f"{where} did not open: {words.replace('_', ' ').lower()} ({code})"


def scrubbed(error: Exception) -> Exception:
    """Return the engine's *error* with its text cut to what may be shown: a cause is printed in tracebacks.

    It is made anew: the engines keep their text in more places, a trace, a log, the error that it came from.
    """
    type(error).__init__(error, engine_text(error))
    error.__cause__ = error.__context__ = None
    return error


def engine_text(error: Exception) -> str:
    """Return the first line of the engine's message, with secrets masked and addresses cut to their path."""
    return shown_line(str(error), shown_url) or type(error).__name__


def shown_line(text: str, shown: Callable[[str], str]) -> str:
    """Return the first line of *text*, with secrets masked and each address as it may be *shown*."""
    line = next(iter(text.splitlines()), "")
    return redact(_URL.sub(lambda found: shown(found[0]), line))


def shown_url(url: str) -> str:
    """Return *url* as it may be shown: without user, query and fragment, where secrets travel."""
    address = read_address(url)
    return "(an address that is none)" if address is None else address.shown
