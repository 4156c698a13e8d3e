"""What a page's login consists of, as values: cookies and what its origins keep in local storage.

The wire form is Playwright's `storage_state`. No `repr` shows a value.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, Literal, TypeGuard
from urllib.parse import urlsplit

import attrs

from jackfield import ConfigError, Secret

SameSite = Literal["Strict", "Lax", "None"]

LATEST_EXPIRY: Final = 253402300799.0
"""31 December 9999, the latest that Chromium takes, in seconds since 1970."""

_SAME_SITE: Final[Mapping[str, SameSite | None]] = {
    "strict": "Strict",
    "lax": "Lax",
    "none": "None",
    "no_restriction": "None",
    "unspecified": None,
    "": None,
}


@attrs.frozen(kw_only=True)
class Cookie:
    """One cookie.

    Attributes:
        name: Its name.
        value: Its value, a secret.
        domain: The host it belongs to; with a leading dot also the hosts below.
        path: The path it belongs to.
        expires: Seconds since 1970; None for the end of the browser's session.
        secure: Whether it goes over TLS only.
        http_only: Whether scripts cannot read it.
        same_site: `Strict`, `Lax`, `None`, or None when nothing was said.
    """

    name: str
    value: Secret
    domain: str
    path: str = "/"
    expires: float | None = None
    secure: bool = False
    http_only: bool = False
    same_site: SameSite | None = None

    def as_playwright(self) -> dict[str, Any]:
        """Return the cookie as Playwright takes it, with its value."""
        said: dict[str, Any] = {
            "name": self.name,
            "value": self.value.reveal(),
            "domain": self.domain,
            "path": self.path,
            "expires": -1 if self.expires is None else self.expires,
            "httpOnly": self.http_only,
            "secure": self.secure,
        }
        return said | ({"sameSite": self.same_site} if self.same_site else {})


@attrs.frozen
class StorageState:
    """A login as a browser keeps it.

    Attributes:
        cookies: The cookies.
        origins: Local storage and databases, origin by origin, in Playwright's form.
    """

    cookies: tuple[Cookie, ...] = ()
    origins: tuple[Mapping[str, Any], ...] = attrs.field(default=(), repr=False)

    @classmethod
    def from_playwright(cls, state: Mapping[str, Any]) -> StorageState:
        """Return the state that Playwright's form describes.

        Raises:
            ConfigError: It has another form; the message never holds a value.
        """
        cookies, origins = state.get("cookies", ()), state.get("origins", ())
        if not _is_list_of_mappings(cookies) or not _is_list_of_mappings(origins):
            raise ConfigError("a storage state has two lists of mappings, 'cookies' and 'origins'")
        return cls(cookies_from_mappings(cookies, host=None), tuple(origins))

    def as_playwright(self) -> dict[str, Any]:
        """Return the state in Playwright's form, with every value."""
        return {
            "cookies": [cookie.as_playwright() for cookie in self.cookies],
            "origins": [dict(origin) for origin in self.origins],
        }


def login_of_item(url: str, name: str, value: Secret) -> StorageState:
    """Return the login that one item of local storage is, on the origin of *url*.

    Raises:
        ConfigError: The page has no such item.
    """
    if not name:
        raise ConfigError(
            "the page's login is no token",
            hint="Describe where the page keeps it: session_item of the Site.",
        )
    parts = urlsplit(url)
    items = [{"name": name, "value": value.reveal()}]
    return StorageState(origins=({"origin": f"{parts.scheme}://{parts.netloc}", "localStorage": items},))


def cookies_from_mappings(given: Iterable[Mapping[str, Any]], *, host: str | None) -> tuple[Cookie, ...]:
    """Return cookies from mappings in the spelling of Playwright, Selenium or a browser extension.

    Args:
        given: The mappings.
        host: Where a cookie belongs that does not tell.

    Raises:
        ConfigError: A cookie is not whole; the message never holds a value.
    """
    return tuple(_cookie(cookie, host, number) for number, cookie in enumerate(given, start=1))


def _cookie(given: Mapping[str, Any], host: str | None, number: int) -> Cookie:
    name, value = given.get("name"), given.get("value")
    domain, path = given.get("domain") or host, given.get("path") or "/"
    if not isinstance(name, str) or not _is_plain(name, "=;, \t") or not name:
        raise ConfigError(f"cookie {number} has no usable name")
    if not isinstance(value, str) or not _is_plain(value, ";"):
        raise ConfigError(f"cookie {number} ({name}) has no usable value")
    if not isinstance(domain, str) or not _is_plain(domain, "/; ,=\t") or not domain.strip("."):
        raise ConfigError(f"cookie {number} ({name}) does not say its domain")
    if not isinstance(path, str) or not path.startswith("/") or not _is_plain(path, ";"):
        raise ConfigError(f"cookie {number} ({name}) has a path that does not begin with '/'")
    return Cookie(
        name=name,
        value=Secret(value),
        domain=domain.lower(),
        path=path,
        expires=_expiry(given, number),
        secure=given.get("secure") is True,
        http_only=given.get("httpOnly") is True,
        same_site=_same_site(given.get("sameSite"), number),
    )


def _expiry(given: Mapping[str, Any], number: int) -> float | None:
    for key in ("expires", "expirationDate", "expiry"):
        when = given.get(key)
        if when is None:
            continue
        if not _is_number(when):
            raise ConfigError(f"cookie {number} has a {key!r} that is no number of seconds")
        return float(min(when, LATEST_EXPIRY)) if when > 0 else None
    return None


def _is_number(value: object) -> TypeGuard[int | float]:
    if isinstance(value, float):
        return not math.isnan(value)
    return isinstance(value, int) and not isinstance(value, bool)


def _same_site(said: object, number: int) -> SameSite | None:
    word = "" if said is None else said
    if not isinstance(word, str) or word.lower() not in _SAME_SITE:
        raise ConfigError(f"cookie {number} has a 'sameSite' that is none of Strict, Lax, None")
    return _SAME_SITE[word.lower()]


def _is_plain(text: str, forbidden: str) -> bool:
    """Whether *text* has no control character, no half of a surrogate pair and nothing *forbidden*."""
    return not any(
        character in forbidden or ord(character) < ord(" ") or "\x7f" <= character <= "\x9f"
        for character in text
    ) and not any("\ud800" <= character <= "\udfff" for character in text)


def _is_list_of_mappings(value: object) -> bool:
    return (
        isinstance(value, Sequence)
        and not isinstance(value, str | bytes)
        and all(isinstance(item, Mapping) for item in value)
    )
