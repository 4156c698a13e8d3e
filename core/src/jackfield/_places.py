"""Where something is in a request's messages, as its caller counts: also for who sees fewer of them."""

from __future__ import annotations

import re
from itertools import count, islice
from typing import Final, TypeAlias

import attrs

Place: TypeAlias = tuple[int, ...]
"""The numbers of a message, of a part in it, of a part in that: `messages[1].parts[0]` is (1, 0)."""

_NAMED: Final = re.compile(r"messages\[\d+\](?:\.parts\[\d+\])*")
_NUMBER: Final = re.compile(r"\d+")


def named(place: Place) -> str:
    """Return a place as it is written."""
    message, *parts = place
    return f"messages[{message}]" + "".join(f".parts[{part}]" for part in parts)


@attrs.frozen
class Places:
    """What the messages of a request are without.

    Attributes:
        left_out: The places of what was left out, as the caller counts.
    """

    left_out: frozenset[Place]

    def as_said(self, text: str) -> str:
        """Return *text*, in which places are counted without what was left out, as the caller counts them."""
        return _NAMED.sub(self._as_said, text) if self.left_out else text

    def _as_said(self, found: re.Match[str]) -> str:
        place: Place = ()
        for number in map(int, _NUMBER.findall(found[0])):
            beside = map(place.__add__, zip(count()))
            place = next(islice((one for one in beside if one not in self.left_out), number, None))
        return named(place)
