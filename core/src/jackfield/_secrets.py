"""Secrets. Rule: a secret leaves this type through `Secret.reveal` and nowhere else.

Redaction needs to know the values in use, so every living secret is remembered weakly; when the last
holder lets go of one, it is forgotten here too.
"""

from __future__ import annotations

import threading
import weakref
from collections.abc import Iterator
from typing import Final, NoReturn

MASK: Final = "**********"
_SHORTEST_REDACTED: Final = 8
_URL_SAFE: Final = str.maketrans("+/", "-_")

_living: dict[int, tuple[weakref.ref[Secret], frozenset[str]]] = {}
"""Every living secret by its identity, and the ways in which its value may stand in a text."""
_living_lock: Final = threading.RLock()


class Secret:
    """A credential that cannot be printed, pickled, copied, hashed or compared in variable time.

    Args:
        value: The secret itself. White space around it is dropped: a pasted key often ends in a newline.
        only_names: Whether it is the name of a secret, such as an environment variable's: then it may stand
            in messages.

    Raises:
        TypeError: *value* is neither a `str` nor a `Secret`.
    """

    __slots__ = ("__value", "__weakref__")

    def __init__(self, value: str | Secret, *, only_names: bool = False) -> None:
        if isinstance(value, Secret):
            value = value.reveal()
        if not isinstance(value, str):
            raise TypeError(f"a secret is a str, not {type(value).__name__}")
        self.__value = value.strip()
        if not only_names:
            _remember(self)

    def reveal(self) -> str:
        """Return the secret. The only door: call it at the last moment, where the wire needs it."""
        return self.__value

    def __repr__(self) -> str:
        return f"Secret('{MASK}')"

    def __str__(self) -> str:
        return MASK

    def __format__(self, format_spec: str) -> str:
        return MASK

    def __bool__(self) -> bool:
        return bool(self.__value)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Secret):
            return NotImplemented
        import hmac

        return hmac.compare_digest(self.__value.encode("utf-8", "surrogatepass"), _encoded(other))

    __hash__ = None  # type: ignore[assignment]

    def _refuse(self, *_: object) -> NoReturn:
        raise TypeError("a Secret cannot be pickled or copied; pass the object itself")

    __reduce__ = __reduce_ex__ = __copy__ = __deepcopy__ = __getstate__ = _refuse


def redact(text: str) -> str:
    """Return *text* with every living secret of 8 characters or more masked.

    The value is also found as it travels or is printed: URL-encoded, in base64 (a user's name and a colon
    before it or not), and as JSON or a repr escapes it.
    """
    # The longest first: a secret may be the beginning of another one.
    for form in sorted(_forms(), key=len, reverse=True):
        if form in text:
            text = text.replace(form, MASK)
    return text


def _encoded(secret: Secret) -> bytes:
    return secret.reveal().encode("utf-8", "surrogatepass")


def _remember(secret: Secret) -> None:
    key = id(secret)

    def forget(_: weakref.ref[Secret]) -> None:
        with _living_lock:
            _living.pop(key, None)

    written = frozenset(_written(secret.reveal()))
    with _living_lock:
        _living[key] = weakref.ref(secret, forget), written


def _forms() -> set[str]:
    with _living_lock:
        return {form for _, written in _living.values() for form in written}


def _written(value: str) -> Iterator[str]:
    """Yield the ways in which *value* may stand in a text."""
    import base64
    import json
    from urllib.parse import quote, quote_plus

    if len(value) < _SHORTEST_REDACTED:
        return
    yield value
    yield repr(value)[1:-1]
    yield json.dumps(value)[1:-1]
    for encode in (quote, quote_plus):
        for safe in ("", "/"):
            yield encode(value, safe=safe, errors="replace")
    raw = value.encode("utf-8", "surrogatepass")
    for before in range(3):
        # Of the first and the last group of four letters, some bits are the neighbours'.
        encoded = base64.b64encode(b"\0" * before + raw).decode()
        inner = encoded[4 if before else 0 : None if (before + len(raw)) % 3 == 0 else -4]
        yield inner
        yield inner.translate(_URL_SAFE)
