"""What a page's login consists of, as values: cookies and what its origins keep in local storage.

The wire form is Playwright's `storage_state`. No `repr` shows a value.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final, TypeGuard

import attrs

from jackfield import ConfigError, Secret

from ..errors import shown_url
from ..site import in_storage, read_address
from ._cookie import Cookie, as_text, cookies_of

_NO_ITEM: Final = (None, None)


@attrs.frozen
class StorageState:
    """A login as a browser keeps it.

    Attributes:
        cookies: The cookies.
        origins: Local storage and databases, origin by origin, in Playwright's form.
        left_out: What the login was read from and cannot be used, each in words, with no value.
    """

    cookies: tuple[Cookie, ...] = ()
    origins: tuple[Mapping[str, Any], ...] = attrs.field(default=(), repr=False)
    left_out: tuple[str, ...] = attrs.field(default=(), eq=False)

    @classmethod
    def from_playwright(cls, state: Mapping[str, Any]) -> StorageState:
        """Return the state that Playwright's form describes, without the cookies that nobody can be given.

        Browsers keep some that they take from nobody but a page, such as one without a name.

        Raises:
            ConfigError: It has another form; the message never holds a value.
        """
        cookies, origins = state.get("cookies", ()), state.get("origins", ())
        if not is_list_of_mappings(cookies) or not is_list_of_mappings(origins):
            raise ConfigError("a storage state has two lists of mappings, 'cookies' and 'origins'")
        read, left_out = cookies_of((f"cookie {at}", cookie) for at, cookie in enumerate(cookies, start=1))
        return cls(read, tuple(origins), left_out)

    def of_hosts(self, hosts: Sequence[str]) -> StorageState:
        """Return what belongs to one of *hosts*; the rest is counted in `left_out`."""

        def is_own(domain: str) -> bool:
            return any(is_of_host(domain, host) for host in hosts)

        cookies = tuple(cookie for cookie in self.cookies if is_own(cookie.domain))
        origins = tuple(one for one in self.origins if is_own(_host_of(one.get("origin"))))
        foreign = len(self.cookies) - len(cookies) + len(self.origins) - len(origins)
        said = (f"{foreign} of other pages",) if foreign else ()
        return StorageState(cookies, origins, (*self.left_out, *said))

    def without(self, traces: Collection[str], *, kept: Sequence[Mapping[str, Any]]) -> StorageState:
        """Return it without the items of local storage that have a conversation's *traces*.

        Args:
            traces: Messages and ids.
            kept: What origins stored that is not to be left out, whatever it says now: a login is renewed.
        """
        forms = [form for text in traces for form in in_storage(text)]
        known = {(one["origin"], item["name"]) for one in origins_of(kept)[0] for item in one["localStorage"]}

        def is_left(origin: str, item: dict[str, str]) -> bool:
            return (origin, item["name"]) in known or not any(form in item["value"] for form in forms)

        found, _ = origins_of(self.origins)
        for one in found:
            one["localStorage"] = [item for item in one["localStorage"] if is_left(one["origin"], item)]
        return attrs.evolve(self, origins=found)

    def expired(self, now: float) -> tuple[str, ...]:
        """Return the cookies that had expired by *now*, in words; a browser takes them and keeps none."""
        return tuple(
            f"{cookie.name}, which expired on {datetime.fromtimestamp(cookie.expires, UTC):%Y-%m-%d}"
            for cookie in self.cookies
            if cookie.expires is not None and cookie.expires <= now
        )

    def item(self, name: str) -> str:
        """Return the item *name* of local storage, of the first origin that has it; empty when none has."""
        for origin in self.origins:
            items = origin.get("localStorage") or ()
            for item in items if name and is_list_of_mappings(items) else ():
                if item.get("name") == name and isinstance(value := item.get("value"), str):
                    return value
        return ""

    def stored_items(self) -> dict[str, dict[str, str]]:
        """Return names and values of local storage, by origin, where a login has nothing else beside cookies.

        Raises:
            ConfigError: It has more, or another form; the message never holds a value.
        """
        origins, left_out = origins_of(self.origins)
        if left_out:
            raise ConfigError(f"the login cannot be put in whole: {left_out[0]}")
        for said in origins:
            if "indexedDB" in said:
                raise ConfigError(
                    f"the storage state also has indexedDB of {said['origin']}, and a browser that "
                    "keeps its own login can be given cookies and local storage only",
                    hint='Leave `profile` and engine = "attach" out, or log in another way.',
                )
        return {
            said["origin"]: {item["name"]: item["value"] for item in said["localStorage"]} for said in origins
        }

    def as_playwright(self) -> dict[str, Any]:
        """Return the state in Playwright's form, with every value."""
        return {
            "cookies": [cookie.as_playwright() for cookie in self.cookies],
            "origins": [dict(origin) for origin in self.origins],
        }


def login_of_item(url: str, name: str, value: Secret) -> StorageState:
    """Return the login that one item of local storage is, on the origin of *url*.

    Raises:
        ConfigError: The page has no such item, or *url* no host.
    """
    if not name:
        raise ConfigError(
            "the page's login is no token",
            hint="Describe where the page keeps it: session_item of the Site.",
        )
    address = read_address(url)
    if address is None or not address.host:
        raise ConfigError(f"a login belongs to a page, and {shown_url(url)} has no host")
    items = [{"name": name, "value": value.reveal()}]
    return StorageState(origins=({"origin": address.origin, "localStorage": items},))


def origins_of(
    found: Sequence[Mapping[str, Any]],
) -> tuple[tuple[dict[str, Any], ...], tuple[str, ...]]:
    """Return what origins store, each once and as Playwright takes it, and why the rest cannot be used.

    Neither values nor names of items are told: pages have their users' in them.
    """
    origins: dict[str, dict[str, Any]] = {}
    left_out: list[str] = []
    for number, said in enumerate(found, start=1):
        address = read_address(str(said.get("origin")))
        if address is None or not address.is_web:
            left_out.append(f"origin {number} is no http or https address")
            continue
        origin = origins.setdefault(address.origin, {"origin": address.origin, "localStorage": []})
        for place, (name, value) in enumerate(_items(said.get("localStorage")), start=1):
            if isinstance(name, str) and (text := as_text(value)) is not None:
                origin["localStorage"].append({"name": name, "value": text})
            else:
                left_out.append(f"item {place} of {address.origin} is no name with a text")
        if (databases := said.get("indexedDB")) and is_list_of_mappings(databases):
            origin["indexedDB"] = databases
        elif databases:
            left_out.append(f"the databases of {address.origin} are no list of mappings")
        if said.get("sessionStorage"):
            left_out.append(f"the session storage of {address.origin}, which ends with its tab")
    return tuple(origins.values()), tuple(left_out)


def _items(said: object) -> Iterable[tuple[object, object]]:
    """Return names and values; what is neither a list of items nor a mapping is one that is none."""
    if isinstance(said, Mapping):
        return said.items()
    if isinstance(said, list | tuple):
        return [(one.get("name"), one.get("value")) if isinstance(one, Mapping) else _NO_ITEM for one in said]
    return () if said is None else (_NO_ITEM,)


def _host_of(origin: object) -> str:
    address = read_address(origin) if isinstance(origin, str) else None
    return address.host if address is not None else ""


def is_of_host(domain: str, host: str) -> bool:
    """Whether a cookie of *domain* is *host*'s: its own, its parent's or that of a host below it."""
    domain = domain.lstrip(".")
    return domain == host or host.endswith(f".{domain}") or domain.endswith(f".{host}")


def is_list_of_mappings(value: object) -> TypeGuard[Sequence[Mapping[str, Any]]]:
    """Whether *value* is what a storage state has two of."""
    return is_list(value) and all(isinstance(item, Mapping) for item in value)


def is_list(value: object) -> TypeGuard[Sequence[Any]]:
    """Whether *value* is a list of whatever, and no text."""
    return isinstance(value, Sequence) and not isinstance(value, str | bytes | bytearray)
