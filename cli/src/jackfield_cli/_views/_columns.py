"""Several answers at a terminal, side by side while they come."""

from __future__ import annotations

import math
import time
from collections.abc import Iterable
from typing import Final, Self

import attrs
from rich.console import Console, Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from jackfield import Accumulator, ActivityReported, ChatResponse, ProviderError
from jackfield_cli._safe import one_line
from jackfield_cli._tail import Tail

from ._live import Region
from ._markdown import SafeMarkdown
from ._view import Item, footer, step, waiting

_NARROWEST: Final = 34
_STEPS_SHOWN: Final = 4
_FRAME_LINES: Final = 4


@attrs.define(eq=False)
class _Answer:
    """How far one of the answers is."""

    name: str
    folded: Accumulator = attrs.field(factory=Accumulator, init=False)
    steps: list[str] = attrs.field(factory=list, init=False)
    doing: str = attrs.field(default="connecting", init=False)
    response: ChatResponse | None = attrs.field(default=None, init=False)

    def take(self, item: Item) -> None:
        if isinstance(item, ChatResponse):
            self.response = item
            return
        self.doing = "working"
        self.folded.add(item)
        if isinstance(item, ActivityReported):
            self.steps.append(step(item))

    def panel(self, height: int | None, elapsed: float) -> Panel:
        response = self.response
        if response is None:
            border, told = "cyan", f"{one_line(self.doing)} · {elapsed:.0f} s"
        elif response.success:
            border, told = "green", footer(attrs.evolve(response, connection="", url=None))
        else:
            border, told = "red", type(response.error).__name__
        body: RenderableType = Group(*self._body())
        return Panel(
            Tail(body, height),
            title=Text(self.name),
            subtitle=Text(told, "dim"),
            border_style=border,
        )

    def _body(self) -> Iterable[RenderableType]:
        if self.folded.text:
            yield SafeMarkdown(self.folded.text)
        elif self.response is None:
            for line in self.steps[-_STEPS_SHOWN:]:
                yield Text(f"▸ {line}", "dim", overflow="ellipsis", no_wrap=True)
        if self.response is not None and self.response.error is not None:
            yield Text(one_line(self.response.error.message), "red")


@attrs.define(eq=False)
class ColumnsView:
    """Shows several answers side by side, as many as fit, and the others below them."""

    console: Console
    names: tuple[str, ...]
    shows_partial: bool = True
    _answers: dict[str, _Answer] = attrs.field(init=False)
    _region: Region = attrs.field(init=False)
    _started: float = attrs.field(factory=time.monotonic, init=False)

    def __attrs_post_init__(self) -> None:
        self._answers = {name: _Answer(name) for name in self.names}
        self._region = Region(self.console, self._growing)

    def __enter__(self) -> Self:
        self._region.show()
        return self

    def __exit__(self, *_: object) -> None:
        self._region.stop()
        self.console.print(self._arranged(None))

    def take(self, name: str, item: Item) -> None:
        """Show what came."""
        self._answers[name].take(item)

    def refresh(self) -> None:
        """Draw what has changed, and the time."""
        self._region.refresh()

    def hide(self) -> None:
        """Leave the screen to something else."""
        self._region.hide()

    def show(self) -> None:
        """Come back to the screen."""
        self._region.show()

    def wait(self, name: str, error: ProviderError, seconds: float) -> None:
        """Show why is waited."""
        self._answers[name].doing = waiting(error, seconds)

    @property
    def _abreast(self) -> int:
        return max(1, min(len(self.names), self.console.width // _NARROWEST))

    def _growing(self) -> RenderableType:
        rows = math.ceil(len(self.names) / self._abreast)
        return self._arranged(max(2, (self.console.height - 1) // rows - _FRAME_LINES))

    def _arranged(self, height: int | None) -> RenderableType:
        elapsed = time.monotonic() - self._started
        panels = [answer.panel(height, elapsed) for answer in self._answers.values()]
        grid = Table.grid(expand=True)
        for _ in range(self._abreast):
            grid.add_column(ratio=1)
        for first in range(0, len(panels), self._abreast):
            grid.add_row(*panels[first : first + self._abreast])
        return grid
