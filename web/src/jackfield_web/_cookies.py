"""Logins as people have them at hand, read into one form. Law: an error tells the place, never the value.

Understood are a list of cookies (a browser extension's export, Playwright's, Selenium's), a mapping of names
to values, Playwright's storage state, each also as JSON text; the text of a `Cookie` header; a Netscape
cookie file; and the bare value of one cookie whose name is known.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final
from urllib.parse import urlsplit

from jackfield import ConfigError, Secret

from ._storage_state import StorageState, cookies_from_mappings

_NETSCAPE_FIELDS: Final = 7
_HEADER_NAME: Final = re.compile(r"^cookie\s*:\s*", re.IGNORECASE)
_HTTP_ONLY: Final = "#HttpOnly_"


def read_login(given: object, *, url: str, cookie_name: str | None = None) -> StorageState:
    """Return the login that *given* describes.

    Args:
        given: Cookies in any of the forms above.
        url: The page they are for; its host is the domain of cookies that do not tell theirs.
        cookie_name: The name of the cookie of which *given* may be the bare value.

    Raises:
        ConfigError: It is none of the known forms, or a cookie in it is not whole.
    """
    if isinstance(given, StorageState):
        return given
    if isinstance(given, Secret):
        given = given.reveal()
    host = _host(url)
    if isinstance(given, str):
        return _from_text(given, host, cookie_name)
    return _from_data(given, host)


def _host(url: str) -> str:
    try:
        host = urlsplit(url).hostname
    except ValueError:
        host = None
    if not host:
        raise ConfigError(f"cookies belong to a page, and {url!r} has no host")
    return host


def _from_data(given: object, host: str) -> StorageState:
    if isinstance(given, Mapping):
        if isinstance(given.get("cookies"), Sequence) and not isinstance(given["cookies"], str):
            return StorageState.from_playwright(given)
        given = [{"name": name, "value": value} for name, value in given.items()]
    if not isinstance(given, Sequence) or isinstance(given, bytes | bytearray):
        raise ConfigError(f"cookies are a list, a mapping or text, not {type(given).__name__}")
    for number, cookie in enumerate(given, start=1):
        if not isinstance(cookie, Mapping):
            raise ConfigError(f"cookie {number} is {type(cookie).__name__}, not a mapping")
    return StorageState(cookies_from_mappings(given, host=host))


def _from_text(text: str, host: str, cookie_name: str | None) -> StorageState:
    # Not every white space: an empty last field of a Netscape file ends in a tab.
    text = text.strip("\ufeff\r\n ")
    if text[:1] in {"[", "{"}:
        return _from_data(_json(text), host)
    if _is_netscape(text):
        return StorageState(cookies_from_mappings(_netscape(text), host=host))
    pairs = _HEADER_NAME.sub("", text)
    if cookie_name and ";" not in pairs and not pairs.startswith(f"{cookie_name}="):
        return StorageState(cookies_from_mappings([{"name": cookie_name, "value": pairs}], host=host))
    return StorageState(cookies_from_mappings(_header(pairs), host=host))


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        # The parser's own error quotes the text.
        raise ConfigError("the cookies begin like JSON and are none") from None


def _header(text: str) -> Iterator[dict[str, str]]:
    """Yield the pairs of a `Cookie` header (RFC 6265, section 4.2.1)."""
    for number, pair in enumerate(filter(str.strip, text.split(";")), start=1):
        name, equals, value = pair.partition("=")
        if not equals:
            raise ConfigError(
                f"pair {number} of the cookie text has no '='",
                hint="Give `name=value; name=value`, or the name of the cookie beside its bare value.",
            )
        yield {"name": name.strip(), "value": value.strip()}


def _is_netscape(text: str) -> bool:
    first = text.partition("\n")[0]
    return "HTTP Cookie File" in first or any(
        line.count("\t") >= _NETSCAPE_FIELDS - 1 for line in text.split("\n")
    )


def _netscape(text: str) -> Iterator[dict[str, Any]]:
    """Yield the cookies of a Netscape file: domain, whole domain, path, secure, expiry, name, value."""
    for number, whole in enumerate(text.split("\n"), start=1):
        http_only = whole.startswith(_HTTP_ONLY)
        line = whole.removeprefix(_HTTP_ONLY).rstrip("\r")
        if not line.strip() or line.startswith("#"):
            continue
        fields = line.split("\t", _NETSCAPE_FIELDS - 1)
        if len(fields) != _NETSCAPE_FIELDS or not fields[4].isdecimal():
            raise ConfigError(f"line {number} of the cookie file has not seven fields separated by tabs")
        domain, _, path, secure, expires, name, value = fields
        yield {
            "name": name,
            "value": value,
            "domain": domain,
            "path": path,
            "secure": secure.upper() == "TRUE",
            "expires": int(expires),
            "httpOnly": http_only,
        }
