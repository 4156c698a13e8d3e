"""Secrets. Rule: a secret leaves this type through `Secret.reveal` and nowhere else.

Redaction needs to know the values in use, so every living secret is remembered weakly; when the last
holder lets go of one, it is forgotten here too.
"""

from __future__ import annotations

import itertools
import re
import threading
import weakref
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, ClassVar, Final, NoReturn, SupportsIndex

from ._values import FrozenMapping

MASK: Final = "**********"
_SHORTEST_REDACTED: Final = 8
_PERCENT: Final = re.compile(r"%[0-9A-F]{2}")
_URL_SAFE: Final = str.maketrans("+/", "-_")

_FEW: Final = 200
"""Up to so many forms, looking for each in a text is quicker than looking at each place of the text."""
_DEEPEST: Final = 50

_living: dict[int, tuple[weakref.ref[Secret], frozenset[str]]] = {}
"""Every living secret by a number of ours, and the ways in which its value may stand in a text."""
_forms: Final[dict[str, int]] = {}
"""Every form of a living secret, and how many secrets have it."""
_by_beginning: Final[dict[str, dict[str, int]]] = {}
"""The same by their first 8 characters; no form is shorter."""
_dropped: Final[deque[int]] = deque()
"""Secrets that are gone and not yet struck from the books."""
_books: Final = threading.Lock()
_numbers: Final = itertools.count()


class Secret:
    """A credential that cannot be printed, pickled, copied, hashed or compared in variable time.

    Args:
        value: The secret itself. White space around it is dropped: a pasted key often ends in a newline.

    Raises:
        TypeError: *value* is neither a `str` nor a `Secret`.
    """

    __slots__ = ("__value", "__weakref__")
    _is_masked: ClassVar[bool] = True

    def __init__(self, value: str | Secret) -> None:
        if isinstance(value, Secret):
            value = value.reveal()
        if not isinstance(value, str):
            raise TypeError(f"a secret is a str, not {type(value).__name__}")
        self.__value = value.strip()
        if self._is_masked:
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

    __hash__: ClassVar[None]  # type: ignore[assignment]

    def __reduce_ex__(self, _: SupportsIndex) -> NoReturn:
        # Pickling and copying both begin here; what else there is to begin with is not looked for before it.
        raise TypeError("a Secret cannot be pickled or copied; pass the object itself")

    def __getstate__(self) -> NoReturn:
        raise TypeError("a Secret cannot be pickled or copied; pass the object itself")


class VariableName(Secret):
    """The name of an environment variable, where a secret is due: errors and logs may tell it."""

    __slots__ = ()
    _is_masked = False


def redact(text: str) -> str:
    """Return *text* with every living secret of 8 characters or more masked; *text* itself if none is in it.

    The value is also found as it travels or is printed: URL-encoded, in base64 (a user's name and a colon
    before it or not), and as JSON, HTML or a repr escapes it. What it costs depends on the text, not on how
    many secrets live.
    """
    pieces: list[str] = []
    end = 0
    # Where secrets overlap, as when one is the beginning of another, all that belongs to any is masked.
    for start, stop in sorted(_places(text)):
        if start >= end:
            pieces += [text[end:start], MASK]
        end = max(end, stop)
    return "".join([*pieces, text[end:]]) if pieces else text


def redacted(value: Any) -> Any:
    """Return *value* with every living secret masked in its texts, however deep in mappings and lists.

    It is *value* itself where there is nothing to mask. What is no text, mapping, list, tuple or set stays.
    """
    return _redacted(value, _DEEPEST) if _forms else value


def _redacted(value: Any, depth: int) -> Any:
    if isinstance(value, str):
        return redact(value)
    if not isinstance(value, Mapping | list | tuple | set | frozenset):
        return value
    if not depth:
        return MASK
    old = [part for item in value.items() for part in item] if isinstance(value, Mapping) else list(value)
    new = [_redacted(item, depth - 1) for item in old]
    if all(one is other for one, other in zip(old, new, strict=True)):
        return value
    if isinstance(value, Mapping):
        return FrozenMapping(zip(new[::2], new[1::2], strict=True))
    kind = next(kind for kind in (list, tuple, set, frozenset) if isinstance(value, kind))
    return kind(new)


def _places(text: str) -> Iterator[tuple[int, int]]:
    """Yield where a form of a living secret begins and ends in *text*."""
    if len(_forms) <= _FEW:
        for form in _now(_forms):
            start = text.find(form)
            while start >= 0:
                yield start, start + len(form)
                start = text.find(form, start + 1)
        return
    for start in range(len(text) - _SHORTEST_REDACTED + 1):
        if forms := _by_beginning.get(text[start : start + _SHORTEST_REDACTED]):
            yield from ((start, start + len(form)) for form in _now(forms) if text.startswith(form, start))


def _now(forms: dict[str, int]) -> dict[str, int]:
    """Return a copy to go through: a secret may be made or dropped meanwhile, here by the collector as well.

    A dict is copied in one step. A tuple of it is not: making room for it may call the collector.
    """
    return forms.copy()


def _encoded(secret: Secret) -> bytes:
    return secret.reveal().encode("utf-8", "surrogatepass")


def _remember(secret: Secret) -> None:
    written, number = frozenset(_written(secret.reveal())), next(_numbers)

    def forget(_: weakref.ref[Secret]) -> None:
        _dropped.append(number)
        _settle()

    with _books:
        _living[number] = weakref.ref(secret, forget), written
        _count(written, 1)
    _settle()


def _settle() -> None:
    """Strike the dropped secrets from the books."""
    # The collector calls this in any thread and at any step, in the midst of this very function too: who
    # cannot have the books leaves it to their holder, who looks again after giving them back.
    while _dropped and _books.acquire(blocking=False):
        try:
            while _dropped:
                _, written = _living.pop(_dropped.popleft())
                _count(written, -1)
        finally:
            _books.release()


def _count(written: Iterable[str], more: int) -> None:
    """Keep the books of forms when a secret is made or dropped; whoever calls this holds them."""
    for form in written:
        beginning = form[:_SHORTEST_REDACTED]
        for forms in (_forms, _by_beginning.setdefault(beginning, {})):
            forms[form] = forms.get(form, 0) + more
            if not forms[form]:
                del forms[form]
        if not _by_beginning[beginning]:
            del _by_beginning[beginning]


def _written(value: str) -> Iterator[str]:
    """Yield the ways in which *value* may stand in a text."""
    import base64
    import html
    import json
    from urllib.parse import quote, quote_plus

    if len(value) < _SHORTEST_REDACTED:
        return
    yield value
    yield repr(value)[1:-1]
    for as_json in (json.dumps(value)[1:-1], json.dumps(value, ensure_ascii=False)[1:-1]):
        yield as_json
        yield as_json.replace("/", "\\/")
    for marks in (True, False):
        yield html.escape(value, quote=marks)
        yield html.escape(value, quote=marks).replace("&#x27;", "&#39;").replace("&quot;", "&#34;")
    for encode in (quote, quote_plus):
        for safe in ("", "/", "!'()*"):
            encoded = encode(value, safe=safe, errors="replace")
            yield encoded
            yield _PERCENT.sub(lambda found: found[0].lower(), encoded)
    raw = value.encode("utf-8", "surrogatepass")
    for before in range(3):
        # Of the first and the last group of four letters, some bits are the neighbours'.
        encoded = base64.b64encode(b"\0" * before + raw).decode()
        inner = encoded[4 if before else 0 : None if (before + len(raw)) % 3 == 0 else -4]
        yield inner
        yield inner.translate(_URL_SAFE)
