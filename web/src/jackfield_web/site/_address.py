"""Addresses, read as a browser reads them: by the WHATWG URL standard.

Law: who asks where an address leads asks here. Another reading of it (a backslash, a user's name, a control
character, a host in another script) would look at one host while the browser goes to another.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any, Final

import attrs
from ada_url import URL

WEB_SCHEMES: Final = frozenset({"http", "https"})
_DEFAULT_PORTS: Final = {"http": 80, "https": 443, "ws": 80, "wss": 443}


@attrs.frozen
class Address:
    """Where a browser would go.

    Attributes:
        href: The address as the browser writes it: going there leads where the rest of this says.
        scheme: Its scheme, without the colon.
        host: The host as it is asked for: in ASCII and lower case, without the dot that may end it.
        port: The port, also where it is the scheme's own; None for a scheme without one.
        path: The path, or what follows the scheme of one without hosts.
        is_origin: Whether it is an origin and nothing more: no user, path, query or fragment. Before its host
            `*.` may stand for all hosts below; nowhere else a star stands for anything.
        has_user: Whether a user's name or password stands in it.
    """

    href: str = attrs.field(repr=False)
    scheme: str
    host: str
    port: int | None
    path: str = attrs.field(repr=False)
    is_origin: bool
    has_user: bool

    @property
    def is_web(self) -> bool:
        """Whether a web server is asked for it."""
        return self.scheme in WEB_SCHEMES

    @property
    def netloc(self) -> str:
        """The host, with its port where that is not the scheme's own."""
        own = self.port == _DEFAULT_PORTS.get(self.scheme)
        return self.host if own else f"{self.host}:{self.port}"

    @property
    def origin(self) -> str:
        """The origin as people write it: `https://example.org`."""
        return f"{self.scheme}://{self.netloc}"

    @property
    def shown(self) -> str:
        """What may be shown: without user, query and fragment, where secrets travel."""
        if self.host:
            return f"{self.origin}{self.path}"
        return f"{self.scheme}:{self.path}" if self.scheme in {"about", "chrome"} else f"{self.scheme}:…"


@lru_cache(maxsize=128)
def read_address(text: str) -> Address | None:
    """Return where a browser would go for *text*; None for what is no whole address.

    The few that a conversation is at are asked for at every look, so the last ones are kept: each question to
    the library lets go of the interpreter a dozen times.
    """
    try:
        url = URL(text)
    except ValueError:
        return None
    scheme = url.protocol.removesuffix(":")
    return Address(
        href=url.href,
        scheme=scheme,
        host=url.hostname.removesuffix("."),
        port=int(url.port) if url.port else _DEFAULT_PORTS.get(scheme),
        path=url.pathname,
        is_origin=url.href == f"{url.origin}/" and "*" not in url.hostname.removeprefix("*."),
        has_user=bool(url.username or url.password),
    )


def require_web(name: str, text: str) -> Address:
    """Return a page's address, which has no user in it: what such a page fetches, the browser refuses.

    Raises:
        ValueError: It is none; the message shows no secret of it.
    """
    address = read_address(text)
    if address is None or not address.is_web:
        raise ValueError(
            f"{name} must be an http or https address; found {told_address(text)}. "
            "Write it whole, such as https://chat.example/"
        )
    if address.has_user:
        raise ValueError(
            f"{name} must have no user and password in it; found some in {told_address(text)}. "
            "Give them as the option `http_credentials`"
        )
    return address


def an_address(_: Any, attribute: attrs.Attribute[str], value: str) -> None:
    """Validate a field: it is a page's address, where it is given at all."""
    if value != attribute.default:
        require_web(attribute.name, value)


def origins(_: Any, attribute: attrs.Attribute[Any], values: tuple[str, ...]) -> None:
    """Validate a field: each is an origin, with or without a place for all hosts below."""
    for at, text in enumerate(values):
        address = read_address(text)
        if address is None or not address.is_web or not address.is_origin:
            raise ValueError(
                f"{attribute.name}[{at}] must be an origin, such as https://example.org or "
                f"https://*.example.org; found {told_address(text)}"
            )


def told_address(text: str) -> str:
    """Return *text* as an error may quote it, whatever it is."""
    address = read_address(text)
    if address is not None and address.host:
        return repr(address.shown)
    return "one that cannot be shown" if "@" in text else repr(re.split("[?#]", text)[0])
