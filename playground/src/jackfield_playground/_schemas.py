"""Values that fit a schema: what a stand-in writes where a form was asked for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def value_of(schema: Mapping[str, Any]) -> Any:
    """Return some value that a simple JSON schema allows."""
    if "enum" in schema or "const" in schema:
        return schema.get("const", schema.get("enum", [None])[0])
    kind = schema.get("type")
    if kind == "object" or "properties" in schema:
        return {name: value_of(inner) for name, inner in schema.get("properties", {}).items()}
    if kind == "array":
        return [value_of(schema.get("items", {}))]
    simple = {"integer": 3, "number": 2.5, "boolean": True, "null": None}
    return simple.get(str(kind), "from the playground, “so”")
