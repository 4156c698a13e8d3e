"""What all values share: they are of the types that they name, read-only, and can travel.

A wrong type is told where the value is made, not by whoever stumbles over it later; what is told names the
field, what was expected and what kind of thing was found, never the thing itself.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Mapping
from types import NoneType
from typing import Any, Final, NoReturn

import attrs

_KINDS: Final = {
    bool: "true or false",
    int: "a whole number",
    float: "a fraction",
    str: "text",
    bytes: "bytes",
    NoneType: "nothing",
}


def describe(value: object) -> str:
    """Return what kind of thing *value* is, in a word or two."""
    if isinstance(value, float) and not math.isfinite(value):
        return "a number that is not finite"
    return _KINDS.get(type(value), type(value).__name__)


def fits_float(value: float) -> bool:
    """Whether a float can hold the number; a whole number may be too large for one."""
    try:
        float(value)
    except OverflowError:
        return False
    return True


def read_json(text: str | bytes) -> Any:
    """Return what a text of JSON says: no NaN, and no number too large for a float.

    Raises:
        ValueError: It is no JSON, or has such a number in it.
        RecursionError: It is nested too deeply.
    """
    return json.loads(text, parse_constant=_no_constant, parse_float=_finite)


def _no_constant(name: str) -> NoReturn:
    raise ValueError(name)


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(text)
    return number


def must_be(expected: str, *kinds: type) -> Callable[[Any, attrs.Attribute[Any], Any], None]:
    """Return an attrs validator: the value is of one of the *kinds*; True and False are no numbers."""

    def check(_: Any, field: attrs.Attribute[Any], value: object) -> None:
        if not isinstance(value, kinds) or (isinstance(value, bool) and bool not in kinds):
            raise TypeError(f"{field.name} must be {expected}; found {describe(value)}")

    return check


def number_as_text(name: object) -> Any:
    """Return a number that a remote gives as a name, such as a run's, as text; anything else as it is."""
    return str(name) if isinstance(name, int) and not isinstance(name, bool) else name


def to_texts(texts: str | Iterable[str]) -> tuple[str, ...]:
    """Return several texts as a tuple; a plain text is one of them."""
    return (texts,) if isinstance(texts, str) else tuple(texts)


class FrozenMapping(dict[str, Any]):
    """A read-only dict that pickles, copies, hashes and goes to JSON; `dict(…)` of it can be changed."""

    __slots__ = ()

    def _refuse(self, *_: object, **__: object) -> NoReturn:
        raise TypeError("this mapping is read-only; change a copy: dict(…)")

    __setitem__ = __delitem__ = __ior__ = _refuse
    clear = pop = popitem = setdefault = update = _refuse

    def __hash__(self) -> int:  # type: ignore[override]
        # The keys alone: equal mappings have the same, and a value may be something that has no hash.
        return hash(frozenset(self))

    def __reduce__(self) -> tuple[type[FrozenMapping], tuple[dict[str, Any]]]:
        return FrozenMapping, (dict(self),)


_NOTHING: Final = FrozenMapping()


def frozen_mapping(value: Mapping[str, Any] | None) -> Mapping[str, Any]:
    """Return a read-only copy of *value*, so that nobody changes what was already said."""
    return FrozenMapping(value) if value else _NOTHING
