"""Credentials: a secret and the header it travels in, put on a request at the last moment."""

from __future__ import annotations

import re
from typing import Final

import attrs

from jackfield import AuthenticationRequired, Secret

_SCHEME: Final = re.compile(r"bearer(\s+|$)", re.IGNORECASE)
_KEY: Final = re.compile(r"[\x21-\x7e]+")
_QUOTES: Final = frozenset("\"'`")


def _checked(secret: Secret) -> Secret:
    """Return *secret* without a pasted `Bearer ` in front of it.

    Raises:
        AuthenticationRequired: It cannot be a key. Neither message nor locals tell what it is.
    """
    key = Secret(_without_scheme(secret.reveal()))
    if fault := _fault(key.reveal()):
        raise AuthenticationRequired(fault, hint=_HINT if key else None)
    return key


def _without_scheme(key: str) -> str:
    scheme = _SCHEME.match(key)
    return key[scheme.end() :] if scheme else key


def _fault(key: str) -> str | None:
    if not key:
        return "the key is empty"
    if not key.isascii():
        return "malformed key: it has characters that are not ASCII"
    if not _KEY.fullmatch(key):
        return "malformed key: it has white space or control characters inside it"
    return "malformed key: it has quotes round it" if {key[0], key[-1]} & _QUOTES else None


_HINT: Final = "Copy the key again, alone and whole."


@attrs.frozen
class Credential:
    """A key, and the header that takes it to the remote.

    Attributes:
        secret: The key. A `Bearer ` in front of it is dropped.
        header: The header's name.
        scheme: The word before the key; empty for none.

    Raises:
        AuthenticationRequired: The key is empty, or has something in it that no header can carry.
    """

    secret: Secret = attrs.field(converter=_checked)
    header: str = "Authorization"
    scheme: str = "Bearer"

    def __repr__(self) -> str:
        # Reporters that print locals ask for it while it is made, too, when the key was refused.
        return f"Credential(header={getattr(self, 'header', None)!r})"

    def revealed(self) -> tuple[bytes, bytes]:
        """Return the header as it goes on the wire. Call it at the last moment."""
        key = self.secret.reveal()
        return self.header.encode(), f"{self.scheme} {key}".encode() if self.scheme else key.encode()
