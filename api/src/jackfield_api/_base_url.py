"""The address of a remote. It comes from settings, so what is wrong with it is told as a setting."""

from __future__ import annotations

import ipaddress
from typing import Final

from jackfield import ConfigError

from ._compat import http


def checked_base_url(base_url: str) -> http.URL:
    """Return *base_url* parsed: https, or http on this machine; without credentials, query and last slash.

    Raises:
        ConfigError: It is something else. The message does not repeat a user or password in it.
    """
    try:
        url = http.URL(base_url.strip())
    except http.InvalidURL as error:
        raise ConfigError(f"base_url is not an address: {error}", hint=_EXAMPLE) from None
    if url.userinfo:
        raise ConfigError("base_url has a user name or password in it", hint="Leave it out; use a context.")
    if url.scheme not in {"http", "https"} or not url.host:
        found = str(url.copy_with(query=None, fragment=None))
        raise ConfigError(f"base_url must begin with https:// and a host; found {found!r}", hint=_EXAMPLE)
    if url.port is not None and url.port > _LAST_PORT:
        raise ConfigError(f"base_url has the port {url.port}; the last one is {_LAST_PORT}", hint=_EXAMPLE)
    if url.scheme == "http" and not _on_this_machine(url.host):
        raise ConfigError(
            f"base_url is not encrypted: http://{url.host}",
            hint="Use https://; http:// is for addresses on this machine, such as http://127.0.0.1:8000.",
        )
    if url.query or url.fragment:
        raise ConfigError("base_url has a query or a fragment in it", hint=_EXAMPLE)
    return url.copy_with(raw_path=url.raw_path.rstrip(b"/") or b"/", fragment=None)


_LAST_PORT: Final = 65535
_EXAMPLE: Final = "For example https://api.example.com or https://example.com/prefix."


def _on_this_machine(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def origin_of(url: http.URL) -> str:
    """Return scheme, host and port of *url*: what may be shown of an address."""
    netloc = url.netloc.decode("ascii", "replace")
    return f"{url.scheme}://{netloc}" if netloc else "(no origin)"
