"""Text and nothing else, for pipes and for `--raw`."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Self

import attrs

from jackfield import ChatResponse, ProviderError, TextDelta, TextReplaced
from jackfield_cli._safe import escape

from ._view import Item, waiting


@attrs.define(eq=False)
class PlainView:
    """Writes answers as they are: whole when they are finished, or piece by piece with *stream*.

    Several answers follow each other, each under a heading; those are never written piece by piece.

    Attributes:
        names: The connections that are asked.
        stream: Write a single answer as it comes.
        safe: Escape what a terminal could obey.
        say: Takes a remark that does not belong to the answer.
    """

    names: tuple[str, ...]
    stream: bool
    safe: bool
    say: Callable[[str], None] = attrs.field(kw_only=True)
    _ends_line: bool = attrs.field(default=True, init=False)
    _withdrawn: bool = attrs.field(default=False, init=False)

    @property
    def shows_partial(self) -> bool:
        """Whether the text of an answer that fails is on the screen."""
        return self._piecewise

    @property
    def _piecewise(self) -> bool:
        return self.stream and len(self.names) == 1

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._piecewise and not self._ends_line:
            self._write("\n")

    def take(self, name: str, item: Item) -> None:
        """Write what there is to write."""
        if isinstance(item, ChatResponse):
            if item.success:
                self._finish(name, item.content)
        elif isinstance(item, TextReplaced) and self._piecewise:
            self._withdrawn = True
        elif isinstance(item, TextDelta) and self._piecewise and not self._withdrawn:
            self._write(item.text)

    def refresh(self) -> None:
        """Do nothing: what is written is written."""

    def hide(self) -> None:
        """Do nothing: what was written stays."""

    def show(self) -> None:
        """Do nothing: what was written is there."""

    def wait(self, name: str, error: ProviderError, seconds: float) -> None:
        """Tell why is waited."""
        self.say(f"{name}: {waiting(error, seconds)}")

    def _finish(self, name: str, text: str) -> None:
        if self._piecewise and not self._withdrawn:
            return
        if self._withdrawn:
            self.say(f"\n{name} took back some of what it had said; the whole answer follows.")
        if len(self.names) > 1:
            self._write(f"== {name} ==\n")
        self._write(text)
        if not self._ends_line:
            self._write("\n")

    def _write(self, text: str) -> None:
        if text:
            sys.stdout.write(escape(text) if self.safe else text)
            sys.stdout.flush()
            self._ends_line = text.endswith("\n")
