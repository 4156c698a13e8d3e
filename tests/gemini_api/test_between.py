"""A conversation that changes its provider in the middle: what one signed is told to no other."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import attrs
import pytest

from jackfield import (
    ChatRequest,
    Connection,
    Message,
    OpaquePart,
    Part,
    ProviderContext,
    ReasoningPart,
    Tool,
    ToolResultPart,
    connect,
)
from jackfield_playground import playground

pytestmark = pytest.mark.anyio
CLOCK = Tool("clock", "Tells the time.", {"type": "object", "properties": {"zone": {"type": "string"}}})
PAIRS = [("gemini", "anthropic"), ("anthropic", "gemini"), ("gemini", "openai"), ("openai", "gemini")]
CALLS = {"openai": "playground:call"}


@asynccontextmanager
async def opened(name: str) -> AsyncIterator[tuple[Connection, Any]]:
    """Open a connection to the stand-in of that name, with the stand-in."""
    async with playground(name) as remote:
        model = remote.state.settings.models[0] if name == "openai" else remote.model
        options = {"base_url": remote.base_url, "default_model": model}
        context = ProviderContext(f"{name}_api", credentials={"token": remote.key})
        async with connect(f"{name}_api", options, context=context) as connection:
            yield connection, remote


def sent(name: str, remote: Any) -> str:
    """Return the last request that arrived at a stand-in."""
    told = remote.state.requests[-1] if name == "openai" else remote.state.posted[-1]
    return json.dumps(told.body)


def marks_of(part: Part) -> list[str]:
    """Return the words in what a part's provider wants to see again."""
    state = getattr(part, "state", None)
    return [value for value in state.data.values() if isinstance(value, str)] if state else []


@pytest.mark.parametrize(("first", "second"), PAIRS)
async def test_the_other_one_answers_on(first: str, second: str) -> None:
    """Calls of one go on at the other, which is not told what the first one signed; and the first goes on."""
    wish: dict[str, Any] = {"tools": [CLOCK], **({} if first == "openai" else {"reasoning": "high"})}
    asked = ChatRequest(messages=CALLS.get(first, "The [tools], please"), **wish)
    async with opened(first) as (one, remote), opened(second) as (other, elsewhere):
        begun = await one.send(asked)
        results = [Message("tool", ToolResultPart(call.id, call.name, "noon")) for call in begun.tool_calls]
        said = [*asked.messages, begun.message, *results]
        answered = await other.send(ChatRequest(messages=said, tools=[CLOCK]))
        there = sent(second, elsewhere)
        said += [answered.message, Message("user", "Thanks.")]
        last = await one.send(attrs.evolve(asked, messages=said))
        here = sent(first, remote)

    foreign = [part for part in begun.parts if isinstance(part, ReasoningPart | OpaquePart)]
    marks = [mark for part in begun.parts for mark in marks_of(part)]
    assert begun.finish_reason == "tool_call"
    assert "noon" in there
    assert answered.success
    assert last.success
    assert [mark for mark in marks if mark in there] == []
    assert [mark for part in answered.parts for mark in marks_of(part) if mark in here] == []
    assert all(mark in here for mark in marks)
    assert bool(foreign) <= bool(answered.adaptations)
