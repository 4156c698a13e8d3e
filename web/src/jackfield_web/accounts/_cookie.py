"""One cookie, and how people's programs spell it. Law: an error tells place and name, never the value.

Playwright, Selenium, Puppeteer, the browsers' extensions and Netscape files say the same things in
other words: `expires`, `expiry` or `expirationDate`, as seconds, as text, as a date or as "Session".
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Final, Literal

import attrs

from jackfield import ConfigError, Secret

from ..site import read_address

SameSite = Literal["Strict", "Lax", "None"]

LATEST_EXPIRY: Final = 253402300799.0
"""31 December 9999, the latest that Chromium takes, in seconds since 1970."""

_SPELLINGS: Final[Mapping[str, tuple[str, ...]]] = {
    "name": ("name", "nameraw", "key"),
    "value": ("value", "contentraw"),
    "domain": ("domain", "host", "hostraw", "hostkey", "url"),
    "host_only": ("hostonly",),
    "path": ("path", "pathraw"),
    "expires": ("expiresraw", "expires", "expirationdate", "expiry"),
    "secure": ("secure", "issecure", "sendforraw"),
    "http_only": ("httponly", "ishttponly", "httponlyraw"),
    "same_site": ("samesite",),
    "partition": ("partitionkey",),
    "is_embedded": ("crhascrosssiteancestor",),
}
"""How a field is called, without case, blanks, hyphens and underscores."""
_SAME_SITE: Final[Mapping[str, SameSite]] = {
    "strict": "Strict",
    "lax": "Lax",
    "none": "None",
    "no_restriction": "None",
    # Firefox's and Chromium's numbers; 0 is either of two there.
    "1": "Lax",
    "2": "Strict",
}
"""Any other word says nothing, as to a browser."""
_YES: Final = frozenset({"true", "1", "yes", "on", "\u2713"})
_NO: Final = frozenset({"false", "0", "no", "off", ""})
_NO_EXPIRY: Final = frozenset({"", "session"})
_SECURE_NAMES: Final = ("__secure-", "__host-", "__http-")
_HTTP_ONLY_NAMES: Final = ("__http-", "__host-http-")


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
        partition: The site in whose pages alone it is sent; empty for one that is sent in all.
        is_embedded: Whether only frames have it that a page of another site is around.
    """

    name: str
    value: Secret
    domain: str
    path: str = "/"
    expires: float | None = None
    secure: bool = False
    http_only: bool = False
    same_site: SameSite | None = None
    partition: str = ""
    is_embedded: bool = False

    @property
    def identity(self) -> tuple[str | bool, ...]:
        """What a browser knows it by: of two that have the same it keeps one."""
        return self.name, self.domain, self.path, self.partition, self.is_embedded

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
        if self.same_site:
            said["sameSite"] = self.same_site
        if self.partition:
            said |= {"partitionKey": self.partition, "_crHasCrossSiteAncestor": self.is_embedded}
        return said


def cookies_of(
    found: Iterable[tuple[str, Mapping[Any, Any] | str]],
    *,
    host: str | None = None,
    is_secure: bool = False,
    renews: bool = False,
) -> tuple[tuple[Cookie, ...], tuple[str, ...]]:
    """Return the cookies that can be used, and of each of the others why it cannot; no value is told.

    Args:
        found: Cookies as they are said, each with its place; or why there is none at that place.
        host: Where a cookie belongs that does not tell.
        is_secure: Whether a cookie that does not tell goes over TLS only.
        renews: Whether a cookie that is there twice was set anew, so that its last is used. Otherwise its
            first is, as servers read a header, and the other, which may be another account's, is told.
    """
    cookies: dict[tuple[str | bool, ...], Cookie] = {}
    left_out: list[str] = []
    for place, said in found:
        try:
            if isinstance(said, str):
                raise ConfigError(f"{place} {said}")
            cookie = _cookie_of(said, place, host, is_secure)
            if not renews and cookies.get(cookie.identity, cookie) != cookie:
                raise ConfigError(f"{place} ({cookie.name}) is there twice, and the first is used")
            cookies[cookie.identity] = cookie
        except ConfigError as error:
            left_out.append(error.message)
    return tuple(cookies.values()), tuple(left_out)


def _cookie_of(said: Mapping[Any, Any], place: str, host: str | None, is_secure: bool) -> Cookie:
    told = _in_our_words(said)
    name, path = told.get("name"), told.get("path") or "/"
    if not isinstance(name, str) or not _is_plain(name, "=;, \t") or not name:
        raise ConfigError(f"{place} has no usable name")
    place = f"{place} ({name})"
    # A name with one of these prefixes is kept by the browser for such cookies only.
    secure, prefix = _flag(told.get("secure")), name.lower()
    domain = _spread(_domain(told.get("domain") or host, place), _flag(told.get("host_only")))
    if not isinstance(path, str) or not path.startswith("/") or not _is_plain(path, ";"):
        raise ConfigError(f"{place} has a path that does not begin with '/'")
    partition, is_embedded = _partition(told, domain, place)
    return Cookie(
        name=name,
        value=_value(told.get("value"), place),
        domain=domain.lstrip(".") if prefix.startswith("__host-") else domain,
        partition=partition,
        is_embedded=is_embedded,
        path=path,
        expires=_expiry(told.get("expires"), place),
        secure=(is_secure if secure is None else secure) or prefix.startswith(_SECURE_NAMES),
        http_only=_flag(told.get("http_only")) is True or prefix.startswith(_HTTP_ONLY_NAMES),
        same_site=_same_site(told.get("same_site")),
    )


def _in_our_words(said: Mapping[Any, Any]) -> dict[str, Any]:
    plain = {
        key.lower().replace(" ", "").replace("_", "").replace("-", ""): value
        for key, value in said.items()
        if isinstance(key, str) and value is not None
    }
    found = {
        field: next((plain[word] for word in words if word in plain), None)
        for field, words in _SPELLINGS.items()
    }
    return {field: value for field, value in found.items() if value is not None}


def _value(said: object, place: str) -> Secret:
    text = as_text(said)
    if text is None or not _is_plain(text, ";"):
        raise ConfigError(f"{place} has no usable value")
    return Secret(text)


def as_text(said: object) -> str | None:
    """Return the text that *said* is, or was before a program took it for a number; None for all else."""
    if isinstance(said, bool | int | float):
        try:
            return json.dumps(said)
        except ValueError:
            return None
    return said if isinstance(said, str) else None


def _domain(said: object, place: str) -> str:
    host = _host_of(said) if isinstance(said, str) else ""
    if not host.strip("."):
        raise ConfigError(f"{place} does not say its domain")
    return host


def _spread(host: str, host_only: bool | None) -> str:
    """Return *host* with the dot that says whether the hosts below have the cookie too, where it is told."""
    bare = host.lstrip(".")
    # Below an address, or a name of one word, there are none.
    has_below = "." in bare and not bare.rpartition(".")[2].isdigit()
    if host_only is None or not has_below:
        return host
    return bare if host_only else f".{bare}"


def _host_of(said: str) -> str:
    """Return the host, with the dot before it, as a browser reads it; empty for what is none."""
    # Some give an address instead, and some a port; some write an IPv6 address without its brackets.
    if (address := read_address(said)) is not None and address.host:
        return address.host
    bare = f"[{said}]" if said.count(":") > 1 and "[" not in said else said
    address = read_address(f"http://{bare}") if _is_plain(said, "/\\?#@; ,=\t") else None
    return address.host if address is not None else ""


def _partition(told: Mapping[str, Any], domain: str, place: str) -> tuple[str, bool]:
    """Return the site that a cookie is partitioned by, and whether it is one of an embedded frame."""
    said, is_embedded = told.get("partition"), _flag(told.get("is_embedded"))
    if isinstance(said, Mapping):
        is_embedded = _flag(said.get("hasCrossSiteAncestor"))
        said = said.get("topLevelSite") or said.get("sourceOrigin")
    if not said:
        return "", False
    address = read_address(said) if isinstance(said, str) else None
    if address is None or not address.is_web:
        raise ConfigError(f"{place} has a partition that is no site")
    if is_embedded is None:
        is_embedded = not f".{domain}".endswith(f".{address.host}")
    return address.origin, is_embedded


def _flag(said: object) -> bool | None:
    """Return what is said with yes or no; None when neither is."""
    if isinstance(said, bool):
        return said
    word = str(said).strip().lower() if isinstance(said, str | int) else None
    return True if word in _YES else False if word in _NO else None


def _expiry(said: object, place: str) -> float | None:
    if said is None or (isinstance(said, str) and said.strip().lower() in _NO_EXPIRY):
        return None
    when = _seconds(said)
    if when is None or math.isnan(when):
        raise ConfigError(f"{place} has an expiry that is neither seconds nor a date")
    # Some count in thousandths of a second.
    return min(when / 1000 if when > LATEST_EXPIRY else when, LATEST_EXPIRY) if when > 0 else None


def _seconds(said: object) -> float | None:
    """Return a time in seconds since 1970; None when *said* is no time."""
    if isinstance(said, bool) or not isinstance(said, str | int | float):
        return None
    try:
        return float(said)
    except OverflowError:
        return math.inf
    except ValueError:
        return _date(str(said).strip())


def _date(text: str) -> float | None:
    for read in (datetime.fromisoformat, parsedate_to_datetime):
        try:
            when = read(text)
            # The first moment is as past as the next: as a number it would say that there is none.
            return max(1.0, (when if when.tzinfo else when.replace(tzinfo=UTC)).timestamp())
        except (ValueError, TypeError, IndexError, OverflowError):
            continue
    return None


def _same_site(said: object) -> SameSite | None:
    return None if said is None else _SAME_SITE.get(str(said).strip().lower().replace(" ", "_"))


def _is_plain(text: str, forbidden: str) -> bool:
    """Whether *text* has no control character, no half of a surrogate pair and nothing *forbidden*."""
    return not any(
        character in forbidden or ord(character) < ord(" ") or "\x7f" <= character <= "\x9f"
        for character in text
    ) and not any("\ud800" <= character <= "\udfff" for character in text)
