"""Tools for a model to have called: Python functions, and those of MCP servers.

Law: nothing is called but by `Toolbox.call`, and what a tool gives goes to the remote without our secrets.
"""

from __future__ import annotations

import importlib
import importlib.util
import inspect
import sys
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any, TypeAlias, cast

import attrs
from anyio import to_thread

from jackfield import (
    ConfigError,
    InvalidRequest,
    MalformedResponse,
    TextPart,
    Tool,
    ToolCallPart,
    ToolResultPart,
    is_plugins_fault,
    redact,
)

from ._installed import index_command

Given: TypeAlias = tuple[tuple[Any, ...], bool]
"""What a tool gave: parts of a result, and whether it failed."""


@attrs.frozen
class Usable:
    """A tool, and what calls it.

    Attributes:
        tool: What the model is told of it.
        call: Calls it with the arguments of the model.
    """

    tool: Tool
    call: Callable[[dict[str, Any]], Awaitable[Given]]


@attrs.frozen
class Toolbox:
    """The tools of one run, by their names.

    Raises:
        ConfigError: On making: two have one name.
    """

    _tools: Mapping[str, Usable]

    @classmethod
    def of(cls, found: Iterable[Usable]) -> Toolbox:
        """Return the box of the tools that were *found*."""
        tools: dict[str, Usable] = {}
        for one in found:
            if one.tool.name in tools:
                raise ConfigError(f"two tools are called {one.tool.name!r}; the model could not tell which")
            tools[one.tool.name] = one
        return cls(tools)

    @property
    def tools(self) -> tuple[Tool, ...]:
        """What the model is told."""
        return tuple(one.tool for one in self._tools.values())

    async def call(self, call: ToolCallPart) -> ToolResultPart:
        """Call the tool that the model wants; what goes wrong is a result, which it can do something with."""
        found = self._tools.get(call.name)
        if found is None:
            return failed(call, f"there is no tool {call.name!r}")
        try:
            parts, is_error = await found.call(dict(call.arguments))
        except MalformedResponse as error:
            return failed(call, error.message)
        except BaseException as error:
            # Somebody else's code: whatever it raises by its own fault is its result.
            if not is_plugins_fault(error):
                raise
            return failed(call, f"{type(error).__name__}: {error}")
        safe = [TextPart(redact(part.text)) if isinstance(part, TextPart) else part for part in parts]
        return ToolResultPart(call.id, call.name, safe, is_error=is_error)


def failed(call: ToolCallPart, why: str) -> ToolResultPart:
    """Return the result that says why there is none."""
    return ToolResultPart(call.id, call.name, redact(why), is_error=True)


def functions(reference: str) -> Iterator[Usable]:
    """Yield the tools that `FILE.py`, `FILE.py:FUNCTION` or `MODULE:FUNCTION` names; its code is run.

    Raises:
        ConfigError: There is no such thing, it cannot be imported, or a model cannot be told its arguments.
    """
    place, _, name = reference.rpartition(":")
    if reference.endswith(".py"):
        place, name = reference, ""
    if not place:
        raise ConfigError(
            f"{reference!r} names no tool", hint="Write --tool FILE.py, FILE.py:FUNCTION or MODULE:FUNCTION."
        )
    module = _imported(place)
    found = [getattr(module, name, None)] if name else list(_own_functions(module))
    if not found or not all(map(callable, found)):
        what = f"no function {name!r}" if name else "no function of its own"
        raise ConfigError(f"{place} has {what}")
    yield from (_as_tool(one) for one in found if one is not None)


def _imported(place: str) -> ModuleType:
    try:
        if not place.endswith(".py"):
            return importlib.import_module(place)
        file = Path(place).expanduser()
        spec = importlib.util.spec_from_file_location(f"jackfield_tools_{file.stem}", file)
        assert spec is not None, "its name says that it is Python"
        assert spec.loader is not None, "a file has one"
        module = importlib.util.module_from_spec(spec)
        sys.modules[module.__name__] = module  # where annotations that are texts are looked up
        spec.loader.exec_module(module)
    except FileNotFoundError:
        raise ConfigError(f"there is no file {place!r}") from None
    except BaseException as error:
        if not is_plugins_fault(error):
            raise
        raise ConfigError(f"{place} cannot be imported: {type(error).__name__}: {error}") from error
    return module


def _own_functions(module: ModuleType) -> Iterator[Any]:
    for name, found in vars(module).items():
        if inspect.isfunction(found) and found.__module__ == module.__name__ and not name.startswith("_"):
            yield found


def _as_tool(function: Callable[..., Any]) -> Usable:
    name = getattr(function, "__name__", type(function).__name__)
    try:
        from pydantic import PydanticUserError, TypeAdapter
        from pydantic import validate_call as validated
    except ImportError:
        raise ConfigError("tools need pydantic", hint=index_command("pydantic")) from None
    try:
        schema = TypeAdapter(cast("Any", function)).json_schema()
        tool = Tool(name, inspect.getdoc(function) or "", schema)
    except (PydanticUserError, InvalidRequest, NameError) as error:
        told = str(error).splitlines()[0]
        raise ConfigError(f"the arguments of {name} cannot be told to a model: {told}") from None
    if schema.get("type") != "object":
        raise ConfigError(f"{name} has arguments that cannot be given by name")
    return Usable(tool, partial(_call_function, validated(function), inspect.iscoroutinefunction(function)))


async def _call_function(function: Callable[..., Any], is_async: bool, arguments: dict[str, Any]) -> Given:
    from pydantic_core import to_json

    if is_async:
        given = await function(**arguments)
    else:
        given = await to_thread.run_sync(partial(function, **arguments), abandon_on_cancel=True)
    text = given if isinstance(given, str) else to_json(given, fallback=str).decode()
    return (TextPart(text),), False
