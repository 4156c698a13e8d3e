"""The same histories through every wire and back: nothing is lost that is not told."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping
from typing import Any

import attrs
import pytest

from golden.histories import CANARY, CLOCK, HISTORIES
from golden.table import MARKS, PAGE, Line, columns, lines, table
from golden.wires import said_in, settled
from jackfield import ChatRequest, Message, Part, ToolResultPart

pytestmark = pytest.mark.anyio


@pytest.fixture
async def opened() -> AsyncIterator[list[Line]]:
    """Every wire, open."""
    async with lines() as opened:
        yield opened


def marks_of(value: Any) -> Iterator[str]:
    """Yield the long words in what a remote wants to see again: signatures, encrypted thoughts, ids."""
    if isinstance(value, str) and len(value) > 12 and not value.startswith("http"):
        yield value
    inner = value.values() if isinstance(value, Mapping) else value if isinstance(value, list | tuple) else ()
    for one in inner:
        yield from marks_of(one)


def signed(parts: tuple[Part, ...]) -> list[str]:
    """Return the marks of a remote on the parts of its answer."""
    states = [state for part in parts if (state := getattr(part, "state", None)) is not None]
    return [mark for state in states for mark in marks_of(state.data)]


async def test_every_loss_is_told() -> None:
    """What arrives at a stand-in is what was said, or the answer tells the loss; the docs' table has it."""
    told = await columns()

    for wire, column in told.items():
        for name, crossing in column.items():
            honest = crossing.refusal or crossing.is_equal or crossing.told
            assert honest, (wire, name, crossing.said, crossing.read)
            assert CANARY not in crossing.body, (wire, name)
    shown = MARKS.search(PAGE.read_text("utf-8"))
    assert shown is not None
    assert f"{shown[1]}{table(told)}{shown[2]}" == shown[0]


async def test_an_answer_goes_on_anywhere(opened: list[Line]) -> None:
    """Thought and calls of each wire go on at every other; what is signed goes to its own provider alone."""
    for first in opened:
        asked = ChatRequest(**first.wire.begin, tools=[CLOCK])
        begun = await first.connection.send(asked)
        results = [Message("tool", ToolResultPart(call.id, call.name, "noon")) for call in begun.tool_calls]
        history = attrs.evolve(asked, messages=[*asked.messages, begun.message, *results], reasoning=None)
        marks = signed(begun.parts)
        assert results
        for second in opened:
            pair = (first.wire.title, second.wire.title)
            crossing = await second.cross(history)
            assert crossing.refusal is None, (pair, crossing.refusal)
            assert crossing.is_equal or crossing.told, pair
            if first is second and first.wire.title != "OpenAI chat":
                assert marks, pair
                assert all(mark in crossing.body for mark in marks), pair
            elif first.wire.provider != second.wire.provider:
                assert [mark for mark in marks if mark in crossing.body] == [], pair


def test_a_loss_is_seen() -> None:
    """What is read back differs from what was said as soon as a word, a role, an order or a mark does."""
    said = said_in(HISTORIES["tool that failed"])

    assert said == settled(list(said))
    assert said != said[::-1]
    assert said != [said[0], said[1], (*said[2][:-1], False), *said[3:]]
    assert len({str(said_in(history)) for history in HISTORIES.values()}) == len(HISTORIES)
