"""Proxies: what the option says, what the environment says, and which of them a client goes through.

It is decided once, when a client is made; no request looks at the environment. The HTTP library is not
imported here, so that options can be read without it.
"""

from __future__ import annotations

from typing import Final, Self
from urllib.parse import unquote, urlsplit

import attrs

from jackfield import ConfigError, Secret

from ._hosts import is_excepted, is_host, is_on_this_machine

ENVIRONMENT: Final = "environment"
NONE: Final = "none"
_SCHEMES: Final = {name: name for name in ("http", "https", "socks5", "socks5h")} | {"socks": "socks5"}
"""With the word that desktops put in ALL_PROXY. Names are always looked up by the proxy, as with socks5h."""


@attrs.frozen
class Proxy:
    """What the option `proxy` says: the environment's proxy, none, or the one at an address.

    Attributes:
        address: `environment`, `none`, or the proxy's scheme, host and port: what may be shown of it.
        user: Who we are to the proxy, if it asks.
        password: What proves it.
    """

    address: str
    user: Secret | None = attrs.field(default=None, repr=False)
    password: Secret | None = attrs.field(default=None, repr=False)

    @classmethod
    def from_option(cls, text: str) -> Self:
        """Read the option: `environment`, `none`, or an address, `http://` when it has no scheme.

        Raises:
            ConfigError: It is none of them. The message does not repeat it.
        """
        word = text.strip().lower()
        return cls(word) if word in {ENVIRONMENT, NONE} else cls.at(Secret(text), "proxy")

    @classmethod
    def at(cls, address: Secret, told_by: str) -> Self:
        """Return the proxy at *address*, which may hold a password; *told_by* is the setting that has it.

        Raises:
            ConfigError: It is no address of a proxy. Neither message nor locals tell what it is.
        """
        parts = _parts(address.reveal())
        if parts is None:
            raise ConfigError(f"{told_by} is not the address of a proxy", hint=_HINT)
        shown, user, password = parts
        if shown.partition("://")[0] not in _SCHEMES.values():
            known = f"Known are {', '.join(_SCHEMES)}."
            raise ConfigError(f"{told_by} names a proxy of a kind that is not known", hint=known)
        return cls(shown, user, password)


def _parts(address: str) -> tuple[str, Secret | None, Secret | None] | None:
    """Return what may be shown of an address, its user and its password; None if it can be none."""
    try:
        parts = urlsplit(address if "://" in address else f"http://{address}")
        port = parts.port
    except ValueError:
        return None
    host = parts.hostname or ""
    if not is_host(host) or port == 0 or parts.path not in {"", "/"} or parts.query or parts.fragment:
        return None
    scheme = _SCHEMES.get(parts.scheme, parts.scheme)
    shown = f"{scheme}://{f'[{host}]' if ':' in host else host}{f':{port}' if port else ''}"
    return shown, _secret(parts.username), _secret(parts.password)


_HINT: Final = (
    "For example http://proxy.example:3128 or socks5://user:password@proxy.example:1080. In a password, "
    "/ ? # @ : and % are written %2F %3F %23 %40 %3A and %25."
)


def _secret(quoted: str | None) -> Secret | None:
    return None if quoted is None else Secret(unquote(quoted))


@attrs.frozen
class Route:
    """How requests to one origin go.

    Attributes:
        proxy: What they go through; None for nothing.
        reason: The setting that says so, or what makes it so.
    """

    proxy: Proxy | None
    reason: str

    def __str__(self) -> str:
        return f"through {self.proxy.address} ({self.reason})" if self.proxy else f"directly ({self.reason})"


def find_route(scheme: str, host: str, port: int, proxy: Proxy) -> Route:
    """Return how requests to an origin go.

    Raises:
        ConfigError: A proxy is named that cannot be one, or for requests that it could read.
    """
    if proxy.address == NONE:
        return Route(None, "proxy is none")
    if proxy.address == ENVIRONMENT:
        return _route_of_the_environment(scheme, host, port)
    # A proxy reads what goes to http://, the key included; of https:// it learns host and port (CONNECT). So
    # nothing unencrypted is ever handed to one.
    if scheme == "http":
        raise ConfigError(
            "proxy is set, and base_url is http://: the proxy could read the key",
            hint="Leave proxy out for an address on this machine.",
        )
    return Route(proxy, "the option proxy")


def _route_of_the_environment(scheme: str, host: str, port: int) -> Route:
    """HTTP_PROXY is not asked: only addresses on this machine are reached without TLS."""
    if scheme == "http" or is_on_this_machine(host):
        return Route(None, "it is on this machine")
    told = _settings()
    scheme = "https" if told.get("https") else "all"
    if not told.get(scheme):
        return Route(None, "no proxy is set")
    if is_excepted(host, port, told["no"].reveal() if "no" in told else ""):
        return Route(None, "NO_PROXY")
    variable = f"{scheme}_proxy".upper()
    return Route(Proxy.at(told[scheme], variable), variable)


def _settings() -> dict[str, Secret]:
    """Return what the variables say, by lower-case scheme; one in lower case goes over one in upper case."""
    from urllib.request import getproxies_environment

    return {scheme: Secret(value) for scheme, value in getproxies_environment().items()}
