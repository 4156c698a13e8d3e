"""What a request may wish for beyond an answer: tools, a form, some thinking."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from types import NoneType
from typing import Any, Final, Literal, TypeAlias, get_args

import attrs

from ._exceptions import InvalidRequest
from ._values import describe, frozen_mapping, must_be

Effort: TypeAlias = Literal["none", "minimal", "low", "medium", "high", "max"]
"""How much a model is to think; a provider takes the nearest that its remote has."""

CHOICES: Final = ("auto", "none", "required")
_TOOL_NAME: Final = re.compile(r"[A-Za-z0-9_-]{1,64}", re.ASCII)


def _tool_name(_: Any, __: Any, name: str) -> None:
    if not _TOOL_NAME.fullmatch(name) or name in CHOICES:
        raise InvalidRequest(
            f"a tool cannot be called {name!r}",
            hint=f"Use 1 to 64 letters, digits, '_' and '-', and none of {', '.join(CHOICES)}.",
        )


def _to_schema(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    if not isinstance(schema, Mapping):
        raise TypeError(f"a JSON schema must be a mapping; found {describe(schema)}")
    try:
        json.dumps(schema, allow_nan=False)
    except (TypeError, ValueError, RecursionError):
        raise InvalidRequest("a JSON schema must hold nothing but what JSON can") from None
    return frozen_mapping(schema)


@attrs.frozen
class Tool:
    """A tool that the model may ask to have called.

    Attributes:
        name: Its name: letters, digits, `_` and `-`.
        description: What it is for, in words for the model.
        schema: The JSON schema of its arguments.
        strict: Whether the remote is to hold the model to the schema; None leaves it to the remote.

    Raises:
        InvalidRequest: The name cannot be one, or the schema holds what JSON cannot.
    """

    name: str = attrs.field(validator=[must_be("text", str), _tool_name])
    description: str = attrs.field(validator=must_be("text", str))
    schema: Mapping[str, Any] = attrs.field(converter=_to_schema)
    strict: bool | None = attrs.field(default=None, validator=must_be("true or false", bool, NoneType))


@attrs.frozen
class JsonSchema:
    """The form that an answer's text is to have.

    Attributes:
        schema: The JSON schema.
        name: What the form is called; some remotes show it to the model.
        strict: Whether the remote is to hold the model to it; None leaves it to the remote.
    """

    schema: Mapping[str, Any] = attrs.field(converter=_to_schema)
    name: str = attrs.field(default="answer", validator=[must_be("text", str), _tool_name])
    strict: bool | None = attrs.field(default=True, validator=must_be("true or false", bool, NoneType))


@attrs.frozen
class Reasoning:
    """How much the model is to think before it answers.

    Attributes:
        effort: In words; None leaves it to the remote.
        budget: The most tokens for it; None sets no limit.
        summary: Whether a summary of it is wanted, where the remote shows no more than that.
    """

    effort: Effort | None = attrs.field(
        default=None, validator=attrs.validators.in_((None, *get_args(Effort)))
    )
    budget: int | None = attrs.field(default=None, validator=must_be("a whole number", int, NoneType))
    summary: bool | None = attrs.field(default=None, validator=must_be("true or false", bool, NoneType))

    @budget.validator
    def _not_negative(self, _: Any, value: int | None) -> None:
        if value is not None and value < 0:
            raise InvalidRequest(f"the reasoning budget is {value}; it must be 0 or more")


def to_tools(tools: Any) -> tuple[Tool, ...]:
    """Return *tools* as a tuple, checked.

    Raises:
        TypeError: They are no tools.
        InvalidRequest: Two have one name.
    """
    found = (tools,) if isinstance(tools, Tool) else tuple(tools)
    for tool in found:
        if not isinstance(tool, Tool):
            raise TypeError(f"tools must be Tool objects; found {describe(tool)}")
    names = [tool.name for tool in found]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise InvalidRequest(f"two tools are called {twice[0]!r}", hint="Give each a name of its own.")
    return found


def to_output(output: Any) -> JsonSchema | None:
    """Return the form that *output* names; a bare schema is one.

    Raises:
        TypeError: It is neither.
    """
    if output is None or isinstance(output, JsonSchema):
        return output
    if isinstance(output, Mapping):
        return JsonSchema(output)
    raise TypeError(f"output must be a JsonSchema or a JSON schema; found {describe(output)}")


def to_reasoning(reasoning: Any) -> Reasoning | None:
    """Return what *reasoning* asks for; a word is an effort, a number a budget.

    Raises:
        InvalidRequest: The word is no effort, or the budget is negative.
        TypeError: It is something else.
    """
    if reasoning is None or isinstance(reasoning, Reasoning):
        return reasoning
    if isinstance(reasoning, int) and not isinstance(reasoning, bool):
        return Reasoning(budget=reasoning)
    if not isinstance(reasoning, str):
        raise TypeError(f"reasoning must be a Reasoning, an effort or a budget; found {describe(reasoning)}")
    if reasoning not in get_args(Effort):
        raise InvalidRequest(
            f"reasoning {reasoning!r} is no effort", hint=f"It is one of {', '.join(get_args(Effort))}."
        )
    return Reasoning(effort=reasoning)  # type: ignore[arg-type]
