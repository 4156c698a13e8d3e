"""How an account's pages reach their remote: through which proxy, and what they say to it of themselves.

Law: a proxy hears its own password, and nobody else does; what is for the Site's remote (a name and password,
headers) goes to the Site's own origins, and nowhere else. None of it is in a repr, a log, an error or a
process's arguments.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final, Self
from urllib.parse import unquote, urlsplit

import attrs

from jackfield import ConfigError, Secret

from ..site import read_address

_SCHEMES: Final = ("http", "https", "socks5")
_FOR_EXAMPLE: Final = (
    "For example http://proxy.example:3128 or http://user:password@proxy.example:3128. In a password, "
    "/ ? # @ : and % are written %2F %3F %23 %40 %3A and %25."
)
_NAME: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_VALUE: Final = re.compile(r"[\t\x20-\x7e\x80-\xff]*")
_OWN: Final = frozenset(
    [
        "connection",
        "content-length",
        "cookie",
        "host",
        "keep-alive",
        "origin",
        "proxy-authorization",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
        "user-agent",
    ]
)
"""Headers that a browser says itself; another word in them would contradict what it says elsewhere."""


@attrs.frozen
class WebProxy:
    """What the option `proxy` says.

    Attributes:
        address: Its origin, which is what may be shown of it.
        user: Who we are to it, if it asks.
        password: What proves it.
    """

    address: str
    user: Secret | None = attrs.field(default=None, repr=False)
    password: Secret | None = attrs.field(default=None, repr=False)

    @classmethod
    def from_option(cls, text: str) -> Self:
        """Read the option: an address, `http://` when it has no scheme.

        Raises:
            ConfigError: It is none, or of a kind that browsers do not know. The message does not repeat it.
        """
        given = text.strip()
        address = read_address(given if "://" in given else f"http://{given}")
        if address is None or not address.host or address.path not in {"", "/"} or re.search("[?#]", given):
            raise ConfigError("is not the address of a proxy", hint=_FOR_EXAMPLE)
        if address.scheme not in _SCHEMES:
            raise ConfigError(f"names a proxy of a kind that is not known; known are {', '.join(_SCHEMES)}")
        parts = urlsplit(address.href)
        if parts.password and not parts.username:
            raise ConfigError(
                "has a password and no user, and browsers tell a proxy none alone", hint=_FOR_EXAMPLE
            )
        if parts.username and address.scheme == "socks5":
            raise ConfigError("has a user for a socks5 proxy, and browsers can tell such a proxy none")
        return cls(address.origin, _secret(parts.username), _secret(parts.password))

    def as_playwright(self) -> dict[str, str]:
        """Return it as the engine is told of it, which tells it to the browser by its protocol."""
        told = {"server": self.address}
        if self.user is not None:
            told |= {
                "username": self.user.reveal(),
                "password": self.password.reveal() if self.password else "",
            }
        return told


@attrs.frozen
class HttpCredentials:
    """What the option `http_credentials` says: the name and password of a page that the browser asks for.

    Attributes:
        user: The name.
        password: What proves it.
    """

    user: Secret = attrs.field(repr=False)
    password: Secret = attrs.field(repr=False)

    @classmethod
    def from_option(cls, text: str) -> Self:
        """Read the option: `user:password`.

        Raises:
            ConfigError: There is no colon in it. The message does not repeat it.
        """
        user, colon, password = text.partition(":")
        if not colon:
            raise ConfigError("must be written user:password", hint="The first colon ends the name.")
        return cls(Secret(user), Secret(password))


@attrs.frozen(eq=False)
class Reach:
    """How one account's pages reach their remote.

    Attributes:
        proxy: What they go through; None for what the browser finds by itself.
        credentials: What answers a remote that asks by HTTP who is there.
        headers: What is said to the remote besides what a browser says.
        origins: The Site's own origins: the only ones that are told the latter two.
    """

    proxy: WebProxy | None = None
    credentials: HttpCredentials | None = None
    headers: Mapping[str, Secret] = attrs.field(factory=dict, repr=False)
    origins: tuple[str, ...] = ()

    def context_options(self) -> dict[str, Any]:
        """Return what the engine is told on making a context."""
        told: dict[str, Any] = {}
        if self.proxy is not None:
            told["proxy"] = self.proxy.as_playwright()
        if self.credentials is not None:
            told["http_credentials"] = [
                {
                    "username": self.credentials.user.reveal(),
                    "password": self.credentials.password.reveal(),
                    "origin": origin,
                }
                for origin in self.origins
            ]
        return told


def checked_headers(given: Mapping[str, str]) -> dict[str, str]:
    """Return headers that may be said besides a browser's own.

    Raises:
        ConfigError: One of them is no header, or one that the browser says itself. No value is repeated.
    """
    for name in well_formed(given, "extra_headers"):
        if name.lower() in _OWN or name.lower().startswith(("sec-", "proxy-", "access-control-")):
            raise ConfigError(
                f"extra_headers has {name!r}, which the browser says itself",
                hint="Cookies go into a context of type 'cookies', a proxy's password into proxy.",
            )
    return dict(given)


def well_formed(given: Mapping[str, str], field: str = "headers") -> dict[str, str]:
    """Return headers that HTTP can say.

    Raises:
        ConfigError: One of them is no header. No value is repeated.
    """
    for name, value in given.items():
        if not _NAME.fullmatch(name) or not _VALUE.fullmatch(value):
            # A whole line may have been taken for a name.
            shown = name.partition(":")[0]
            raise ConfigError(f"{field} has {shown!r}, which is no header, or has a value that is none")
    return dict(given)


def _secret(text: str | None) -> Secret | None:
    return Secret(unquote(text)) if text else None
