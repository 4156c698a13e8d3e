"""Browsers that run elsewhere, and why one cannot be used.

Law: its path, its query and its headers are never shown. They are what such services know their customers by:
the path of a Playwright server is its only secret.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from typing import Any, Final

import attrs

from jackfield import ConfigError, at_least

from ..errors import LaunchFailed, shown_line
from ..site import read_address
from ._reach import well_formed

_SCHEMES: Final = ("http", "https", "ws", "wss")
_EXAMPLES: Final[Mapping[str, str]] = {
    "cdp_url": "http://127.0.0.1:9222",
    "server_url": "wss://browsers.example/path",
}
_STATUS: Final = re.compile(r"\b(?:status |unexpected server response: |://\S+ )([1-5]\d\d)\b", re.IGNORECASE)
_VERSION: Final = re.compile(r"(server|client) version: *v?([\d.]+\d)", re.IGNORECASE)
_WHOLE: Final = "Give the whole address that the server printed when it started."
_STATUSES: Final[Mapping[int, tuple[str, str]]] = {
    200: ("what answers is no browser", "Is the port right?"),
    400: ("it does not know the path", _WHOLE),
    401: ("it wants credentials", "Give them as the service says, most often in the address."),
    403: ("it refuses the credentials", "See whether the key in the address is still valid."),
    404: ("it has no browser at this path", _WHOLE),
    428: ("it has another version", "Use the same version of Playwright there and here."),
    429: ("all its browsers are taken", "Wait until one is free, or use fewer at once."),
}
_NO_STATUS: Final = (
    (("ECONNREFUSED",), "nobody listens there", "Is it running, and is the port right?"),
    (("ENOTFOUND", "EAI_AGAIN", "NAME_NOT_RESOLVED"), "there is no such host", "Is the name spelled right?"),
    (("ETIMEDOUT", "EHOSTUNREACH", "ENETUNREACH"), "the host is not reached", "Is a firewall between you?"),
    (
        ("CERT", "SSL", "self-signed", "self signed"),
        "its certificate is not trusted",
        "Is https or wss right?",
    ),
    (
        ("JSON", "ECONNRESET", "socket hang up", "Parse Error"),
        "what answers is no browser",
        "Is the port right?",
    ),
)
_MARK_LETTERS: Final = 32
_ANY: Final = "Is it running, and is this its DevTools or Playwright-server address?"


def shown_remote(address: str) -> str:
    """Return where a browser runs, as it may be shown: without what may be its secret."""
    read = read_address(address)
    return read.origin if read is not None and read.host else "(an address that is none)"


def a_remote(_: Any, attribute: attrs.Attribute[str | None], address: str | None) -> None:
    """Validate a field: a browser can be at the address, if one is given. The error does not repeat it."""
    read = read_address(address) if address else None
    if address and (read is None or not read.host or read.scheme not in _SCHEMES):
        field = attribute.name
        raise ConfigError(
            f"{field} is no address of a browser",
            hint=f'It begins with http, https, ws or wss: {field} = "{_EXAMPLES[field]}".',
        )


def remote_text(text: str) -> str:
    """Return the first line of what the engine says of a remote browser, its addresses cut to their hosts."""
    return shown_line(text, shown_remote)


def refused_remote(text: str, address: str) -> LaunchFailed:
    """Return our error for a remote browser of which the engine says *text*."""
    where = f"no browser can be used at {shown_remote(address)}"
    # As it was written it may not look like an address.
    text = text.replace(address, shown_remote(address)) if address else text
    versions = dict(_VERSION.findall(text))
    if len(versions) > 1:
        told = ", ".join(f"{side} {version}" for side, version in sorted(versions.items(), reverse=True))
        why, hint = _STATUSES[428]
        return LaunchFailed(f"{where}: {why} of Playwright ({told})", hint=hint)
    if found := _STATUS.search(text):
        status = int(found[1])
        why, hint = _STATUSES.get(status, ("it refuses", _ANY))
        return LaunchFailed(f"{where}: {why} (HTTP {status})", hint=hint)
    for words, why, hint in _NO_STATUS:
        if any(word in text for word in words):
            return LaunchFailed(f"no browser answers at {shown_remote(address)}: {why}", hint=hint)
    return LaunchFailed(f"{where}: {remote_text(text)}", hint=_ANY)


@attrs.frozen(kw_only=True)
class RemoteBrowser:
    """A running browser that accounts may be placed in, each with a context of its own.

    Attributes:
        cdp_url: Its DevTools address.
        server_url: A Playwright server's address, instead.
        headers: What is sent along when it is connected to, such as a key.
        slots: How many accounts of this program it takes at once.

    Raises:
        ConfigError: It has no address, or two, or one that is none; or a header that is none.
    """

    cdp_url: str | None = attrs.field(default=None, repr=False, validator=a_remote)
    server_url: str | None = attrs.field(default=None, repr=False, validator=a_remote)
    headers: Mapping[str, str] = attrs.field(factory=dict, converter=well_formed, repr=False)
    slots: int = attrs.field(default=4, validator=at_least(1))

    def __attrs_post_init__(self) -> None:
        if bool(self.cdp_url) == bool(self.server_url):
            raise ConfigError(
                "one of `browsers` has no address, or two of them",
                hint='Write browsers = [{cdp_url = "http://…"}, {server_url = "wss://…"}].',
            )

    @property
    def address(self) -> str:
        """Its address, which may hold its secret."""
        return self.cdp_url or self.server_url or ""

    @property
    def shown(self) -> str:
        """Its address as it may be shown."""
        return shown_remote(self.address)

    @property
    def mark(self) -> str:
        """By what it is known again, where its address must not stand."""
        return hashlib.sha256(self.address.encode()).hexdigest()[:_MARK_LETTERS]

    @property
    def header_pairs(self) -> tuple[tuple[str, str], ...]:
        """Its headers as a value that can be compared and hashed."""
        return tuple(sorted(self.headers.items()))
