"""Credentials as programs have them at hand, made secrets. Law: an error tells the name, never the value."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, TypeAlias

from ._secrets import Secret
from ._values import describe, frozen_mapping

Credential: TypeAlias = str | Secret | Mapping[str, Any] | Sequence[Mapping[str, Any]]
"""Text; for `cookies` also a list of mappings, a mapping of names to values, or a storage state."""

COOKIES: Final = "cookies"


class Cookies(Secret):
    """Cookies that were given as data, kept as their JSON text; each value is masked wherever it stands."""

    __slots__ = ("_values",)

    def __init__(self, cookies: Mapping[str, Any] | Sequence[Mapping[str, Any]]) -> None:
        super().__init__(json.dumps(cookies, default=_plain))
        # The text alone would mask itself only: a log line or an error may show a single value. They are held
        # here because a secret is masked for as long as somebody holds it.
        self._values = tuple(Secret(text) for text in _texts(cookies))


def to_credentials(credentials: Mapping[str, Credential] | None) -> Mapping[str, Secret]:
    """Return *credentials* as secrets.

    Raises:
        TypeError: They are no mapping, or one of them has no form in which it can be given.
    """
    if not isinstance(credentials, Mapping | None):
        raise TypeError(f"credentials must be a mapping of names to secrets; found {describe(credentials)}")
    return frozen_mapping({name: _secret(name, value) for name, value in (credentials or {}).items()})


def _secret(name: str, value: Credential) -> Secret:
    if isinstance(value, Cookies):
        return value
    if isinstance(value, str | Secret):
        return Secret(value)
    if name != COOKIES or not _are_cookies(value):
        also = ", a list of mappings or a mapping" if name == COOKIES else ""
        raise TypeError(f"the credential {name!r} must be text{also}; found {describe(value)}")
    try:
        return Cookies(value)
    except (TypeError, ValueError) as error:
        # Raised below, where it has no context: the encoder's own error is of the value.
        told = str(error) if isinstance(error, TypeError) else "they hold themselves, or what is no JSON"
    raise TypeError(f"the credential {name!r} cannot be read: {told}")


def _are_cookies(value: object) -> bool:
    if isinstance(value, list | tuple):
        return all(isinstance(cookie, Mapping) for cookie in value)
    return isinstance(value, Mapping)


def _plain(value: object) -> object:
    """Return for JSON what it does not know by itself: our own read-only mappings, and secrets."""
    if isinstance(value, Secret):
        return value.reveal()
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"a cookie holds texts and numbers, not {describe(value)}")


def _texts(value: object) -> Iterator[str]:
    """Yield every text in *value* that may be a secret: all that are values, however deep."""
    if isinstance(value, str | Secret):
        yield value if isinstance(value, str) else value.reveal()
    elif isinstance(value, Mapping):
        for name, inner in value.items():
            if name not in _HARMLESS:
                yield from _texts(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _texts(inner)


_HARMLESS: Final = frozenset({"name", "domain", "path", "sameSite", "origin"})
"""What a cookie tells besides its value: masked, it would make errors unreadable and hide nothing."""
