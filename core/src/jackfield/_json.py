"""Values as JSON and back: one form for the command, for journals and for whoever else keeps them.

What was written is read back as it was, or is refused; nothing is guessed and nothing is dropped. The form
is told by the classes themselves: a value is an object of its fields, those at their default left out. Where
values of several kinds can stand, `type` says which; a mapping never is one, whatever is in it.

A new field with a default leaves `FORM` as it is, for older texts still read. Who renames a field or a type,
or takes one away, raises it.
"""

from __future__ import annotations

import base64
import collections.abc
import enum
import functools
import inspect
import json
import math
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from types import GenericAlias, UnionType
from typing import TYPE_CHECKING, Any, Final, TypeAlias, Union, cast, get_args, get_origin

import attrs

from . import _events, _exceptions, _parts, _requests
from ._batches import BatchReading
from ._events import StreamEvent
from ._exceptions import (
    Certainty,
    ChallengeRequired,
    ContractBroken,
    DeadlineExceeded,
    JackfieldError,
    JsonRefused,
    PluginError,
    ProviderError,
)
from ._messages import Message
from ._models import Model
from ._names import near_names
from ._options import faults_of, hint_of, strict_converter
from ._parts import FileId, Part, Source, Url
from ._requests import Embeddings, Request
from ._secrets import redacted
from ._types import ChatRequest, ChatResponse
from ._values import describe, read_json

if TYPE_CHECKING:
    from cattrs import Converter

FORM: Final = 1
"""The number of the form, in every text under the name `jackfield`."""

TYPES: Final[Mapping[str, type[Any]]] = {
    "chat_request": ChatRequest,
    "attach_request": _requests.AttachRequest,
    "models_request": _requests.ModelsRequest,
    "embed_request": _requests.EmbedRequest,
    "batch_request": _requests.BatchRequest,
    "read_batch_request": _requests.ReadBatchRequest,
    "chat_response": ChatResponse,
    "embeddings": Embeddings,
    "batch_reading": BatchReading,
    "model": Model,
    "message": Message,
    "text": _parts.TextPart,
    "image": _parts.ImagePart,
    "file": _parts.FilePart,
    "audio": _parts.AudioPart,
    "reasoning": _parts.ReasoningPart,
    "tool_call": _parts.ToolCallPart,
    "tool_result": _parts.ToolResultPart,
    "refusal": _parts.RefusalPart,
    "opaque": _parts.OpaquePart,
    "response_started": _events.ResponseStarted,
    "part_started": _events.PartStarted,
    "text_delta": _events.TextDelta,
    "reasoning_delta": _events.ReasoningDelta,
    "tool_arguments_delta": _events.ToolArgumentsDelta,
    "part_finished": _events.PartFinished,
    "text_replaced": _events.TextReplaced,
    "activity_reported": _events.ActivityReported,
    "usage_reported": _events.UsageReported,
    "response_finished": _events.ResponseFinished,
    "error": JackfieldError,
}
"""What `type` says, and what it means."""

ERRORS: Final[Mapping[str, type[JackfieldError]]] = {
    name: found
    for name, found in vars(_exceptions).items()
    if inspect.isclass(found) and issubclass(found, JackfieldError)
}
"""The public errors by what `class` says."""

Value: TypeAlias = (
    Request | ChatResponse | Embeddings | BatchReading | Model | Message | Part | StreamEvent | JackfieldError
)
"""What goes to JSON and comes back."""

_NAMES: Final = {kind: name for name, kind in TYPES.items()}
_ANY_TYPE: Final = tuple(TYPES.values())
_SCALARS: Final = frozenset({str, int, bool, type(None)})
_STATUS: Final = int | str | None
_SOURCE: Final = 'one of {"base64": …}, {"url": …} and {"provider": …, "file": …}'
_NEWER: Final = "A newer Jackfield may have written it."
_LONGEST_NAME: Final = 60
_TELLS_OF_REQUEST: Final[Mapping[str, Any]] = {
    "certainty": Certainty,
    "attempts": int,
    "request_id": str,
    "handle": str | None,
    "url": str | None,
    "partial": str,
}
_ERROR_FIELDS: Final[Mapping[type[JackfieldError], Mapping[str, Any]]] = {
    JackfieldError: {"message": str, "hint": str | None},
    PluginError: {"plugin": str, "distribution": str},
    ContractBroken: _TELLS_OF_REQUEST,
    ProviderError: {
        **_TELLS_OF_REQUEST,
        "certainty_is_told": bool,
        "retry_after": float | None,
        "should_retry": bool | None,
        "status": _STATUS,
        "code": str | None,
        "remote_request_id": str | None,
        "headers": Mapping[str, str],
        "provider": str,
        "connection": str,
        "operation": str,
        "elapsed": float,
        "most_retries": float,
    },
    ChallengeRequired: {"address": str | None, "screenshot": Path | None},
    DeadlineExceeded: {"phase": str},
}
"""The fields of errors, which are no attrs classes: each has those of its parents too."""


def to_json(value: Value) -> str:
    """Return a request, an answer, a message, a part, an event or an error as a line of JSON in ASCII.

    An error of a plugin's own class goes as the nearest class that is public; every living secret in an error
    is masked. In mappings a tuple is a list afterwards.

    Raises:
        JsonRefused: It holds what JSON cannot: a number that is not finite, an object in a mapping.
        TypeError: It is none of these values.
    """
    if type(value) not in _NAMES and not isinstance(value, JackfieldError):
        raise TypeError(
            f"to_json takes requests, answers, messages, parts, events and errors; found {describe(value)}"
        )
    try:
        form = _plain({"jackfield": FORM, **_converter().unstructure(value, Value)})
        return json.dumps(form, allow_nan=False)
    except _Unfit as unfit:
        raise JsonRefused(
            f"{type(value).__name__}.{'.'.join(unfit.path)} is {unfit.found}, which JSON cannot hold",
            hint="Where it comes from, make it text, a finite number, true or false, a list or a mapping.",
        ) from None
    except (ValueError, RecursionError):
        raise JsonRefused(
            f"a {type(value).__name__} is nested too deeply for JSON, or has too large a number"
        ) from None


def from_json(text: str | bytes | Mapping[str, Any]) -> Value:
    """Return the value that `to_json` wrote.

    Args:
        text: What it wrote, or the same as a mapping: part of a larger object that was read already.

    Raises:
        JsonRefused: It is no JSON, was written in another form, has an unknown type or field, or a value in
            it is none that its class takes.
    """
    form = _read(text)
    version = form.pop("jackfield", None)
    if type(version) is not int or version != FORM:
        found = version if type(version) is int else describe(version)
        raise JsonRefused(f'the form is {found}; this Jackfield reads "jackfield": {FORM}', hint=_NEWER)
    from cattrs import ClassValidationError, IterableValidationError

    advice = None
    try:
        return cast("Value", _converter().structure(form, cast("Any", Value)))
    except (ClassValidationError, IterableValidationError, JackfieldError) as error:
        faults, advice = "; ".join(faults_of(error, noun="field")), hint_of(error)
    except RecursionError:
        faults = "it is nested too deeply"
    raise JsonRefused(f"this is no value of Jackfield's: {faults}", hint=advice)


def _read(text: str | bytes | Mapping[str, Any]) -> dict[str, Any]:
    try:
        form = _plain(text) if isinstance(text, Mapping) else read_json(text)
    except _Unfit as unfit:
        raise JsonRefused(f"{'.'.join(unfit.path)} is {unfit.found}, which JSON cannot hold") from None
    except (ValueError, RecursionError):
        raise JsonRefused(
            "the text is no JSON, is nested too deeply, or has too large a number in it"
        ) from None
    if not isinstance(form, dict):
        raise JsonRefused(f"a value of Jackfield's is a JSON object; found {describe(form)}")
    return form


class _Unfit(Exception):
    """Something that JSON cannot hold, and the way to it."""

    def __init__(self, found: str) -> None:
        super().__init__(found)
        self.found = found
        self.path: list[str] = []


def _plain(value: Any) -> Any:
    """Return *value* as what JSON has: json.dumps itself would write a key that is a number as text."""
    if type(value) in _SCALARS:
        return value
    if isinstance(value, Mapping):
        return dict(zip(map(_key, value), _plain_items(value.items()), strict=True))
    if isinstance(value, list | tuple):
        return list(_plain_items(enumerate(value)))
    if not isinstance(value, str | int | float) or (isinstance(value, float) and not math.isfinite(value)):
        raise _Unfit(describe(value))
    return value


def _plain_items(items: Iterable[tuple[Any, Any]]) -> Iterable[Any]:
    for name, item in items:
        try:
            yield _plain(item)
        except _Unfit as unfit:
            unfit.path.insert(0, str(name))
            raise


def _key(name: Any) -> str:
    if not isinstance(name, str):
        unfit = _Unfit(f"under a name that is {describe(name)}")
        unfit.path.append(str(name)[:_LONGEST_NAME])
        raise unfit
    return name


def error_form(kind: type[JackfieldError]) -> type[Any]:
    """Return the attrs class that has the fields of the public error *kind*, with their defaults.

    Certainty is always written: whether something may be asked again is nothing to be looked up elsewhere.
    """
    fresh, fields = kind(""), {}
    for base in reversed(kind.__mro__):
        for name, annotation in _ERROR_FIELDS.get(base, {}).items():
            default = attrs.Factory(dict) if name == "headers" else getattr(fresh, name)
            is_needed = name in {"message", "certainty"}
            fields[name] = attrs.field(type=annotation, default=attrs.NOTHING if is_needed else default)
    return attrs.make_class(kind.__name__, fields, frozen=True, kw_only=True)


@functools.cache
def _form_of(name: str) -> type[Any]:
    return error_form(ERRORS[name])


def _error_to_json(error: JackfieldError) -> dict[str, Any]:
    kind = next(base for base in type(error).__mro__ if ERRORS.get(base.__name__) is base)
    form = _form_of(kind.__name__)
    facts = {field.name: getattr(error, field.name) for field in attrs.fields(form)}
    # A remote repeats what it was sent; what arrived of the answer stays as it is there, as in the response.
    shown = redacted({name: fact for name, fact in facts.items() if name != "partial"})
    return {"class": kind.__name__, **_converter().unstructure(form(**{**facts, **shown}))}


def _error_from_json(value: Any, _: Any) -> JackfieldError:
    name, fields = _tagged(value, "class", ERRORS)
    form = _converter().structure(fields, _form_of(name))
    error = ERRORS[name](form.message, hint=form.hint)
    for field in attrs.fields(type(form)):
        if field.name not in {"message", "hint"}:
            fact = getattr(form, field.name)
            setattr(error, field.name, dict(fact) if field.name == "headers" else fact)
    return error


def _tagged(value: Any, tag: str, known: Iterable[str]) -> tuple[str, dict[str, Any]]:
    """Return what *tag* says in an object, and the rest of it."""
    if not isinstance(value, dict):
        raise JsonRefused(f"must be an object; found {describe(value)}")
    name = value.get(tag)
    if not isinstance(name, str):
        raise JsonRefused(f"must have a {tag!r} that is text; found {describe(name)}")
    if name not in known:
        raise JsonRefused(
            f"has an unknown {tag} {name[:_LONGEST_NAME]!r}. {near_names(name, known)} {_NEWER}"
        )
    return name, {field: item for field, item in value.items() if field != tag}


def _is_union(kind: Any) -> bool:
    """Whether values of several kinds can stand there, told apart by `type`."""
    return get_origin(kind) in {Union, UnionType} and all(one in _NAMES for one in get_args(kind))


def _union_to_json(value: Any) -> dict[str, Any]:
    kind = JackfieldError if isinstance(value, JackfieldError) else type(value)
    if kind not in _NAMES:
        raise _Unfit(describe(value))
    return {"type": _NAMES[kind], **_converter().unstructure(value, kind)}


def _union_from_json(value: Any, kind: Any) -> Any:
    known = {_NAMES[one]: one for one in get_args(kind)}
    name, fields = _tagged(value, "type", known)
    return _converter().structure(fields, known[name])


def _object_to_json(kind: Any, converter: Converter) -> Callable[[Any], dict[str, Any]]:
    from cattrs.gen import make_dict_unstructure_fn

    return make_dict_unstructure_fn(kind, converter, _cattrs_omit_if_default=True)


def _object_from_json(kind: Any, converter: Converter) -> Callable[[Any, Any], Any]:
    from cattrs.gen import make_dict_structure_fn

    make = make_dict_structure_fn(kind, converter)
    known = [field.name for field in attrs.fields(kind)]
    needed = [field.name for field in attrs.fields(kind) if field.default is attrs.NOTHING]

    def structure(value: Any, _: Any) -> Any:
        if not isinstance(value, dict):
            raise JsonRefused(f"must be an object; found {describe(value)}")
        for name in value:
            if name not in known:
                known_ones = near_names(name, known)
                raise JsonRefused(f"has an unknown field {name[:_LONGEST_NAME]!r}. {known_ones} {_NEWER}")
        if missing := [name for name in needed if name not in value]:
            raise JsonRefused(f"lacks {', '.join(map(repr, missing))}")
        return make(value, kind)

    return structure


def _list_from_json(kind: Any, converter: Converter) -> Callable[[Any, Any], Any]:
    """Refuse a text where a list is due: cattrs would take it for a list of its letters."""
    many: Any = GenericAlias(list, get_args(kind)[:1])
    structure = converter.get_structure_hook(many)

    def structure_list(value: Any, _: Any) -> tuple[Any, ...]:
        if not isinstance(value, list):
            raise JsonRefused(f"must be a list; found {describe(value)}")
        return tuple(structure(value, many))

    return structure_list


def _mapping_from_json(kind: Any, converter: Converter) -> Callable[[Any, Any], Any]:
    inner = get_args(kind)[1]
    whole: Any = GenericAlias(dict, (str, inner))
    structure = None if inner is Any else converter.get_structure_hook(whole)

    def structure_mapping(value: Any, _: Any) -> Any:
        if not isinstance(value, dict):
            raise JsonRefused(f"must be an object; found {describe(value)}")
        return structure(value, whole) if structure else value

    return structure_mapping


def _source_to_json(source: Source) -> dict[str, str]:
    if isinstance(source, bytes):
        return {"base64": base64.b64encode(source).decode()}
    if isinstance(source, Url):
        return {"url": source.address}
    return {"provider": source.provider, "file": source.id}


def _source_from_json(value: Any, _: Any) -> Source:
    match value:
        case {"base64": str(text), **others} if not others:
            try:
                return base64.b64decode(text, validate=True)
            except ValueError:
                raise JsonRefused("is no valid base64") from None
        case {"url": str(address), **others} if not others:
            return Url(address)
        case {"provider": str(provider), "file": str(name), **others} if not others:
            return FileId(provider, name)
    raise JsonRefused(f"must be {_SOURCE}")


def _number(value: Any, _: Any) -> float:
    # A whole number stays one, so that it is written again as it was; one too large for a float has no use.
    if type(value) is int and abs(value) < 2**1023:
        return value
    if type(value) is float and math.isfinite(value):
        return value
    raise JsonRefused(f"must be a number; found {describe(value)}")


def _word(value: Any, kind: Any) -> Any:
    words = [one.value for one in kind]
    if value not in words:
        raise JsonRefused(f"must be one of {', '.join(map(repr, words))}")
    return kind(value)


def _path(value: Any, _: Any) -> Path:
    if not isinstance(value, str):
        raise JsonRefused(f"must be text; found {describe(value)}")
    return Path(value)


def _status(value: Any, _: Any) -> Any:
    if type(value) not in {int, str, type(None)}:
        raise JsonRefused(f"must be a whole number or text; found {describe(value)}")
    return value


def _is_mapping(kind: Any) -> bool:
    return get_origin(kind) is collections.abc.Mapping


def _is_tuple(kind: Any) -> bool:
    return cast("Any", get_origin(kind)) is tuple


@functools.cache
def _converter() -> Converter:
    converter = strict_converter()
    converter.register_structure_hook(float, _number)
    converter.register_structure_hook(Path, _path)
    converter.register_unstructure_hook(Path, str)
    converter.register_structure_hook_func(lambda kind: isinstance(kind, enum.EnumType), _word)
    converter.register_structure_hook_func(lambda kind: kind == _STATUS, _status)
    converter.register_unstructure_hook_func(lambda kind: kind == _STATUS, _as_it_is)
    converter.register_structure_hook_factory(attrs.has)(_object_from_json)
    converter.register_unstructure_hook_factory(attrs.has)(_object_to_json)
    converter.register_structure_hook_factory(_is_tuple)(_list_from_json)
    converter.register_structure_hook_factory(_is_mapping)(_mapping_from_json)
    converter.register_unstructure_hook_func(_is_mapping, _as_it_is)
    converter.register_structure_hook(JackfieldError, _error_from_json)
    converter.register_unstructure_hook(JackfieldError, _error_to_json)
    converter.register_structure_hook_func(lambda kind: kind == Source, _source_from_json)
    converter.register_unstructure_hook_func(lambda kind: kind == Source, _source_to_json)
    converter.register_structure_hook_func(_is_union, _union_from_json)
    converter.register_unstructure_hook_func(_is_union, _union_to_json)
    return converter


def _as_it_is(value: Any) -> Any:
    return value
