"""What a page sees of the hand that presses and writes on it, against what it sees of a person's."""

from __future__ import annotations

from collections.abc import Iterator
from statistics import median
from typing import Any, Final

import attrs

_CENTRE: Final = 0.005
"""How near to the exact middle, as a part of the width, nobody presses."""
_SHORTEST_HOLD: Final = 20.0
"""Milliseconds; people hold a button or a key 50 to 200."""
_SHORTEST_READING: Final = 1000.0
"""Milliseconds; a question of three words is read and answered in more."""
_FEWEST_MOVES: Final = 5


@attrs.frozen
class Trait:
    """One trait of the hand.

    Attributes:
        name: What it is about.
        seen: What the page saw.
        person: What it would see of a person.
        fits: Whether that is the same.
    """

    name: str
    seen: str
    person: str
    fits: bool


def judge(seen: dict[str, Any]) -> tuple[Trait, ...]:
    """Return the traits of the hand that the page *seen*."""
    return tuple(_traits(seen))


def _traits(seen: dict[str, Any]) -> Iterator[Trait]:
    moves, presses = seen["moves"], seen["presses"]
    yield Trait("untrusted events", str(seen["untrusted"]), "none", not seen["untrusted"])
    yield Trait("moves of the pointer", str(moves), f"{_FEWEST_MOVES} or more", moves >= _FEWEST_MOVES)
    off = max((max(abs(press["across"]), abs(press["along"])) for press in presses), default=0.0)
    yield Trait("press, from the middle", f"{off:.1%}", "not exactly there", off > _CENTRE)
    held = median([press["held"] or 0.0 for press in presses] or [0.0])
    yield Trait("press, held", _milliseconds(held), "50 to 200 ms", held > _SHORTEST_HOLD)
    screened = all(press["screened"] for press in presses)
    place = "the screen's" if screened else "the window's"
    yield Trait("press, place on the screen", place, "the screen's", screened)
    keys, pastes = seen["keys"], seen["pastes"]
    yield Trait("keys, pastes", f"{keys}, {pastes}", "one of them", bool(keys or pastes))
    held = median(seen["holds"] or [0.0])
    is_active = bool(seen["activated"])
    yield Trait("active before a press", "yes" if is_active else "no", "no", not is_active)
    yield Trait("changes of the document", str(seen["changes"]), "none", not seen["changes"])
    open_for = seen["dialog"]
    yield Trait("dialog, open", _milliseconds(open_for), "until it is read", open_for > _SHORTEST_READING)
    if keys:
        yield Trait("key, held", _milliseconds(held), "50 to 200 ms", held > _SHORTEST_HOLD)


def _milliseconds(value: float) -> str:
    return f"{value:.1f} ms"
