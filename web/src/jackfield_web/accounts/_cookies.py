"""Logins as people have them at hand, read into one form. Law: an error tells the place, never the value.

Understood are a list of cookies (a browser extension's export, Playwright's, Selenium's), a mapping of names
to values, Playwright's storage state, each also as JSON text; the text of a `Cookie` header, also in the
quotes of a shell; a request as a browser's tools copy it; an answer of its DevTools; `Set-Cookie` lines, and
those of a script or of an LWP file; a Netscape cookie file; and the bare value of one cookie whose name is
known. What cannot be used of it is named, one by one, and the rest is used, of what pages store too.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, TypeAlias

import attrs

from jackfield import ConfigError, Secret

from ..errors import shown_url
from ..site import read_address
from ._cookie import cookies_of
from ._copied import copied_header, is_command, powershell_cookies, row_of_table
from ._state import StorageState, is_list, is_list_of_mappings, origins_of

_Found: TypeAlias = Iterable[tuple[str, Mapping[Any, Any] | str]]
"""What `cookies_of` reads."""

_NETSCAPE_FIELDS: Final = 7
_HEADER: Final = re.compile(r"^[<> \t]*cookie[ \t]*(?::|\r?$)\s*(.*)$", re.IGNORECASE | re.MULTILINE)
_SET: Final = re.compile(r"^[<> \t]*set-cookie[ \t]*:(.*)$", re.IGNORECASE | re.MULTILINE)
_SET_BY_SCRIPT: Final = re.compile(r"(?:^|;)[>\s]*document\.cookie\s*=\s*(['\"`])(.*?)\1", re.MULTILINE)
_SET_IN_LWP: Final = re.compile(r"^Set-Cookie3:(.*)$", re.MULTILINE)
_LWP_VALUE: Final = re.compile(r'(?<==)"((?:\\.|[^"\\])*)"')
_LWP_ESCAPE: Final = re.compile(r"\\(.)")
_SAID_BY_NAME: Final = frozenset({"secure", "httponly"})
_ONLY_SET: Final = re.compile(
    r";\s*(?:httponly|secure|partitioned)\s*(?:;|$)|"
    r"\A[^=;]+=[^;\r\n]*(?:;\s*(?:path|domain|expires|max-age|samesite|priority)\s*=[^;\r\n]*)+;?\Z",
    re.IGNORECASE,
)
"""What a `Set-Cookie` line may say, and no pair of a header is, nor all pairs after the first."""
_OF_FOLDED: Final = re.compile(r'(?:"[^"]*"|(?!,[ \t]+[^\s;,="]+=).)+', re.DOTALL)
"""One of several `Set-Cookie` lines that a program has joined by commas; dates and values have them too."""
_ASKED: Final = re.compile(r"\A[>\s]*document\.cookie\s*;?\s*\n[<\s-]*")
"""What a console was asked, with the signs before its answer."""
_NEXT_PAIR: Final = re.compile(r";|[\r\n]+(?=\s*[^\s=;]+=)")
_FORGOTTEN: Final = re.compile(r"0+|-\d+")
_IN_QUOTES: Final = re.compile(
    r"(?:-{1,2}[\w-]+[ =]*)?\$?(?P<quote>['\"`])(?P<text>.*)(?P=quote),?", re.DOTALL
)
_ROW: Final = re.compile(r"\S+[ \t]+(TRUE|FALSE)[ \t]+/\S*[ \t]+(TRUE|FALSE)[ \t]", re.IGNORECASE)
_MOST_NAMED: Final = 20
_HTTP_ONLY: Final = "#HttpOnly_"
_HOST_ONLY: Final = {"TRUE": False, "FALSE": True}
"""What a Netscape file says of the hosts below, as whether they do without."""
_NONE: Final = "there is no cookie in it"
_FORMS: Final = (
    "Give `name=value; name=value`, the text of a request's Cookie header, a list of cookies as JSON, or a "
    "Netscape cookie file."
)


def read_login(
    given: object, *, url: str, cookie_name: str | None = None, hosts: Sequence[str] = ()
) -> StorageState:
    """Return the login that *given* describes.

    Args:
        given: Cookies in any of the forms above.
        url: The page they are for; its host is the domain of cookies that do not tell theirs.
        cookie_name: The name of the cookie of which *given* may be the bare value.
        hosts: Further hosts whose cookies are part of the login, such as those who vouch for an account.

    Raises:
        ConfigError: It is none of the known forms, or no cookie in it can be used.
    """
    if isinstance(given, StorageState):
        return given
    if isinstance(given, Secret):
        given = given.reveal()
    page = _Page.at(url, hosts)
    if isinstance(given, str):
        return _from_text(given, page, cookie_name)
    return _from_data(given, page)


@attrs.frozen
class _Page:
    """What the page says of a cookie that does not say it."""

    host: str
    is_secure: bool
    more_hosts: Sequence[str]

    @classmethod
    def at(cls, url: str, more_hosts: Sequence[str]) -> _Page:
        address = read_address(url)
        if address is None or not address.host:
            raise ConfigError(f"cookies belong to a page, and {shown_url(url)} has no host")
        return cls(address.host, address.scheme == "https", more_hosts)

    def login(
        self, found: _Found, stored: Sequence[Mapping[str, Any]] = (), *, renews: bool = False
    ) -> StorageState:
        """Return the login of what can be used, and of the cookies that are the page's where some are."""
        cookies, left_out = cookies_of(found, host=self.host, is_secure=self.is_secure, renews=renews)
        origins, more = origins_of(stored)
        left_out += more
        if not cookies and not origins:
            told = f"nothing in it can be used: {named(left_out)}" if left_out else _NONE
            raise ConfigError(told, hint=_FORMS)
        login = StorageState(cookies, origins, left_out)
        # Where none is the page's own, its login may live with somebody whom only the caller knows.
        own = login.of_hosts([self.host, *self.more_hosts])
        return own if own.cookies else login


def named(left_out: Sequence[str]) -> str:
    """Return what was left out, as far as a person reads it."""
    more = f"; and {len(left_out) - _MOST_NAMED} more" if len(left_out) > _MOST_NAMED else ""
    return "; ".join(left_out[:_MOST_NAMED]) + more


def _from_data(given: object, page: _Page) -> StorageState:
    origins: Any = ()
    if isinstance(given, Mapping):
        answer = given.get("result")
        if isinstance(answer, Mapping) and "cookies" in answer:
            # The answer to a command of the DevTools, as a program notes it.
            given = answer
        if is_list(given.get("cookies", given.get("origins"))):
            origins = given.get("origins") or ()
            if not is_list_of_mappings(origins):
                raise ConfigError("a storage state has two lists of mappings, 'cookies' and 'origins'")
            given = given.get("cookies", ())
        elif {"name", "value"} <= given.keys():
            given = [given]
        elif given and all(isinstance(value, Mapping) or is_list(value) for value in given.values()):
            raise ConfigError("this is neither cookies by their names nor a storage state", hint=_FORMS)
        else:
            given = [{"name": name, "value": value} for name, value in given.items()]
    if not is_list(given):
        raise ConfigError(f"cookies are a list, a mapping or text, not {type(given).__name__}")
    return page.login(_listed(given), origins)


def _listed(given: Sequence[Any]) -> Iterator[tuple[str, Mapping[Any, Any] | str]]:
    for number, cookie in enumerate(given, start=1):
        is_mapping = isinstance(cookie, Mapping)
        yield f"cookie {number}", cookie if is_mapping else f"is {type(cookie).__name__}, not a mapping"


def _from_text(text: str, page: _Page, cookie_name: str | None) -> StorageState:
    # Not every white space: an empty last field of a Netscape file ends in a tab.
    text = _unquoted(_ASKED.sub("", text.strip("\ufeff\r\n ")))
    if text[:1] in {"[", "{"}:
        return _from_data(_json(text), page)
    if _is_netscape(text):
        return page.login(_netscape(text))
    lines, spreads = _lines_that_set(text)
    if lines:
        return page.login(_set(lines, spreads), renews=True)
    if copied := powershell_cookies(text):
        return page.login(_listed(copied))
    # The header may have been copied with those around it, and may be several.
    if not (header := "; ".join(_HEADER.findall(text)) or copied_header(text)) and is_command(text):
        raise ConfigError("the command or script has no Cookie header in it", hint=_FORMS)
    pairs = _unquoted((header or text).strip()).rstrip("; ")
    if cookie_name and pairs and ";" not in pairs and not pairs.startswith(f"{cookie_name}="):
        return page.login([("the value", {"name": cookie_name, "value": pairs})])
    return page.login(_header(pairs))


def _unquoted(text: str) -> str:
    """Return *text* without the quotes, and the option before them, with which a shell is given it."""
    found = _IN_QUOTES.fullmatch(text)
    return found["text"].strip() if found and found["quote"] not in found["text"] else text


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        # The parser's own error quotes the text.
        place = f", from line {error.lineno} on" if isinstance(error, json.JSONDecodeError) else ""
        raise ConfigError(f"the cookies begin like JSON and are none{place}", hint=_FORMS) from None


def _header(text: str) -> Iterator[tuple[str, dict[str, str] | str]]:
    """Yield the pairs of a `Cookie` header (RFC 6265, section 4.2.1)."""
    for number, pair in enumerate(filter(str.strip, _NEXT_PAIR.split(text)), start=1):
        name, equals, value = pair.partition("=")
        place = f"pair {number}"
        yield place, {"name": name.strip(), "value": value.strip()} if equals else "has no '='"


def _lines_that_set(text: str) -> tuple[Sequence[str], str]:
    """Return the lines that set a cookie each, and the word by which they give it to the hosts below too."""
    if lines := _SET_IN_LWP.findall(text):
        return [_lwp(line) for line in lines], "domain_dot"
    if lines := [line for _, line in _SET_BY_SCRIPT.findall(text)]:
        return lines, "domain"
    lines = _SET.findall(text) or ([text] if _ONLY_SET.search(text) else [])
    return [one for line in lines for one in _OF_FOLDED.findall(line)], "domain"


def _lwp(line: str) -> str:
    """Return a line of an LWP file, in which values are quoted, as a remote would have said it."""
    return _LWP_VALUE.sub(lambda found: _LWP_ESCAPE.sub(r"\1", found[1]), line)


def _set(lines: Sequence[str], spreads: str) -> Iterator[tuple[str, dict[str, Any] | str]]:
    """Yield the cookies of `Set-Cookie` lines: a pair, and what is said of it (RFC 6265, section 4.1.1).

    One that says *spreads* is for the hosts below too.
    """
    for number, line in enumerate(lines, start=1):
        parts = [part.partition("=") for part in line.split(";")]
        (name, equals, value), *more = ((key.strip(), sign, text.strip()) for key, sign, text in parts)
        said: dict[str, Any] = {key.lower(): text for key, _, text in more}
        # Whatever follows them, as in `HttpOnly=None`, a browser takes them for said.
        said |= dict.fromkeys(_SAID_BY_NAME & said.keys(), "true")
        if _FORGOTTEN.fullmatch(said.get("max-age", "")):
            yield f"line {number}", "tells the browser to forget its cookie"
            continue
        known = {"name": name, "value": value, "hostOnly": spreads not in said}
        yield f"line {number}", said | known if equals else "has no '='"


def _is_netscape(text: str) -> bool:
    first = text.partition("\n")[0]
    # Of seven fields the last may be empty, and its tab gone.
    return "HTTP Cookie File" in first or any(
        line.count("\t") >= _NETSCAPE_FIELDS - 2 or _ROW.match(line) for line in text.split("\n")
    )


def _netscape(text: str) -> Iterator[tuple[str, dict[str, Any] | str]]:
    """Yield the cookies of a Netscape file: domain, whole domain, path, secure, expiry, name, value."""
    for number, whole in enumerate(map(str.strip, text.split("\n")), start=1):
        http_only = whole.startswith(_HTTP_ONLY)
        line = whole.removeprefix(_HTTP_ONLY)
        if not line or line.startswith("#"):
            continue
        if (row := row_of_table(line.split("\t"))) is not None:
            yield f"line {number}", row
            continue
        # Editors make blanks of tabs, and take those at a line's end away.
        fields = line.split("\t" if "\t" in line else None, _NETSCAPE_FIELDS - 1)
        if len(fields) == _NETSCAPE_FIELDS - 1:
            fields.append("")
        if len(fields) != _NETSCAPE_FIELDS:
            yield f"line {number}", "has not seven fields separated by tabs"
            continue
        domain, whole_domain, path, secure, expires, name, value = fields
        yield (
            f"line {number}",
            {
                "name": name,
                "value": value,
                "domain": domain,
                "hostOnly": _HOST_ONLY.get(whole_domain.upper()),
                "path": path,
                "secure": secure,
                "expires": expires,
                "httpOnly": http_only,
            },
        )
