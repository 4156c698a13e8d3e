"""What can be measured of input, be it drawn or recorded by a page. Times are seconds, places CSS pixels."""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Final, NamedTuple, Self

import attrs

PICTURE_SECONDS: Final = 1 / 60
_SMOOTH: Final = 2
_DEPTH: Final = 0.1
_MODIFIERS: Final = ("Shift", "Control", "Meta", "Alt")


class Press(NamedTuple):
    """A key went down or up."""

    at: float
    code: str
    is_down: bool


class Place(NamedTuple):
    """Where the pointer was."""

    at: float
    x: float
    y: float


@attrs.frozen
class Typed:
    """The times of keys that were typed, without those of modifiers.

    Attributes:
        holds: How long each key was down.
        intervals: From one key's press to the next one's.
        overlaps: How many keys went down while another one was.
    """

    holds: tuple[float, ...]
    intervals: tuple[float, ...]
    overlaps: int

    @classmethod
    def of(cls, presses: Iterable[Press]) -> Self:
        """Measure *presses*, in their order."""
        holds, times, down, overlaps = list[float](), list[float](), dict[str, float](), 0
        for at, code, is_down in presses:
            if code.startswith(_MODIFIERS):
                continue
            if is_down:
                overlaps += bool(down)
                times.append(at)
                down[code] = at
            else:
                holds.append(at - down.pop(code))
        return cls(tuple(holds), tuple(b - a for a, b in pairwise(times)), overlaps)

    @property
    def rollover(self) -> float:
        """The share of keys that went down while another one was."""
        return self.overlaps / (len(self.intervals) + 1)


@attrs.frozen
class Moved:
    """One movement of the pointer, from where it rested to where it came to rest."""

    places: Sequence[Place]

    @property
    def distance(self) -> float:
        """The straight way."""
        return math.dist(self.places[0][1:], self.places[-1][1:])

    @property
    def seconds(self) -> float:
        """How long it took."""
        return self.places[-1].at - self.places[0].at

    @property
    def efficiency(self) -> float:
        """The straight way as a share of the way that was taken."""
        return self.distance / sum(math.dist(a[1:], b[1:]) for a, b in pairwise(self.places))

    @property
    def overshoots(self) -> bool:
        """Whether it went two pixels or more beyond its end, along the straight way."""
        (_, x, y), (_, end_x, end_y) = self.places[0], self.places[-1]
        along = ((p.x - x) * (end_x - x) + (p.y - y) * (end_y - y) for p in self.places)
        return max(along) / self.distance > self.distance + 2

    @property
    def speeds(self) -> list[float]:
        """Pixels a second, picture by picture, each the mean of five."""
        places = self._every_picture()
        raw = [math.dist(a, b) / PICTURE_SECONDS for a, b in pairwise(places)]
        return [statistics.fmean(raw[max(at - _SMOOTH, 0) : at + _SMOOTH + 1]) for at in range(len(raw))]

    @property
    def summit(self) -> float:
        """When it was fastest, as a share of its time."""
        speeds = self.speeds
        return (speeds.index(max(speeds)) + 0.5) / len(speeds)

    @property
    def peaks(self) -> int:
        """How often the speed rises and falls again, each time by a tenth of its greatest."""
        speeds = [0.0, *self.speeds, 0.0]
        depth = _DEPTH * max(speeds)
        peaks, turn, rising = 0, 0.0, True
        for speed in speeds:
            turn = max(turn, speed) if rising else min(turn, speed)
            if abs(speed - turn) > depth:
                peaks += rising
                turn, rising = speed, not rising
        return peaks

    def _every_picture(self) -> list[tuple[float, float]]:
        places, found = list(self.places), list[tuple[float, float]]()
        at, later = places[0].at, 1
        for _ in range(math.ceil(self.seconds / PICTURE_SECONDS) + 1):
            while later < len(places) - 1 and places[later].at <= at:
                later += 1
            before, after = places[later - 1], places[later]
            share = min(max((at - before.at) / ((after.at - before.at) or 1), 0), 1)
            found.append((before.x + share * (after.x - before.x), before.y + share * (after.y - before.y)))
            at += PICTURE_SECONDS
        return found
