"""Calls that come without an id, on wires that know them by their tools' names alone."""

from __future__ import annotations

from typing import Final

import attrs

_NAMELESS: Final = "nameless-call-"
"""Begins the ids of calls that came without one; Gemini's own provider sends them without again."""


@attrs.define(eq=False)
class Calls:
    """The calls of one history: the result that names no call is that of the first of its name."""

    _count: int = attrs.field(default=0, init=False)
    _waiting: list[tuple[str, str]] = attrs.field(factory=list, init=False)

    def add(self, name: str, call_id: str | None) -> str:
        """Take down a call; return its id."""
        self._count += 1
        call_id = call_id or f"{_NAMELESS}{self._count}"
        self._waiting.append((name, call_id))
        return call_id

    def answered(self, name: str | None, call_id: str | None) -> tuple[str, str]:
        """Return the name and the id of the call that a result belongs to."""
        for called, waiting_id in self._waiting:
            if (call_id or waiting_id) == waiting_id and (name or called) == called:
                self._waiting.remove((called, waiting_id))
                return called, waiting_id
        return name or "tool", call_id or name or "tool"
