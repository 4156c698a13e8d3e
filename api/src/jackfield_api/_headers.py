"""Headers: a request's, checked because the wire's own check would repeat the value; and an answer's."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

_TOKEN: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+", re.ASCII)
_VALUE: Final = re.compile(r"[\t\x20-\x7e]*", re.ASCII)
_OF_THE_WIRE: Final = frozenset(
    {
        "accept-encoding",
        "connection",
        "content-length",
        "expect",
        "host",
        "keep-alive",
        "proxy-authorization",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    }
)

Headers = list[tuple[bytes, bytes]]


class BadHeader(ValueError):
    """A header that cannot be sent, or is not the caller's to set. The text does not hold its value."""


def is_token(text: str) -> bool:
    """Whether *text* can be a header's name or a method (RFC 9110 §5.6.2)."""
    return _TOKEN.fullmatch(text) is not None


def encoded(headers: Mapping[str, str]) -> Headers:
    """Return *headers* as they go on the wire.

    Raises:
        BadHeader: One of them cannot go there.
    """
    if not isinstance(headers, Mapping):
        raise BadHeader("headers must be a mapping of names to texts")
    return [_encoded(name, value) for name, value in headers.items()]


def _encoded(name: Any, value: Any) -> tuple[bytes, bytes]:
    if not isinstance(name, str) or not is_token(name):
        raise BadHeader("the name of a header can be none")  # and may be a key in the wrong place
    if name.lower() in _OF_THE_WIRE:
        raise BadHeader(f"the header {name} is set by the client itself")
    if not isinstance(value, str) or not _VALUE.fullmatch(value):
        found = "has characters that no header can carry" if isinstance(value, str) else "is no text"
        raise BadHeader(f"the value of the header {name} {found}")
    return name.encode(), value.strip().encode()


def merged(headers: Headers, over: Headers) -> Headers:
    """Return *headers* with *over* in place of those that bear the same names, in any case."""
    names = names_of(over)
    return [pair for pair in headers if pair[0].lower() not in names] + over


def names_of(headers: Iterable[tuple[bytes, bytes]]) -> set[bytes]:
    """Return the names of *headers* in lower case."""
    return {name.lower() for name, _ in headers}


class AnswerHeaders(Mapping[str, str]):
    """The headers of an answer; names are found in any case. One that came several times is one with commas.

    Quick to ask for many names that are not there, as whoever looks for a remote's own words does.
    """

    __slots__ = ("_values",)

    def __init__(self, headers: Iterable[tuple[bytes, bytes]]) -> None:
        values: dict[str, str] = {}
        for raw_name, raw_value in headers:
            # Names are the same in each answer: of many that are held, each name is kept once.
            name, value = sys.intern(_decoded(raw_name).lower()), _decoded(raw_value)
            values[name] = f"{values[name]}, {value}" if name in values else value
        self._values = values

    def __getitem__(self, name: str) -> str:
        return self._values[name.lower()]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and name.lower() in self._values

    def get(self, name: str, default: Any = None) -> Any:
        """Return a header's value, or *default*."""
        return self._values.get(name.lower(), default)


def _decoded(text: bytes) -> str:
    try:
        return text.decode()
    except UnicodeDecodeError:
        return text.decode("latin-1")
