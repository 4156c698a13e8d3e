"""Send the histories, read back what arrived, and write what came of it down."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any, Final

import attrs

from jackfield import Adaptation, ChatRequest, Connection, InvalidRequest, ProviderContext, connect
from jackfield_playground import playground

from .histories import HISTORIES
from .wires import WIRES, Atom, Wire, said_in, settled

PAGE: Final = Path(__file__).parents[2] / "docs" / "golden.md"
MARKS: Final = re.compile(r"(<!-- written by tools/golden -->\n).*(\n<!-- /written -->)", re.DOTALL)


@attrs.frozen(kw_only=True)
class Crossing:
    """What came of a history on a wire.

    Attributes:
        said: What the history says.
        read: What arrived; nothing where the request was refused.
        told: The losses that the answer tells.
        refusal: Why nothing was sent, where nothing was.
        body: What arrived, as text.
    """

    said: Sequence[Atom]
    read: Sequence[Atom] = ()
    told: Sequence[Adaptation] = ()
    refusal: str | None = None
    body: str = ""

    @property
    def is_equal(self) -> bool:
        """Whether all that was said arrived, and nothing else."""
        return list(self.said) == list(self.read)

    @property
    def cell(self) -> str:
        """What stands in the table."""
        if self.refusal is not None:
            return f"refused: {self.refusal}"
        if self.told:
            return "; ".join(f"`{one.field}` {one.reason}" for one in self.told)
        return "equal" if self.is_equal else "DIFFERENT, AND NOT TOLD"


@attrs.frozen(kw_only=True)
class Line:
    """A wire with its connection and its stand-in, both open."""

    wire: Wire
    connection: Connection
    remote: Any

    async def cross(self, request: ChatRequest) -> Crossing:
        """Send a history, and read back what arrived."""
        said, before = said_in(request), len(self._arrived())
        try:
            answer = await self.connection.send(request)
        except InvalidRequest as refusal:
            assert len(self._arrived()) == before, "a refused request was sent"
            return Crossing(said=said, refusal=refusal.message)
        body = self._arrived()[-1].body
        read = settled(list(self.wire.read(body)))
        return Crossing(said=said, read=read, told=answer.adaptations, body=json.dumps(body))

    def _arrived(self) -> Sequence[Any]:
        state = self.remote.state
        return [one for one in state.requests if one.body] if self.wire.stand == "openai" else state.posted


@asynccontextmanager
async def lines() -> AsyncIterator[list[Line]]:
    """Open every wire, each to a stand-in of its own."""
    async with AsyncExitStack() as stack:
        made = []
        for wire in WIRES:
            remote = await stack.enter_async_context(playground(wire.stand))
            first = remote.state.settings.models[0]
            options = {"base_url": remote.base_url, "default_model": getattr(first, "id", first)}
            context = ProviderContext(wire.provider, credentials={"token": remote.key})
            opened = connect(wire.provider, {**options, **wire.options}, context=context)
            made.append(Line(wire=wire, connection=await stack.enter_async_context(opened), remote=remote))
        yield made


async def crossings(line: Line) -> dict[str, Crossing]:
    """Send every history on one wire."""
    return {name: await line.cross(request) for name, request in HISTORIES.items()}


async def columns() -> dict[str, dict[str, Crossing]]:
    """Send every history on every wire; by the titles of the wires and the names of the histories."""
    async with lines() as opened:
        return {line.wire.title: await crossings(line) for line in opened}


def table(columns: Mapping[str, Mapping[str, Crossing]]) -> str:
    """Return the table: a row for each history, a column for each wire."""
    rows = [f"| history | {' | '.join(columns)} |", "|---" * (len(columns) + 1) + "|"]
    for name in HISTORIES:
        cells = [column[name].cell.replace("|", "\\|") for column in columns.values()]
        rows.append(f"| {name} | {' | '.join(cells)} |")
    return "\n".join(rows)


def written(told: str) -> str:
    """Return the page with a table."""
    return MARKS.sub(lambda marks: marks[1] + told + marks[2], PAGE.read_text("utf-8"))
