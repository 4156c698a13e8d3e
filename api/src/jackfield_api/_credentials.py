"""Credentials: a secret and the header it travels in, put on a request at the last moment."""

from __future__ import annotations

import re
from typing import Final

import attrs

from jackfield import AuthenticationRequired, Secret

_SCHEME: Final = re.compile(r"bearer(\s+|$)", re.IGNORECASE)
_KEY: Final = re.compile(r"[\x21-\x7e]+")
_QUOTES: Final = "\"'`"


def _checked(secret: Secret) -> Secret:
    """Return *secret* without a pasted `Bearer ` in front of it.

    Raises:
        AuthenticationRequired: It cannot be a key. The message tells what is wrong, never what it is.
    """
    key = secret.reveal()
    if scheme := _SCHEME.match(key):
        key = key[scheme.end() :]
    if not key:
        raise AuthenticationRequired("the key is empty")
    if not _KEY.fullmatch(key):
        fault = (
            "white space or control characters inside it"
            if key.isascii()
            else "characters that are not ASCII"
        )
        raise AuthenticationRequired(f"malformed key: it has {fault}", hint=_HINT)
    if key[0] in _QUOTES or key[-1] in _QUOTES:
        raise AuthenticationRequired("malformed key: it has quotes round it", hint=_HINT)
    return Secret(key)


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

    def revealed(self) -> tuple[bytes, bytes]:
        """Return the header as it goes on the wire. Call it at the last moment."""
        key = self.secret.reveal()
        return self.header.encode(), f"{self.scheme} {key}".encode() if self.scheme else key.encode()
