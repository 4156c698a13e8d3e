"""The address of a remote. It comes from settings, so what is wrong with it is told as a setting."""

from __future__ import annotations

import re
from typing import Final

from jackfield import ConfigError

from ._compat import http
from ._hosts import is_host, is_on_this_machine


def checked_base_url(base_url: str) -> http.URL:
    """Return *base_url* parsed: https, or http on this machine; without credentials, query and last slash.

    Raises:
        ConfigError: It is something else. The message does not repeat a user or password in it.
    """
    url, host = _parsed(base_url)
    if url.userinfo:
        raise ConfigError("base_url has a user name or password in it", hint="Leave it out; use a context.")
    if url.scheme not in {"http", "https"} or not host:
        found = str(url.copy_with(query=None, fragment=None))
        raise ConfigError(f"base_url must begin with https:// and a host; found {found!r}", hint=_EXAMPLE)
    if not is_host(host):
        raise ConfigError("base_url has a host that can be none", hint=_EXAMPLE)
    if url.port is not None and not 0 < url.port <= _LAST_PORT:
        raise ConfigError(f"base_url has the port {url.port}; it is from 1 to {_LAST_PORT}", hint=_EXAMPLE)
    if url.scheme == "http" and not is_on_this_machine(host):
        raise ConfigError(
            f"base_url is not encrypted: http://{host}",
            hint="Use https://; http:// is for addresses on this machine, such as http://127.0.0.1:8000.",
        )
    if url.query or url.fragment:
        raise ConfigError("base_url has a query or a fragment in it", hint=_EXAMPLE)
    return url.copy_with(raw_path=url.raw_path.rstrip(b"/") or b"/", fragment=None)


_LAST_PORT: Final = 65535
_EXAMPLE: Final = "For example https://api.example.com or https://example.com/prefix."


def _parsed(base_url: str) -> tuple[http.URL, str]:
    """Return the URL, and its host as DNS knows it."""
    try:
        url = http.URL(base_url.strip())
        return url, url.raw_host.decode("ascii") if url.host else ""  # `host` raises on bad IDNA
    except (http.InvalidURL, ValueError) as error:
        # Its text may hold a part of a password.
        told = "" if "@" in base_url else f": {error}"
        raise ConfigError(f"base_url is not an address{told}", hint=_EXAMPLE) from None


def origin_of(url: http.URL) -> str:
    """Return scheme, host and port of *url*: what may be shown of an address."""
    netloc = url.netloc.decode("ascii", "replace")
    return f"{url.scheme}://{netloc}" if netloc else "(no origin)"


def path_hint(base_path: str, path: str) -> str | None:
    """Say what may be wrong with the path of a base URL, after the remote knew nothing at *path* below it.

    Args:
        base_path: The path of the base URL.
        path: The path of the request, without the query.
    """
    base, asked = _steps(base_path), _steps(path)
    for count in range(min(len(base), len(asked)), 0, -1):
        if base[-count:] == asked[:count]:
            twice = "/" + "/".join(asked[:count])
            return f"base_url already ends in {twice}, with which the path begins: leave it out of base_url."
    if not base and asked and not _VERSION.fullmatch(asked[0]):
        return "base_url has no path. Where the API's address has one, such as /v1, it belongs to base_url."
    return None


_VERSION: Final = re.compile(r"v[0-9]+[a-z0-9]*|api", re.ASCII | re.IGNORECASE)


def _steps(path: str) -> list[str]:
    return [step for step in path.split("/") if step]
