"""Lines without what nobody sees: blanks at their ends, and empty ones round them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs
from rich.segment import Segment

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, RenderableType, RenderResult


@attrs.frozen
class Tail:
    """The last lines of something, as many as there is room for; without empty ones at its ends.

    Attributes:
        shown: What is rendered.
        most: How many lines; None for all.
    """

    shown: RenderableType
    most: int | None = None

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Render all of it and give the end."""
        lines = console.render_lines(self.shown, options.update(height=None), pad=False)
        filled = [number for number, line in enumerate(lines) if "".join(part.text for part in line).strip()]
        kept = lines[filled[0] : filled[-1] + 1] if filled else []
        for line in kept[-self.most :] if self.most else kept:
            yield from _without_padding(line)
            yield Segment.line()


def _without_padding(line: list[Segment]) -> list[Segment]:
    """Drop the blanks at a line's end: they are copied along, and they wrap in a window made narrow."""
    while line and not (line[-1].style and line[-1].style.bgcolor):
        *line, last = line
        if kept := last.text.rstrip(" "):
            return [*line, Segment(kept, last.style)]
    return line
