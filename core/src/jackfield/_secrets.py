"""Secrets. Rule: a secret leaves this type through `Secret.reveal` and nowhere else.

Redaction needs to know the values in use, so every living secret is remembered weakly; when the last
holder lets go of one, it is forgotten here too.
"""

from __future__ import annotations

import base64
import threading
import weakref
from typing import TYPE_CHECKING, Final, NoReturn
from urllib.parse import quote

if TYPE_CHECKING:
    from collections.abc import Iterator

MASK: Final = "**********"
_SHORTEST_REDACTED: Final = 8

_living: dict[int, weakref.ref[Secret]] = {}
_living_lock: Final = threading.RLock()


class Secret:
    """A credential that cannot be printed, pickled, copied, hashed or compared in variable time.

    Args:
        value: The secret itself. White space around it is dropped: a pasted key often ends in a newline.

    Raises:
        TypeError: *value* is neither a `str` nor a `Secret`.
    """

    __slots__ = ("__value", "__weakref__")

    def __init__(self, value: str | Secret) -> None:
        if isinstance(value, Secret):
            value = value.reveal()
        if not isinstance(value, str):
            raise TypeError(f"a secret is a str, not {type(value).__name__}")
        self.__value = value.strip()
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

    The value is also found when URL-encoded or in base64, the two ways it travels on a wire.
    """
    for form in _forms():
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

    with _living_lock:
        _living[key] = weakref.ref(secret, forget)


def _forms() -> Iterator[str]:
    with _living_lock:
        secrets = [secret for ref in _living.values() if (secret := ref()) is not None]
    for secret in secrets:
        value = secret.reveal()
        if len(value) >= _SHORTEST_REDACTED:
            yield value
            yield quote(value, safe="", errors="replace")
            yield base64.b64encode(_encoded(secret)).decode().rstrip("=")
