"""The chat page's own answers: they know what came along with their message."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from jackfield_playground._chat import Answer, Asked

if TYPE_CHECKING:
    from collections.abc import Mapping


@attrs.frozen(kw_only=True)
class AskedHere(Asked):
    """A message to the chat page.

    Attributes:
        model: The model that the page had chosen; empty where there is no choice.
        files: The contents of the files that came along, by their names.
        private: Whether the page was told to keep nothing.
    """

    model: str
    files: Mapping[str, bytes]
    private: bool


@attrs.define(eq=False)
class PageAnswer(Answer):
    """An answer of the chat page."""

    model: str = ""
    files: Mapping[str, bytes] = attrs.field(factory=dict)
    private: bool = False

    def record(self) -> AskedHere:
        """Return a copy for other threads."""
        told = attrs.asdict(super().record())
        return AskedHere(**told, model=self.model, files=self.files, private=self.private)
