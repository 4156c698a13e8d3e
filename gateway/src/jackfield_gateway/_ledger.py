"""Which requests are under way and which were lately: how each ended, and not a word of what it said."""

from __future__ import annotations

import time
from collections import deque
from typing import Any, Final

import attrs

from ._spent import Spent

_MOST_KEPT: Final = 200


@attrs.define
class Entry:
    """One request, filled in as it is known.

    Attributes:
        wire: The wire that it came on; `none` for what is no question to a model.
        begun: When its head was read, in seconds since 1970.
        caller: Who asks, by the name of the token; empty where none was shown.
        connection: Who answered; empty when nobody did.
        outcome: `under way`, `answered`, `gone` when its client left, or the kind of a fault.
        seconds: How long it took; None while it is under way.
        tokens: How many tokens of models it took; None where nobody was asked.
        estimated: How many of them nobody told: those are our estimate.
    """

    wire: str
    begun: float = attrs.field(factory=time.time)
    caller: str = ""
    connection: str = ""
    outcome: str = "under way"
    seconds: float | None = None
    tokens: int | None = None
    estimated: int | None = None


@attrs.define(eq=False)
class Ledger:
    """The requests under way, and the last that are over."""

    _under_way: dict[str, Entry] = attrs.field(factory=dict, init=False)
    _over: deque[Entry] = attrs.field(factory=lambda: deque(maxlen=_MOST_KEPT), init=False)

    def begin(self, request_id: str, wire: str) -> None:
        """Enter a request."""
        self._under_way[request_id] = Entry(wire)

    def asks(self, request_id: str, caller: str) -> None:
        """Enter whose it is."""
        self._under_way[request_id].caller = caller

    def took(self, request_id: str, spent: Spent) -> None:
        """Enter what it took."""
        entry = self._under_way[request_id]
        entry.tokens, entry.estimated = spent.tokens, spent.estimated

    def end(self, request_id: str, connection: str, outcome: str, seconds: float) -> Entry:
        """Enter how it ended, and return all of it.

        Questions about the door itself are not kept: its page asks them on and on.
        """
        entry = self._under_way.pop(request_id)
        entry.connection, entry.outcome, entry.seconds = connection, outcome, round(seconds, 3)
        if entry.wire != "none":
            self._over.append(entry)
        return entry

    def told(self) -> list[dict[str, Any]]:
        """Return them as JSON, the newest first."""
        asked = [entry for entry in self._under_way.values() if entry.wire != "none"]
        return [attrs.asdict(entry) for entry in [*reversed(asked), *reversed(self._over)]]
