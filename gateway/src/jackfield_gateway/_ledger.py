"""Which requests are under way and which were lately: how each ended, and not a word of what it said."""

from __future__ import annotations

import time
from collections import deque
from typing import Any, Final

import attrs

_MOST_KEPT: Final = 200


@attrs.frozen
class Entry:
    """One request.

    Attributes:
        wire: The wire that it came on; `none` for what is no question to a model.
        begun: When its head was read, in seconds since 1970.
        connection: Who answered; empty when nobody did.
        outcome: `under way`, `answered`, `gone` when its client left, or the kind of a fault.
        seconds: How long it took; None while it is under way.
    """

    wire: str
    begun: float = attrs.field(factory=time.time)
    connection: str = ""
    outcome: str = "under way"
    seconds: float | None = None


@attrs.define(eq=False)
class Ledger:
    """The requests under way, and the last that are over."""

    _under_way: dict[str, Entry] = attrs.field(factory=dict, init=False)
    _over: deque[Entry] = attrs.field(factory=lambda: deque(maxlen=_MOST_KEPT), init=False)

    def begin(self, request_id: str, wire: str) -> None:
        """Enter a request."""
        self._under_way[request_id] = Entry(wire)

    def end(self, request_id: str, connection: str, outcome: str, seconds: float) -> None:
        """Enter how it ended. Questions about the door itself are not kept: its page asks them on and on."""
        entry = self._under_way.pop(request_id)
        if entry.wire != "none":
            self._over.append(
                attrs.evolve(entry, connection=connection, outcome=outcome, seconds=round(seconds, 3))
            )

    def told(self) -> list[dict[str, Any]]:
        """Return them as JSON, the newest first."""
        asked = [entry for entry in self._under_way.values() if entry.wire != "none"]
        return [attrs.asdict(entry) for entry in [*reversed(asked), *reversed(self._over)]]
