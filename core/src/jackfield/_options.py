"""Options: a mapping becomes an options class, strictly. Wrong keys and wrong types are told before any I/O.

cattrs would take `5.9` for an int and let unknown keys pass; here neither happens, and a message never
repeats a value, because a secret may have been put in the wrong place.
"""

from __future__ import annotations

import functools
import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from types import NoneType, UnionType
from typing import (
    TYPE_CHECKING,
    Any,
    Final,
    Literal,
    TypeVar,
    Union,
    cast,
    get_args,
    get_origin,
    get_type_hints,
)

import attrs

from ._blame import as_ours, is_plugins_fault
from ._exceptions import ConfigError, ContractBroken, JackfieldError, ProviderError
from ._names import near_names
from ._values import describe, frozen_mapping

if TYPE_CHECKING:
    from cattrs import Converter

_INTEGER: Final = re.compile(r"[+-]?[0-9]{1,9}", re.ASCII)
_NUMBER: Final = re.compile(r"[+-]?[0-9]{1,9}(\.[0-9]{1,9})?", re.ASCII)
_BOOLEANS: Final = {
    "1": True,
    "true": True,
    "yes": True,
    "on": True,
    "0": False,
    "false": False,
    "no": False,
    "off": False,
}

Options = TypeVar("Options")


def at_least(least: float) -> Callable[[Any, attrs.Attribute[Any], Any], None]:
    """Return an attrs validator: the number is finite and not less than *least*."""

    def check(_: Any, attribute: attrs.Attribute[Any], value: float | None) -> None:
        if value is not None and not (math.isfinite(value) and value >= least):
            raise ConfigError(f"{attribute.name} must be {least:g} or more")

    return check


@attrs.frozen(kw_only=True)
class ProviderOptions:
    """Settings that every connection has. A provider's options class adds its own.

    An option may be of a type that reads itself: a class with `from_option(text)`, which returns the value or
    raises `ConfigError`. Programs may give the value as well as its text.

    Attributes:
        timeout: Seconds a whole request may take, waits included; None for no limit.
        max_retries: Retries after the first attempt; a ceiling, not a target.
        base_delay: Seconds from which the wait between attempts doubles.
        cap_delay: The longest such wait, in seconds.
        retry_after_cap: Seconds; a remote that asks for a longer wait ends the request instead.
        retry_uncertain: Whether to send again when the remote may already have acted.
        open_timeout: Seconds that opening a connection may take, the login included; None for no limit.
        on_open: What a request does while the remote failed so often that it is left alone: `wait` until it
            is asked again, or `fail` at once with `CircuitOpen`.
        max_concurrency: Requests on the wire at once.
        max_queue: Requests that may wait for their turn.
        max_message_bytes: The largest request, in bytes.
        model_mapping: Model names as callers know them, to the remote's.
        default_model: The model of requests that name none; None leaves it to the remote.
    """

    timeout: float | None = attrs.field(default=600.0, validator=at_least(0.001))
    max_retries: int = attrs.field(default=20, validator=at_least(0))
    base_delay: float = attrs.field(default=2.0, validator=at_least(0))
    cap_delay: float = attrs.field(default=60.0, validator=at_least(0))
    retry_after_cap: float = attrs.field(default=120.0, validator=at_least(0))
    retry_uncertain: bool = False
    open_timeout: float | None = attrs.field(default=60.0, validator=at_least(0.001))
    on_open: Literal["wait", "fail"] = "wait"
    max_concurrency: int = attrs.field(default=8, validator=at_least(1))
    max_queue: int = attrs.field(default=1000, validator=at_least(0))
    max_message_bytes: int = attrs.field(default=4 * 2**20, validator=at_least(1))
    model_mapping: Mapping[str, str] = attrs.field(factory=dict, converter=frozen_mapping)
    default_model: str | None = None

    @property
    def needs_login(self) -> bool:
        """Whether this connection needs a login, though its provider may do without one."""
        return False


@attrs.frozen
class FromEnvironment:
    """The text of an environment variable, to be read as an option's type."""

    variable: str
    text: str = attrs.field(repr=False)


def build_options(
    options_class: type[Options],
    given: Mapping[str, Any] | None = None,
    *,
    where: str,
    environment: Mapping[str, FromEnvironment] | None = None,
) -> Options:
    """Build an options object from what was *given*; the *environment* fills in what was not.

    Args:
        options_class: The provider's options class.
        given: Option names to values, as from TOML or a program.
        where: Whose options they are, for messages.
        environment: Option names to the environment variables that hold them.

    Raises:
        ConfigError: An option is unknown, has the wrong type or is out of range.
        ContractBroken: The options class has a field of a type that no configuration can hold.
    """
    given = dict(given or {})
    hints = _hints(cast("Any", options_class))
    for name in given:
        if name not in hints:
            raise ConfigError(f"{where} has no option {str(name)!r}", hint=near_names(str(name), hints))
    for name, found in (environment or {}).items():
        if name in hints and name not in given and found.text.strip():
            given[name] = _parse(found, hints[name])
    return _structure(given, options_class, where)


def _structure(given: Mapping[str, Any], options_class: type[Options], where: str) -> Options:
    from cattrs import ClassValidationError, StructureHandlerNotFoundError

    hints, advice = _hints(cast("Any", options_class)), None
    try:
        if misfits := [fault for name in given for fault in _misfits(given[name], hints[name], name)]:
            raise ConfigError("; ".join(misfits))
        return _converter().structure(given, options_class)
    except ClassValidationError as error:
        faults, advice = "; ".join(faults_of(error)), hint_of(error)
    except ConfigError as error:
        faults, advice = error.message, error.hint
    except RecursionError:
        faults = "the options are nested too deeply"
    except StructureHandlerNotFoundError as error:
        raise ContractBroken(f"an option of {where} has a type that cannot be read: {error.type_}") from None
    except BaseException as error:
        # The class is the plugin's, and its checks may do anything; what they refuse came above.
        if not is_plugins_fault(error):
            raise
        raise as_ours(error, where, f"the options class of {where}") from error
    raise ConfigError(f"{where}: {faults}", hint=advice) from None


@functools.cache
def has_defaults(options_class: type[Any]) -> bool:
    """Whether an options class can be made of nothing."""
    return all(field.default is not attrs.NOTHING for field in attrs.fields(options_class) if field.init)


def _misfits(value: Any, kind: Any, path: str) -> Iterator[str]:
    """Yield each place where a list or a mapping is due and something else stands.

    cattrs would take a text for a list of its letters, and a mapping for a list of its keys.
    """
    kind, *others = _alternatives(kind)
    form, inner = get_origin(kind) or kind, get_args(kind)
    if others or value is None or not isinstance(form, type) or _reads_itself(form):
        return
    if issubclass(form, Mapping) or attrs.has(form):
        if isinstance(value, Mapping):
            kinds = _hints(form) if attrs.has(form) else dict.fromkeys(value, inner[1] if inner else Any)
            for name in filter(kinds.__contains__, value):
                yield from _misfits(value[name], kinds[name], f"{path}.{name}")
        else:
            yield f"option {path!r} must be a mapping; found {describe(value)}"
    elif issubclass(form, Iterable):
        if isinstance(value, list | tuple | set | frozenset):
            is_alike = inner[1:] in {(), (Ellipsis,)}
            for index, item in enumerate(value if inner else ()):
                item_kind = inner[0] if is_alike else inner[min(index, len(inner) - 1)]
                yield from _misfits(item, item_kind, f"{path}.{index}")
        else:
            yield f"option {path!r} must be a list; found {describe(value)}"


def faults_of(error: BaseException, path: str = "", *, noun: str = "option") -> list[str]:
    """Name every wrong field of a cattrs error by its path, without the values that cattrs would show.

    What a value's own class refuses says by itself what it is about.
    """
    from cattrs import ForbiddenExtraKeysError

    if isinstance(error, ForbiddenExtraKeysError):
        known = [field.name for field in attrs.fields(error.cl)]
        where = f"{noun} {path!r} " if path else ""
        extra = sorted(map(str, error.extra_fields))
        return [f"{where}has no {name!r}. {near_names(name, known)}" for name in extra]
    if not isinstance(error, BaseExceptionGroup):
        fault = error.message if isinstance(error, JackfieldError) else "is not of the expected form"
        colon = ":" if isinstance(error, ProviderError) else ""
        return [f"{noun} {path!r}{colon} {fault}" if path else fault]
    faults = []
    for inner in error.exceptions:
        notes = getattr(inner, "__notes__", ())
        name = next((str(step) for note in notes if (step := _step(note)) is not None), None)
        faults += faults_of(inner, path if name is None else f"{path}.{name}".lstrip("."), noun=noun)
    return faults


def hint_of(error: BaseException) -> str | None:
    """Return what the errors inside a cattrs error say to do, each thing once; None if nothing."""
    if not isinstance(error, BaseExceptionGroup):
        return error.hint if isinstance(error, JackfieldError) else None
    return " ".join(dict.fromkeys(filter(None, map(hint_of, error.exceptions)))) or None


def _step(note: Any) -> Any:
    return getattr(note, "name", getattr(note, "index", None))


@functools.cache
def _hints(options_class: Any) -> dict[str, Any]:
    kinds = get_type_hints(options_class)
    names = (field.name for field in attrs.fields(options_class) if field.init)
    return {name: kinds[name] for name in names if not name.startswith("_")}


def strict_converter() -> Converter:
    """Return a new converter that takes nothing for what it is not, and no field that it does not know."""
    from cattrs import Converter

    converter = Converter(forbid_extra_keys=True)
    for kind in (bool, int, float, str, bytes):
        converter.register_structure_hook(kind, _exactly)
    converter.register_structure_hook_func(_is_choice, _one_of)
    return converter


@functools.cache
def _converter() -> Converter:
    converter = strict_converter()
    converter.register_structure_hook_func(lambda kind: hasattr(kind, "from_option"), _read)
    return converter


def _reads_itself(kind: type) -> bool:
    return issubclass(kind, str | bytes) or hasattr(kind, "from_option")


def _is_choice(kind: Any) -> bool:
    return get_origin(kind) is Literal


def _one_of(value: Any, kind: Any) -> Any:
    for choice in get_args(kind):
        if type(value) is type(choice) and value == choice:
            return choice
    raise ConfigError(f"must be one of {', '.join(map(repr, get_args(kind)))}")


def _read(value: Any, kind: Any) -> Any:
    return value if isinstance(value, kind) else kind.from_option(_exactly(value, str))


_EXPECTED: Final = {
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    str: "text",
    bytes: "bytes",
}


def _exactly(value: Any, kind: type) -> Any:
    fits = type(value) is kind or (kind is float and type(value) is int)
    if not fits or (kind is float and not math.isfinite(value)):
        raise ConfigError(f"must be {_EXPECTED[kind]}; found {describe(value)}")
    return kind(value)


def _parse(found: FromEnvironment, kind: Any) -> Any:
    """Read an environment variable's text as *kind*; `int()` itself takes `1_0` and other alphabets."""
    wanted, text = _alternatives(kind)[0], found.text.strip()
    if wanted is bool and text.lower() in _BOOLEANS:
        return _BOOLEANS[text.lower()]
    if wanted is int and _INTEGER.fullmatch(text):
        return int(text)
    if wanted is float and _NUMBER.fullmatch(text):
        return float(text)
    if wanted not in {bool, int, float} and get_origin(wanted) in {None, Literal}:
        return text
    expected = _EXPECTED.get(wanted, "left out: such an option is set in the program or its configuration")
    raise ConfigError(f"the environment variable {found.variable} must be {expected}")


def _alternatives(kind: Any) -> tuple[Any, ...]:
    """Return what a value of *kind* may be besides None."""
    if get_origin(kind) not in {Union, UnionType}:
        return (kind,)
    return tuple(part for part in get_args(kind) if part is not NoneType)
