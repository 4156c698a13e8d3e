"""Fields of a body that anybody may have written, each with its type; shared by the wires."""

from __future__ import annotations

import base64
import contextlib
from collections.abc import Container, Iterator, Mapping
from typing import Any, Final, get_args

import attrs

from jackfield import Effort, JsonSchema, Tool
from jackfield_gateway._fault import Refusal

_OF_ADDRESSES: Final = str.maketrans("-_", "+/")
_EFFORTS: Final = {"xhigh": "max"}
"""Words of single vendors for the contract's."""


def _to_object(body: Any) -> Mapping[str, Any]:
    if not isinstance(body, Mapping):
        raise Refusal("invalid", "an object was expected, and something else was found")
    return body


@attrs.frozen
class Fields:
    """An object of a body. A field of a wrong type is a `Refusal` that names it.

    Attributes:
        body: The object.
    """

    body: Mapping[str, Any] = attrs.field(converter=_to_object)

    def text(self, name: str) -> str | None:
        """Return a text, or None where there is none."""
        found: str | None = self._typed(name, str, "a text")
        return found

    def required(self, name: str) -> str:
        """Return a text that must be there."""
        found = self.text(name)
        if not found:
            raise Refusal("invalid", f"{name} is missing", param=name)
        return found

    def number(self, name: str) -> int | None:
        """Return a whole number, or None where there is none."""
        found: int | None = self._typed(name, int, "a whole number")
        return found

    def object(self, name: str) -> Mapping[str, Any]:
        """Return an object; an empty one where there is none."""
        return self._typed(name, dict, "an object") or {}

    def objects(self, name: str) -> list[Mapping[str, Any]]:
        """Return a list of objects; an empty one where there is none."""
        found = self._typed(name, list, "a list") or []
        if not all(isinstance(one, Mapping) for one in found):
            raise Refusal("invalid", f"{name} must be a list of objects", param=name)
        return list(found)

    def refuse(self, would_hurt: Mapping[str, tuple[Any, ...]]) -> None:
        """Refuse what changes an answer so much that it cannot be left out.

        Args:
            would_hurt: The fields, each with the values that ask for nothing.
        """
        for name, harmless in would_hurt.items():
            if self.body.get(name) not in harmless:
                raise Refusal("unsupported", f"{name} is not served here: leave it out", param=name)

    def _typed(self, name: str, kind: type[Any], told: str) -> Any:
        found = self.body.get(name)
        if found is None or (isinstance(found, kind) and not isinstance(found, bool)):
            return found
        raise Refusal("invalid", f"{name} must be {told}", param=name)


def unknown_in(body: Mapping[str, Any], known: Container[str]) -> tuple[str, ...]:
    """Return the names of the fields that say something and are not understood."""
    return tuple(sorted(name for name, value in body.items() if name not in known and value is not None))


@contextlib.contextmanager
def judged_by_the_contract() -> Iterator[None]:
    """Make a refusal of what the contract finds wrong with a request that is made in the block.

    Its sentence names the field and the type that was found, never the value.
    """
    try:
        yield
    except TypeError as wrong:
        raise Refusal("invalid", str(wrong)) from None


def read_tool(said: Fields, *, nested: bool) -> Tool:
    """Return a tool.

    Args:
        said: What the wire says of it.
        nested: Whether its fields are under `function`, as in chat completions.

    Raises:
        Refusal: It is of a kind that only the vendor's own servers can run.
    """
    kind = said.body.get("type", "function")
    if kind != "function":
        raise Refusal("unsupported", f"a tool of type {str(kind)[:80]!r} is not served here", param="tools")
    function = Fields(said.object("function")) if nested else said
    strict = function.body.get("strict")
    return Tool(
        function.required("name"),
        function.text("description") or "",
        function.object("parameters") or {"type": "object", "properties": {}},
        strict if isinstance(strict, bool) else None,
    )


def read_effort(word: str | None) -> Any:
    """Return how much a model is to think, by a vendor's word for it.

    Raises:
        Refusal: It is no such word.
    """
    word = _EFFORTS.get(word or "", word)
    if word is None or word in get_args(Effort):
        return word
    raise Refusal("invalid", f"{word[:80]!r} is no effort of reasoning", param="reasoning_effort")


def read_schema(said: Mapping[str, Any]) -> JsonSchema:
    """Return the form that an answer is to have."""
    fields, strict = Fields(said), said.get("strict")
    return JsonSchema(
        fields.object("schema"), fields.text("name") or "answer", strict if isinstance(strict, bool) else None
    )


def from_base64(text: str, where: str) -> bytes:
    """Return the bytes of a text in base64, in either of its alphabets: one vendor's client writes both.

    Raises:
        Refusal: It is none.
    """
    try:
        return base64.b64decode(text.translate(_OF_ADDRESSES), validate=True)
    except ValueError:
        raise Refusal("invalid", f"{where} is no valid base64", param=where) from None


def any_object() -> JsonSchema:
    """Return the form of an answer that is to be JSON of any kind.

    A program that asks for it parses what it gets: an answer in words would hurt.
    """
    return JsonSchema({"type": "object"}, strict=None)
