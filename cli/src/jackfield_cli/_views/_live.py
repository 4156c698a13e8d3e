"""One answer at a terminal, while it comes: the agent's steps, the text as markdown, what goes on.

Law: what can no longer change is printed and scrolls away as any text does; only what still grows is drawn
over and over, in as many lines as the terminal has.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Self

import attrs
from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.spinner import Spinner
from rich.text import Text

from jackfield import (
    Accumulator,
    ActivityReported,
    ChatResponse,
    ProviderError,
    ReasoningDelta,
    TextReplaced,
)
from jackfield_cli._safe import escape, one_line
from jackfield_cli._tail import Tail

from ._markdown import SafeMarkdown, settled
from ._view import Item, footer, step, waiting

_LINES_KEPT_FREE = 4
_REASONING_LINES = 3


@attrs.define(eq=False)
class Region:
    """Lines that are drawn over and over, when `refresh` is called and by no thread.

    rich's own thread may draw between the moment that something is placed above the region and the moment
    that it is written, and then lines appear twice.
    """

    console: Console
    render: Callable[[], RenderableType]
    _live: Live = attrs.field(init=False)
    _is_shown: bool = attrs.field(default=False, init=False)
    _is_over: bool = attrs.field(default=False, init=False)

    def __attrs_post_init__(self) -> None:
        self._live = Live(
            get_renderable=self.render, console=self.console, auto_refresh=False, transient=True
        )

    def refresh(self) -> None:
        """Draw it, where it is shown."""
        if self._is_shown:
            self._live.refresh()

    def show(self) -> None:
        """Put it on the screen, unless it is over."""
        if not self._is_over and self.console.is_interactive:  # into a pipe nothing is drawn twice
            self._live.start(refresh=True)
            self._is_shown = True

    def hide(self) -> None:
        """Take it off the screen until it is shown again."""
        if self._is_shown:
            self._is_shown = False
            self._live.stop()

    def stop(self) -> None:
        """Take it off the screen for good."""
        self._is_over = True
        self.hide()


@attrs.define(eq=False)
class LiveView:
    """Shows one answer as it comes; without *stream* only its steps, then the whole.

    Attributes:
        console: The terminal.
        stream: Show the text as it comes.
    """

    console: Console
    stream: bool = True
    shows_partial: bool = True
    _region: Region = attrs.field(init=False)
    _spinner: Spinner = attrs.field(init=False)
    _folded: Accumulator = attrs.field(factory=Accumulator, init=False)
    _printed: int = attrs.field(default=0, init=False)
    _reasoned: str = attrs.field(default="", init=False)
    _started: float = attrs.field(factory=time.monotonic, init=False)
    _doing: str = attrs.field(default="connecting", init=False)
    _stepped: bool = attrs.field(default=False, init=False)
    _over: bool = attrs.field(default=False, init=False)

    def __attrs_post_init__(self) -> None:
        ascii_only = self.console.options.ascii_only
        self._spinner = Spinner("line" if ascii_only else "dots", style="cyan")
        self._region = Region(self.console, self._render)

    def __enter__(self) -> Self:
        self._region.show()
        return self

    def __exit__(self, *_: object) -> None:
        self._over = True
        self._region.stop()
        if not self._done:
            self._print_rest()

    @property
    def _done(self) -> bool:
        return self._printed >= len(self._folded.text)

    def take(self, name: str, item: Item) -> None:  # noqa: ARG002  a single answer
        """Show what came."""
        if isinstance(item, ChatResponse):
            self._finish(item)
            return
        self._doing = "working"
        if isinstance(item, TextReplaced) and item.keep < self._printed:
            self.console.print(
                Text("It took back some of what it had said; this is what it says now:", "dim")
            )
            self._printed = 0
        self._folded.add(item)
        if isinstance(item, ReasoningDelta):
            self._reasoned += item.text
        elif isinstance(item, ActivityReported):
            self._show_step(item)
        elif self.stream:
            self._reasoned = ""
            self._print_settled()

    def refresh(self) -> None:
        """Draw what has changed, and the time."""
        self._region.refresh()

    def hide(self) -> None:
        """Leave the screen to something else."""
        self._region.hide()

    def show(self) -> None:
        """Come back to the screen."""
        self._region.show()

    def wait(self, name: str, error: ProviderError, seconds: float) -> None:  # noqa: ARG002  a single answer
        """Show why is waited; the next event replaces it."""
        self._doing = waiting(error, seconds)

    def _show_step(self, event: ActivityReported) -> None:
        self._reasoned = ""
        self._stepped = True
        mark = {"tool": "▸", "thought": "·", "link": "→"}[event.kind]
        line = Text(f"{'>' if self.console.options.ascii_only else mark} {step(event)}", "dim")
        self.console.print(line)

    def _print_settled(self) -> None:
        new = self._folded.text[self._printed :]
        if "\n" in new and (length := settled(new)):
            self._printed += length
            self._print_block(new[:length])

    def _print_rest(self) -> None:
        rest = self._folded.text[self._printed :]
        self._printed = len(self._folded.text)
        self._print_block(rest)

    def _print_block(self, text: str) -> None:
        if text.strip():
            if self._stepped:
                self.console.print()
                self._stepped = False
            self.console.print(Tail(SafeMarkdown(text)))
            self.console.print()

    def _finish(self, response: ChatResponse) -> None:
        self._over = True
        self._print_rest()
        if response.success:
            self.console.print(Text(footer(response), "dim"))

    def _render(self) -> RenderableType:
        return Group(*self._parts())

    def _parts(self) -> Iterator[RenderableType]:
        if self._over:
            return
        growing = self._folded.text[self._printed :] if self.stream else ""
        if growing.strip():
            yield Tail(SafeMarkdown(growing), max(1, self.console.height - _LINES_KEPT_FREE))
        elif self._reasoned.strip():
            yield Tail(Text(escape(self._reasoned.strip()), "dim italic"), _REASONING_LINES)
        seconds = time.monotonic() - self._started
        self._spinner.text = Text(f"{one_line(self._doing)} · {seconds:.0f} s", "dim")
        yield self._spinner
