"""Where a pointer goes and when, and how the wheel turns. Pure; all from one generator.

Movements are aimed, by published motor models.

Sources besides those of `_hand`:

- MacKenzie 1992: MacKenzie and Buxton, "Extending Fitts' law to two-dimensional tasks", CHI 1992.
- Meyer 1988: Meyer, Abrams, Kornblum, Wright and Smith, "Optimality in human motor performance",
  Psychological Review 95, 340-370: a first submovement that falls a little short, and corrections.
- Plamondon 1995: Plamondon, "A kinematic theory of rapid human movements", Biological Cybernetics 72,
  295-320: the speed of each submovement is log-normal in time; Plamondon and Djioua, "A multi-level
  representation paradigm for handwriting stroke generation", Human Movement Science 25 (2006): the
  vectors add up (sigma-lognormal).
- Elble 1976: Elble and Randall, "Motor-unit activity responsible for 8- to 12-Hz component of human
  physiological finger tremor", Journal of Neurophysiology 39, 370-383.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterator
from statistics import NormalDist
from typing import Final, NamedTuple

import attrs

from ._hand import Hand, log_logistic
from ._steps import FRAME_SECONDS, Button, Move, Wheel

AIM_SIGMA: Final = 0.13
"""SD of the point that is clicked, as a share of the target's side.

Soukoreff 2004 takes 4 % misses to be an SD of 1 / 4.133 = 0.242. A person who reads what they click misses
less; ours is about half of it.
"""

NOTCH_PIXELS: Final = 120
"""What Chromium makes of one notch of a real wheel on Linux."""

_AIM_MOST: Final = 0.38
_SHORTEST_SECONDS: Final = 0.12
_NORMAL: Final = NormalDist()
_ALMOST: Final = _NORMAL.inv_cdf(0.99)
_CORRECTED_PIXELS: Final = 2.0
_NOTCH_SECONDS: Final = 0.06
_FLICK_SECONDS: Final = 0.35


class Point(NamedTuple):
    """A place in the window, in CSS pixels from its corner."""

    x: float
    y: float


@attrs.frozen
class Box:
    """A target's place and size, in CSS pixels."""

    x: float
    y: float
    width: float
    height: float

    def __contains__(self, place: Point | None) -> bool:
        if place is None:
            return False
        return 0 <= place.x - self.x < self.width and 0 <= place.y - self.y < self.height


def aim(box: Box, rng: random.Random) -> Point:
    """Draw the whole pixel of *box* that is clicked: normally about the middle, with `AIM_SIGMA`, inside."""

    def along(start: float, side: float) -> float:
        share = min(max(rng.gauss(0, AIM_SIGMA), -_AIM_MOST), _AIM_MOST)
        return min(max(round(start + side * (0.5 + share)), math.ceil(start)), start + max(side - 1, 0))

    return Point(math.floor(along(box.x, box.width)), math.floor(along(box.y, box.height)))


def movement_seconds(distance: float, box: Box, hand: Hand, rng: random.Random) -> float:
    """Draw how long a movement over *distance* pixels to *box* takes.

    Fitts' law as in Soukoreff 2004: `log2(distance / width + 1) / throughput`; the width is the smaller side
    (MacKenzie 1992). Single movements scatter by a log-normal factor with a sigma of 0.15: our choice.
    """
    width = max(min(box.width, box.height), 1.0)
    seconds = math.log2(distance / width + 1) / hand.throughput
    return max(seconds * rng.lognormvariate(0, 0.15), _SHORTEST_SECONDS)


@attrs.frozen
class _Stroke:
    """One submovement.

    Attributes:
        way: Its vector, in pixels.
        begins: When it begins, in seconds.
        mu: Of its log-normal speed.
        sigma: Of its log-normal speed.
    """

    way: Point
    begins: float
    mu: float
    sigma: float

    @classmethod
    def between(cls, way: Point, begins: float, ends: float, rng: random.Random) -> _Stroke:
        """Return a stroke of which 99 % is done at *ends*."""
        sigma = rng.uniform(0.25, 0.35)
        return cls(way, begins, math.log(ends - begins) - _ALMOST * sigma, sigma)

    def done(self, seconds: float) -> float:
        """Return the share that is done after *seconds*."""
        if seconds <= self.begins:
            return 0.0
        return _NORMAL.cdf((math.log(seconds - self.begins) - self.mu) / self.sigma)


def path(start: Point, end: Point, seconds: float, hand: Hand, rng: random.Random) -> Iterator[Move]:
    """Yield a movement, one place a picture; the last one is *end*, in whole pixels.

    A first stroke covers nearly all of the way, a second one what is missing or too much, beginning before
    the first is over (Meyer 1988); each has a log-normal speed (Plamondon 1995). The way bends to the hand's
    side, and trembles by a fraction of a pixel at 8 to 12 Hz (Elble 1976).
    """
    if (round(start.x), round(start.y)) == (end.x, end.y):
        return
    strokes = _strokes(start, end, seconds, rng)
    bow = hand.bow * rng.uniform(0.3, 1.7)
    tremor = _tremor(rng)
    last, waited = Point(round(start.x), round(start.y)), 0.0
    frames = max(math.ceil(seconds / FRAME_SECONDS), 2)
    for frame in range(1, frames + 1):
        waited += FRAME_SECONDS
        at = end if frame == frames else _place(start, strokes, bow, frame * FRAME_SECONDS)
        if frame < frames:
            shake = tremor(frame * FRAME_SECONDS)
            at = Point(round(at.x + shake.x), round(at.y + shake.y))
        if at != last:
            yield Move(waited, round(at.x), round(at.y))
            last, waited = at, 0.0


def _strokes(start: Point, end: Point, seconds: float, rng: random.Random) -> list[_Stroke]:
    way = Point(end.x - start.x, end.y - start.y)
    share, aside = rng.gauss(0.96, 0.04), rng.gauss(0, 0.012)
    first = Point(way.x * share - way.y * aside, way.y * share + way.x * aside)
    missing = Point(way.x - first.x, way.y - first.y)
    if math.hypot(*missing) < _CORRECTED_PIXELS:
        return [_Stroke.between(way, 0.0, seconds, rng)]
    turn = seconds * rng.uniform(0.5, 0.62)
    return [
        _Stroke.between(first, 0.0, seconds * rng.uniform(0.72, 0.82), rng),
        _Stroke.between(missing, turn, seconds, rng),
    ]


def _place(start: Point, strokes: list[_Stroke], bow: float, seconds: float) -> Point:
    x, y = start
    for stroke in strokes:
        done = stroke.done(seconds)
        aside = 4 * bow * done * (1 - done)
        x += stroke.way.x * done - stroke.way.y * aside
        y += stroke.way.y * done + stroke.way.x * aside
    return Point(x, y)


def _tremor(rng: random.Random) -> Callable[[float], Point]:
    waves = [(rng.uniform(8, 12) * math.tau, rng.uniform(0, math.tau), rng.uniform(0.2, 0.5)) for _ in "xy"]

    def at(seconds: float) -> Point:
        return Point(*(size * math.sin(speed * seconds + phase) for speed, phase, size in waves))

    return at


def press(hand: Hand, rng: random.Random) -> Iterator[Button]:
    """Yield a click where the pointer is. It rests 60 to 180 ms on the target first: our choice."""
    yield Button(log_logistic(rng, 0.11, least=0.5, shape=5.0), is_down=True)
    yield Button(hand.click_seconds(rng), is_down=False)


def scroll(pixels: float, rng: random.Random) -> Iterator[Wheel]:
    """Yield notches that scroll by *pixels* at least, in flicks of three to six; downwards if positive.

    There is no published distribution of the times between notches that we know of; ours are a choice.
    """
    left = math.ceil(abs(pixels) / NOTCH_PIXELS)
    notch = NOTCH_PIXELS if pixels > 0 else -NOTCH_PIXELS
    while left > 0:
        for place in range(min(left, rng.randint(3, 6))):
            mean = _NOTCH_SECONDS if place else _FLICK_SECONDS
            yield Wheel(log_logistic(rng, mean, least=0.3, shape=5.0), notch)
            left -= 1
