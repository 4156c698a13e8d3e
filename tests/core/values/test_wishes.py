"""What a request may wish for: tools, a form, some thinking."""

from __future__ import annotations

import math
from typing import Any

import pytest

from jackfield import ChatRequest, InvalidRequest, JsonSchema, Reasoning, Tool

OBJECT = {"type": "object"}
CLOCK = Tool("clock", "Tells the time.", OBJECT)


def test_tools() -> None:
    """One tool, or several, are offered; what the caller does to a schema later does not show."""
    schema = dict(OBJECT)
    tool = Tool("clock", "Tells the time.", schema)
    schema["type"] = "array"

    assert tool == CLOCK
    assert ChatRequest(messages="Hi", tools=tool).tools == (tool,)
    assert ChatRequest(messages="Hi", tools=[tool]).tools == (tool,)
    assert hash(tool) == hash(CLOCK)


@pytest.mark.parametrize("name", ["", "a b", "a.b", "ä", "a" * 65, "auto", "none", "required", "a\n"])
def test_a_tool_s_name(name: str) -> None:
    """A name is what every wire takes, and never one of the words of tool_choice."""
    with pytest.raises(InvalidRequest, match="cannot be called"):
        Tool(name, "", OBJECT)


def test_two_tools_of_one_name() -> None:
    """Two tools of one name could not be told apart."""
    with pytest.raises(InvalidRequest, match="two tools are called 'clock'"):
        ChatRequest(messages="Hi", tools=[CLOCK, CLOCK])


@pytest.mark.parametrize("make", [lambda schema: Tool("clock", "", schema), JsonSchema])
@pytest.mark.parametrize("schema", [None, [], {"a": object()}, {"a": math.nan}])
def test_what_is_no_schema(make: Any, schema: Any) -> None:
    """A schema is a mapping that JSON can hold."""
    with pytest.raises((TypeError, InvalidRequest), match="JSON schema must"):
        make(schema)


@pytest.mark.parametrize("choice", ["auto", "required", "clock", "none", None])
def test_a_choice(choice: str | None) -> None:
    """A choice is one of three words or the name of a tool that is offered."""
    assert ChatRequest(messages="Hi", tools=CLOCK, tool_choice=choice).tool_choice == choice


@pytest.mark.parametrize(
    ("tools", "choice"), [((), "auto"), ((), "required"), ((), "clock"), ([CLOCK], "date"), ([CLOCK], "")]
)
def test_a_choice_among_nothing(tools: Any, choice: str) -> None:
    """A choice of what is not offered is refused, with what is."""
    with pytest.raises(InvalidRequest, match=f"the request offers {'clock' if tools else 'no tools'}"):
        ChatRequest(messages="Hi", tools=tools, tool_choice=choice)


def test_not_choosing_needs_no_tools() -> None:
    """That no tool is to be called can always be said."""
    assert ChatRequest(messages="Hi", tool_choice="none").tool_choice == "none"


@pytest.mark.parametrize("tools", [5, ["clock"], [OBJECT]])
def test_what_is_no_tool(tools: Any) -> None:
    """A name or a bare schema is no tool."""
    with pytest.raises(TypeError):
        ChatRequest(messages="Hi", tools=tools)


def test_a_form() -> None:
    """A plain schema is a form; anything else is none."""
    assert ChatRequest(messages="Hi", output=OBJECT).output == JsonSchema(OBJECT, "answer", strict=True)
    with pytest.raises(TypeError, match="output must be a JsonSchema"):
        ChatRequest(messages="Hi", output="json")


@pytest.mark.parametrize(
    ("said", "meant"),
    [("low", Reasoning(effort="low")), (1024, Reasoning(budget=1024)), (Reasoning(summary=True),) * 2],
)
def test_thinking(said: Any, meant: Reasoning) -> None:
    """A word is an effort, a number a budget."""
    assert ChatRequest(messages="Hi", reasoning=said).reasoning == meant


@pytest.mark.parametrize("said", ["much", -1])
def test_no_effort(said: Any) -> None:
    """An unknown word and a negative budget are refused, and what it may be is told."""
    with pytest.raises(InvalidRequest, match=r"It is one of none, minimal|must be 0 or more"):
        ChatRequest(messages="Hi", reasoning=said)


@pytest.mark.parametrize("said", [True, 1.5, []])
def test_no_thinking(said: Any) -> None:
    """What is neither is a TypeError."""
    with pytest.raises(TypeError, match="reasoning must be"):
        ChatRequest(messages="Hi", reasoning=said)


@pytest.mark.parametrize("top_p", [0, 1.01, -1, math.nan])
def test_a_share(top_p: float) -> None:
    """top_p is a share, over 0 up to 1."""
    with pytest.raises(InvalidRequest, match="top_p is"):
        ChatRequest(messages="Hi", top_p=top_p)
    assert ChatRequest(messages="Hi", top_p=1).top_p == 1
