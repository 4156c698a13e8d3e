"""What the stand-in answers, before it is written on either wire."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

import attrs

from jackfield_playground._engines import Engine, Turn

_WORDS = re.compile(r"\S+\s*|\s+")
_SOURCE = "https://playground.invalid/jackfield"
_EXAMPLES = {"string": "playground", "integer": 7, "number": 0.5, "boolean": True, "null": None}


@attrs.frozen(kw_only=True)
class Asked:
    """A request, as both wires have it.

    Attributes:
        turns: What was said, without tools' results; the last one is the user's.
        after_tools: Whether results of tools are the last thing that was said.
        tools: The tools on offer: names to schemas.
        choice: `auto`, `none`, `required`, or the name of a tool.
        schema: The form that the answer is to have.
        most: The longest answer, in words.
    """

    turns: tuple[Turn, ...]
    after_tools: bool = False
    tools: Mapping[str, Any] = attrs.field(factory=dict)
    choice: str = "auto"
    schema: Any = None
    most: int | None = None

    @property
    def last(self) -> str:
        """The last words of the user."""
        return self.turns[-1].text

    def wants(self, word: str) -> bool:
        """Whether the user asked for something by a magic word."""
        return f"playground:{word}" in self.last


@attrs.frozen(kw_only=True)
class Answer:
    """An answer.

    Attributes:
        thoughts: What the model thinks, in pieces.
        pieces: What it says, in pieces.
        refusal: Why it will not answer.
        calls: The tools that it calls: names and arguments.
        sources: The addresses that it cites, at the end of its text.
        reason: Why it ended: `stop`, `length`, `tool_calls`, `content_filter`.
        read: Tokens read.
    """

    pieces: tuple[str, ...] = ()
    thoughts: tuple[str, ...] = ()
    refusal: str = ""
    calls: tuple[tuple[str, str], ...] = ()
    sources: tuple[str, ...] = ()
    reason: str = "stop"
    read: int = 0

    @property
    def text(self) -> str:
        """All that it says."""
        return "".join(self.pieces)

    @property
    def written(self) -> int:
        """Tokens written, thoughts included."""
        arguments = sum(len(arguments) // 4 + 1 for _, arguments in self.calls)
        return len(self.pieces) + len(self.thoughts) + len(self.refusal.split()) + arguments


async def answer_to(asked: Asked, engine: Engine) -> Answer:
    """Return what is answered: what a magic word asks for, else what the engine says."""
    read = sum(len(turn.text.split()) for turn in asked.turns) + 3
    thoughts = tuple(_WORDS.findall("Somebody asks me something. I think of an answer."))
    if asked.wants("refuse"):
        return Answer(refusal="I am sorry, but I will not do that.", thoughts=thoughts, read=read)
    if calls := _calls(asked):
        return Answer(calls=calls, reason="tool_calls", thoughts=thoughts, read=read)
    if asked.schema is not None:
        text = json.dumps(example_of(asked.schema))
    else:
        text = await _written(asked.turns, engine)
    pieces = _WORDS.findall(text)
    whole = asked.most is None or len(pieces) <= asked.most
    reason = "content_filter" if asked.wants("filter") else "stop" if whole else "length"
    sources = (_SOURCE,) if asked.wants("cite") else ()
    return Answer(
        pieces=tuple(pieces[: asked.most]), thoughts=thoughts, reason=reason, sources=sources, read=read
    )


async def _written(turns: Sequence[Turn], engine: Engine) -> str:
    pieces: list[str] = []

    def emit(piece: str) -> bool:
        pieces.append(piece)
        return True

    await asyncio.to_thread(engine.answer, turns, emit)
    return "".join(pieces)


def _calls(asked: Asked) -> tuple[tuple[str, str], ...]:
    """Return the calls: what must be called, or all tools at once where the user asks for that."""
    if asked.after_tools or asked.choice == "none":
        return ()
    if asked.choice in asked.tools:
        wanted = [asked.choice]
    else:
        wanted = list(asked.tools) if asked.choice == "required" or asked.wants("call") else []
    return tuple((name, json.dumps(example_of(asked.tools[name]))) for name in wanted)


def example_of(schema: Any) -> Any:
    """Return something that fits a simple JSON schema."""
    if not isinstance(schema, Mapping):
        return None
    if schema.get("enum"):
        return schema["enum"][0]
    kind = schema.get("type", "object")
    kind = kind[0] if isinstance(kind, list) else kind
    if kind == "object":
        return {name: example_of(inner) for name, inner in schema.get("properties", {}).items()}
    return [example_of(schema.get("items"))] if kind == "array" else _EXAMPLES.get(kind)
