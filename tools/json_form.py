"""Write the JSON schema of what `to_json` writes, docs/json-schema.json, and the tables of docs/json.md.

`python tools/json_form.py`. Both are told by the classes; a test fails when they are not fresh.
"""

from __future__ import annotations

import collections.abc
import enum
import functools
import inspect
import json
import re
from collections.abc import Iterator
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Final, Literal, Union, get_args, get_origin

import attrs

from jackfield import JackfieldError
from jackfield._json import ERRORS, FORM, TYPES, error_form
from jackfield._parts import Source

ROOT: Final = Path(__file__).parents[1]
SCHEMA: Final = ROOT / "docs" / "json-schema.json"
PAGE: Final = ROOT / "docs" / "json.md"
MARKS: Final = re.compile(r"(<!-- written by tools/json_form.py -->\n).*(\n<!-- /written -->)", re.DOTALL)
PLAIN: Final[dict[Any, dict[str, Any]]] = {
    str: {"type": "string"},
    int: {"type": "integer"},
    float: {"type": "number"},
    bool: {"type": "boolean"},
    NoneType: {"type": "null"},
    Path: {"type": "string"},
    Any: {},
}
SOURCE: Final = {
    "description": "Where the content is: here, at an address, or at a provider.",
    "oneOf": [
        {
            "type": "object",
            "properties": {name: {"type": "string"} for name in names},
            "required": list(names),
            "additionalProperties": False,
        }
        for names in (("base64",), ("url",), ("provider", "file"))
    ],
}
NAMES: Final = {kind: name for name, kind in TYPES.items()}


def told(kind: type) -> dict[str, str]:
    """Return what the docstrings of a class and of its parents say of each attribute."""
    found = {}
    for base in reversed(kind.__mro__):
        attributes = inspect.cleandoc(base.__doc__ or "").partition("\nAttributes:\n")[2].partition("\n\n")[0]
        for name, words in re.findall(r"^    (\w+): (.*(?:\n {8}.*)*)", attributes, re.MULTILINE):
            found[name] = re.sub(r"\s+", " ", words)
    return found


def summary(kind: type) -> str:
    """Return the first line of a class's docstring."""
    return (inspect.getdoc(kind) or "").partition("\n")[0]


@attrs.define
class Schema:
    """The definitions of a schema, gathered as they are asked for."""

    definitions: dict[str, Any] = attrs.field(factory=dict)

    def of(self, kind: Any) -> dict[str, Any]:  # noqa: PLR0911  one line for each form of an annotation
        """Return the schema of what can stand where *kind* is annotated."""
        origin, inner = get_origin(kind), get_args(kind)
        if kind in PLAIN:
            return PLAIN[kind]
        if kind == Source:
            return self.reference("source", lambda: SOURCE)
        if origin is Literal:
            return {"enum": list(inner)}
        if origin in {Union, UnionType}:
            return self.union(inner)
        if origin is tuple:
            return {"type": "array", "items": self.of(inner[0])}
        if origin is collections.abc.Mapping:
            return {"type": "object", "additionalProperties": self.of(inner[1])}
        if isinstance(kind, enum.EnumType):
            return {"enum": [one.value for one in kind]}
        return {**self.fields(kind), "unevaluatedProperties": False}

    def union(self, kinds: tuple[Any, ...]) -> dict[str, Any]:
        """Return the schema of one of several kinds, told apart by `type` where they are ours."""
        if all(kind in NAMES for kind in kinds):
            return {"oneOf": [self.tagged(NAMES[kind]) for kind in kinds]}
        return {"anyOf": [self.of(kind) for kind in kinds]}

    def tagged(self, name: str) -> dict[str, Any]:
        """Return the schema of an object with the type *name*."""
        fields = self.fields(TYPES[name])
        tag = {"type": {"const": name}}
        return {**fields, "properties": tag, "required": ["type"], "unevaluatedProperties": False}

    def fields(self, kind: Any) -> dict[str, Any]:
        """Return a reference to the fields of a class, open to what stands beside them."""
        if kind is JackfieldError:
            return self.reference("error", self.errors)
        name = NAMES.get(kind) or re.sub(r"(?<=.)(?=[A-Z])", "_", kind.__name__).lower()
        name = name if NAMES.get(kind) or name not in TYPES else f"{name}_wish"
        return self.reference(name, functools.partial(self.object, kind))

    def reference(self, name: str, make: Any) -> dict[str, Any]:
        """Return a reference to a definition, which is made at the first."""
        if name not in self.definitions:
            self.definitions[name] = {}
            self.definitions[name] = make()
        return {"$ref": f"#/$defs/{name}"}

    def object(self, kind: Any, described: type | None = None) -> dict[str, Any]:
        """Return the schema of a class's fields."""
        words = told(described or kind)
        attrs.resolve_types(kind)
        properties = {}
        for field in attrs.fields(kind):
            about = {"description": words[field.name]} if field.name in words else {}
            properties[field.name] = {**self.of(field.type), **about}
        needed = [field.name for field in attrs.fields(kind) if field.default is attrs.NOTHING]
        required = {"required": needed} if needed else {}
        return {"description": summary(kind), "type": "object", "properties": properties, **required}

    def errors(self) -> dict[str, Any]:
        """Return the schema of errors; those with the same fields are one."""
        families: dict[str, tuple[dict[str, Any], list[str]]] = {}
        for name, kind in ERRORS.items():
            family = self.object(error_form(kind), kind)
            alike = {field: {**of, "description": ""} for field, of in family["properties"].items()}
            families.setdefault(json.dumps(alike), (family, []))[1].append(name)
        return {
            "description": "Why something failed. `class` is the name of the error's class.",
            "oneOf": [
                {
                    "type": "object",
                    "properties": {"class": {"enum": names}, **family["properties"]},
                    "required": ["class", *family["required"]],
                }
                for family, names in families.values()
            ],
        }


def schema() -> dict[str, Any]:
    """Return the JSON schema of all that `to_json` writes."""
    made = Schema()
    values = [made.tagged(name) for name in TYPES]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Jackfield's values as JSON",
        "type": "object",
        "required": ["jackfield", "type"],
        "oneOf": [
            {**value, "properties": {"jackfield": {"const": FORM}, **value["properties"]}} for value in values
        ],
        "$defs": dict(sorted(made.definitions.items())),
    }


def tables() -> str:
    """Return the types as tables for the page."""
    events = {name for name, kind in TYPES.items() if kind.__module__ == "jackfield._events"}
    requests = {name for name in TYPES if name.endswith("_request")}
    answers = {"chat_response", "embeddings", "batch_reading", "model"}
    others = {name for name in TYPES if name not in events | requests | answers | {"error"}}
    groups = {"Requests": requests, "Answers": answers, "Messages and parts": others, "Events": events}
    return "\n\n".join("\n".join(table(title, names)) for title, names in groups.items())


def table(title: str, names: set[str]) -> Iterator[str]:
    """Yield the lines of a table of types; a field in brackets may be left out."""
    yield from (f"### {title}", "", "| `type` | is | fields |", "|---|---|---|")
    for name, kind in TYPES.items():
        if name in names:
            fields = (
                f"`{field.name}`" if field.default is attrs.NOTHING else f"[`{field.name}`]"
                for field in attrs.fields(kind)
            )
            yield f"| `{name}` | `{kind.__name__}` | {', '.join(fields)} |"


def written() -> tuple[str, str]:
    """Return the schema's text and the page's."""
    page = MARKS.sub(lambda marks: marks[1] + tables() + marks[2], PAGE.read_text("utf-8"))
    return json.dumps(schema(), indent=1, ensure_ascii=False) + "\n", page


if __name__ == "__main__":
    for file, text in zip((SCHEMA, PAGE), written(), strict=True):
        file.write_text(text, "utf-8")
