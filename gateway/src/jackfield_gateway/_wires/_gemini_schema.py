"""The vendor's own schemas → JSON's: types in capitals, numbers as texts, `nullable`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from jackfield_gateway._fault import Refusal

from ._gemini_contents import spelled

_COUNTS: Final = frozenset(
    {"minItems", "maxItems", "minLength", "maxLength", "minProperties", "maxProperties"}
)
_LEFT_OUT: Final = frozenset({"nullable", "propertyOrdering", "example"})
_DEEPEST: Final = 64


def json_schema(said: Any, depth: int = 0) -> dict[str, Any]:
    """Return a schema as JSON Schema has it.

    Raises:
        Refusal: It is no schema, or one that is nested beyond all use.
    """
    if not isinstance(said, Mapping) or depth > _DEEPEST:
        raise Refusal("invalid", "a schema must be an object, and not nested without end", param="schema")
    told = {
        name: _value(name, value, depth) for name, value in spelled(said).items() if name not in _LEFT_OUT
    }
    if said.get("nullable") is True and isinstance(told.get("type"), str):
        told["type"] = [told["type"], "null"]
    return told


def _value(name: str, value: Any, depth: int) -> Any:
    match name, value:
        case "type", str():
            return value.lower()
        case "items", Mapping():
            return json_schema(value, depth + 1)
        case "properties", Mapping():
            return {key: json_schema(one, depth + 1) for key, one in value.items()}
        case "anyOf", list():
            return [json_schema(one, depth + 1) for one in value]
    # The vendor writes numbers of 64 bits as texts.
    return int(value) if name in _COUNTS and isinstance(value, str) and value.isdecimal() else value
