"""From TOML to a `Site`, strictly: a wrong field is told by its path, a misspelt one with its near names.

What the user overrides is merged into the data before it is read: tables merge, lists and values replace.
"""

from __future__ import annotations

import datetime as dt
import functools
import math
import re
import tomllib
from collections.abc import Callable, Mapping
from typing import Any, Final, Literal, TypeAlias, get_args, get_origin

import attrs
from cattrs import ClassValidationError, Converter, ForbiddenExtraKeysError, transform_error
from cattrs.cols import homogenous_tuple_structure_factory

from jackfield import ConfigError, near_names

from ._address import require_web
from ._site import Site, Variant

_BASE: Final = "{base_url}"
_OF_A_VARIANT: Final = ("name", "shows", "site")
_TABLES: Final = "must be a list; a table in one is written with two pairs of brackets, such as [[wires]]"
_EXPECTED: Final = {bool: "true or false", int: "a whole number", float: "a number", str: "text"}


Beside: TypeAlias = Callable[[str], Mapping[str, Any]]
"""Returns what a description beside this one says, by its name; raises `ConfigError`."""


def load_site(
    text: str,
    overrides: Mapping[str, Any] | None = None,
    *,
    where: str = "site",
    beside: Beside | None = None,
) -> Site:
    """Read a Site from TOML.

    Args:
        text: The TOML.
        overrides: What the user says otherwise, in the same form.
        where: Whose Site it is, for messages.
        beside: Finds the descriptions that its variants name; None where it lies in no folder.

    Raises:
        ConfigError: It is no TOML, or no Site.
    """
    return build_site(read_toml(text, where), overrides, where=where, beside=beside)


def read_toml(text: str, where: str) -> dict[str, Any]:
    """Return what TOML says.

    Raises:
        ConfigError: It is none.
    """
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{where} is not TOML: {error}") from None


def build_site(
    data: Mapping[str, Any],
    overrides: Mapping[str, Any] | None = None,
    *,
    where: str = "site",
    beside: Beside | None = None,
) -> Site:
    """Build a Site from *data* and what the user says otherwise.

    Raises:
        ConfigError: A field is unknown, missing, or not what it must be; all of them are told at once.
    """
    merged = _merge(data, overrides or {})
    told = merged.pop("variants", [])
    if isinstance(told, Mapping):
        raise ConfigError(f"{where}.variants {_TABLES}")
    if not isinstance(told, list) or not all(isinstance(one, Mapping) for one in told):
        raise ConfigError(f"{where}.variants is not of the expected form")
    site = _structured(merged, where)
    variants = []
    for at, one in enumerate(told):
        place = f"{where}.variants[{at}]"
        variant_of = {**_below(one, data, place, beside), "base_url": site.base_url}
        own = {name: value for name, value in one.items() if name not in _OF_A_VARIANT}
        variants.append(_variant(one, _merge(variant_of, own), overrides or {}, place))
    return attrs.evolve(site, variants=tuple(variants))


def _below(
    one: Mapping[str, Any], data: Mapping[str, Any], place: str, beside: Beside | None
) -> Mapping[str, Any]:
    """Return what a variant says, but for what stands in its own table."""
    if "site" not in one:
        return data
    if beside is None:
        raise ConfigError(f"{place}.site names a file, and this description lies in no folder")
    return beside(str(one["site"]))


def _variant(
    one: Mapping[str, Any], data: Mapping[str, Any], overrides: Mapping[str, Any], place: str
) -> Variant:
    if missing := {"name", "shows"} - one.keys():
        raise ConfigError(f"{place} needs {' and '.join(sorted(missing))}")
    full = {name: value for name, value in _merge(data, overrides).items() if name != "variants"}
    try:
        shows = _texts(one["shows"], None)
    except ValueError as error:
        raise ConfigError(f"{place}.shows {error}") from None
    return Variant(name=str(one["name"]), shows=shows, site=_structured(full, place))


def _structured(merged: dict[str, Any], where: str) -> Site:
    try:
        return _converter().structure(_placed(merged, where), Site)
    except ClassValidationError as error:
        faults = transform_error(error, path=where, format_exception=_explain)
    raise ConfigError("; ".join(map(_path_first, faults)))


def _merge(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(below)
    for name, value in above.items():
        under = merged.get(name)
        both = isinstance(under, Mapping) and isinstance(value, Mapping)
        merged[name] = _merge(under, value) if both else value  # type: ignore[arg-type]  # both are mappings
    return merged


def _placed(data: dict[str, Any], where: str) -> dict[str, Any]:
    """Put the base address in its places."""
    base = str(data.get("base_url", "")).rstrip("/")
    if base:
        base = _checked_base(base, where)
    placed = {**data, "base_url": base}
    if isinstance(addresses := data.get("addresses", {}), Mapping):
        addresses = {"start": _BASE + "/", **addresses}
        placed["addresses"] = {name: _fill_in(name, value, base, where) for name, value in addresses.items()}
    for table, field, written in (("wires", "url", re.escape(base)), ("login", "value", base)):
        if isinstance(told := data.get(table), list):
            placed[table] = [
                {**one, field: _fill_in(field, one[field], written, where)}
                if isinstance(one, Mapping) and field in one
                else one
                for one in told
            ]
    return placed


def _checked_base(base: str, where: str) -> str:
    """Return the base address as the browser writes it, which is how pages and wires are told by it."""
    try:
        address = require_web("base_url", base)
    except ValueError as error:
        raise ConfigError(f"{where}.{error}") from None
    if re.search("[?#]", base):
        raise ConfigError(
            f"{where}.base_url must have no query and no fragment; found one after "
            f"{re.split('[?#]', base)[0]}. An address that has one may stand in addresses.start"
        )
    return address.href.rstrip("/")


def _fill_in(name: str, value: Any, base: str, where: str) -> Any:
    if isinstance(value, list):
        return [_fill_in(name, item, base, where) for item in value]
    if not isinstance(value, str) or _BASE not in value:
        return value
    if not base:
        raise ConfigError(f"{where} needs base_url, the address of the page", hint='For example "http://…"')
    return value.replace(_BASE, re.escape(base) if name == "conversation" else base)


@functools.cache
def _converter() -> Converter:
    converter = Converter(forbid_extra_keys=True)
    for kind in _EXPECTED:
        converter.register_structure_hook(kind, _exactly)
    converter.register_structure_hook(dt.date, _a_day)
    converter.register_structure_hook_func(_is_choice, _one_of)
    converter.register_structure_hook_factory(_is_list, _a_list)
    converter.register_structure_hook_func(_is_texts, _texts)
    return converter


def _is_choice(kind: Any) -> bool:
    return get_origin(kind) is Literal


def _is_texts(kind: Any) -> bool:
    return bool(kind == tuple[str, ...])


def _is_list(kind: Any) -> bool:
    return get_origin(kind) is tuple


def _a_list(kind: Any, converter: Converter) -> Callable[[Any, Any], Any]:
    structure = homogenous_tuple_structure_factory(kind, converter)

    def of(value: Any, kind: Any) -> Any:
        fits = isinstance(value, list | tuple)
        if not fits:
            raise ValueError(_TABLES if isinstance(value, Mapping) else f"must be a list; found {value!r}")
        return structure(value, kind)

    return of


def _exactly(value: Any, kind: type) -> Any:
    fits = type(value) is kind or (kind is float and type(value) is int)
    if not fits or (kind is float and not math.isfinite(value)):
        raise ValueError(f"must be {_EXPECTED[kind]}; found {value!r}")
    return kind(value)


def _a_day(value: Any, _: Any) -> dt.date:
    if isinstance(value, str):
        value = dt.date.fromisoformat(value)
    if type(value) is not dt.date:
        raise ValueError(f"must be a day such as 2026-11-23; found {value!r}")
    return value


def _one_of(value: Any, kind: Any) -> Any:
    known = get_args(kind)
    if value not in known:
        raise ValueError(f"cannot be {value!r}. {near_names(str(value), known)}")
    return value


def _texts(value: Any, _: Any) -> tuple[str, ...]:
    texts = [value] if isinstance(value, str) else value
    if not isinstance(texts, list | tuple) or not all(isinstance(text, str) and text for text in texts):
        raise ValueError(f"must be text or a list of texts; found {value!r}")
    return tuple(texts)


def _explain(error: BaseException, _: type | None) -> str:
    if isinstance(error, ForbiddenExtraKeysError):
        known = [field.name for field in attrs.fields(error.cl)]
        return " ".join(
            f"has no field {name!r}. {near_names(name, known)}" for name in sorted(error.extra_fields)
        )
    if isinstance(error, KeyError):
        return "is missing"
    if isinstance(error, ValueError | ConfigError):
        return str(error)
    return "is not of the expected form"


def _path_first(fault: str) -> str:
    """Turn cattrs' `what @ path` into a sentence."""
    told, _, path = fault.rpartition(" @ ")
    return f"{path} {told}"
