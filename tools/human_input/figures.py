"""What a page recorded, beside what was measured of people."""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterable, Iterator, Sequence
from statistics import NormalDist
from typing import Final

import attrs

from human_input.measures import Typed
from human_input.recording import Aimed, Recording
from jackfield_web.hands import AIM_SIGMA

FAR_PIXELS: Final = 150
"""Shorter movements have too few pictures for a curve of speed."""


@attrs.frozen
class Figure:
    """One figure.

    Attributes:
        name: What is measured.
        people: What was measured of people, and by whom.
        seen: What was seen, in words.
        value: What was seen.
        least: The smallest value that fits.
        most: The largest value that fits.
    """

    name: str
    people: str
    seen: str
    value: float
    least: float
    most: float

    @property
    def fits(self) -> bool:
        """Whether what was seen lies within the tolerance."""
        return self.least <= self.value <= self.most


@attrs.frozen
class Seen:
    """The recordings of several hands, by what they show."""

    recordings: Sequence[Recording]

    @property
    def typed(self) -> list[Typed]:
        """Return the keys of each hand."""
        return [each.typed for each in self.recordings]

    @property
    def aimed(self) -> list[Aimed]:
        """Return all movements."""
        return [aimed for each in self.recordings for aimed in each.aimed]

    @property
    def far(self) -> list[Aimed]:
        """Return the movements that are long enough for a curve of speed."""
        return [aimed for aimed in self.aimed if aimed.moved.distance > FAR_PIXELS]

    @property
    def clicks(self) -> list[tuple[float, float, float]]:
        """Return all clicks."""
        return [click for each in self.recordings for click in each.clicks]

    def scaled(self, kind: str) -> list[float]:
        """Return all `holds` or `intervals`, each divided by the mean of its hand."""
        by_hand = [getattr(each, kind) for each in self.typed]
        return [time / statistics.fmean(times) for times in by_hand for time in times]


def log_logistic(value: float, least: float, shape: float) -> float:
    """Return the share of a log-logistic distribution with mean 1 that lies below *value*."""
    bend = math.pi / shape
    scale = (1 - least) * math.sin(bend) / bend
    return 0.0 if value <= least else 1 / (1 + ((value - least) / scale) ** -shape)


def farthest(values: Iterable[float], least: float, shape: float) -> tuple[float, float]:
    """Return how far *values* are from log-logistic and from normal: Kolmogorov-Smirnov distances."""
    ordered = sorted(values)
    normal = NormalDist(statistics.fmean(ordered), statistics.pstdev(ordered))
    distances = [
        (abs(log_logistic(value, least, shape) - share), abs(normal.cdf(value) - share))
        for share, value in ((rank / len(ordered), value) for rank, value in enumerate(ordered, 1))
    ]
    return max(d for d, _ in distances), max(d for _, d in distances)


def of_the_hand(seen: Seen) -> Iterator[Figure]:
    """Yield the figures that a hand has, be it drawn or recorded."""
    yield from _of_keys(seen)
    yield from _of_movements(seen)
    yield from _of_clicks(seen)


def of_the_page(seen: Seen) -> Iterator[Figure]:
    """Yield the figures that only a page has."""
    merged = statistics.fmean(count for each in seen.recordings for count in each.coalesced)
    people = "1.8 from a mouse at 125 Hz (measured with XTEST)"
    yield Figure("positions in one move", people, f"{merged:.2f}: an engine's trait", merged, 1, 1.3)
    strangers = sum(not each.are_trusted for each in seen.recordings)
    yield Figure("events that are not trusted", "none", "some" if strangers else "none", strangers, 0, 0)


def _of_keys(seen: Seen) -> Iterator[Figure]:
    holds = statistics.fmean(time for each in seen.typed for time in each.holds)
    yield Figure("key held", "116 ms (Dhakal 2018)", f"{holds * 1000:.0f} ms", holds, 0.105, 0.13)
    intervals = statistics.fmean(time for each in seen.typed for time in each.intervals)
    told = f"{intervals * 1000:.0f} ms"
    yield Figure("press to press", "239 ms, between people SD 112 (Dhakal 2018)", told, intervals, 0.18, 0.3)
    shares = [each.rollover for each in seen.typed]
    mean = statistics.fmean(shares)
    told = f"{mean:.0%}, between hands SD {statistics.pstdev(shares) * 100:.0f}"
    yield Figure(
        "key down before the last is up", "25 %, between people SD 17 (Dhakal 2018)", told, mean, 0.12, 0.38
    )
    near, far = farthest(seen.scaled("holds"), 0.35, 5.0)
    told = f"{near:.3f} from log-logistic, {far:.3f} from normal"
    yield Figure("shape of holds", "log-logistic, not normal (González 2021)", told, near / far, 0, 0.8)


def _of_movements(seen: Seen) -> Iterator[Figure]:
    bits = statistics.fmean(each.bits for each in seen.aimed)
    rate = bits / statistics.fmean(each.seconds for each in seen.aimed)
    yield Figure("throughput", "3.7 to 4.9 bit/s (Soukoreff 2004)", f"{rate:.1f} bit/s", rate, 3.4, 4.9)
    peaks = [each.moved.peaks for each in seen.far]
    shares = [sum(count == wanted for count in peaks) / len(peaks) for wanted in (1, 2)]
    told = f"one in {shares[0]:.0%}, two in {shares[1]:.0%}"
    yield Figure("peaks of speed", "one, and corrections (Meyer 1988)", told, sum(shares), 0.9, 1)
    summit = statistics.fmean(each.moved.summit for each in seen.far)
    told = f"after {summit:.0%} of the time"
    yield Figure("fastest", "in the first half (Plamondon 1995)", told, summit, 0.2, 0.5)
    straight = statistics.fmean(each.moved.efficiency for each in seen.far)
    yield Figure("straight way / way", "no figure known to us", f"{straight:.3f}", straight, 0.95, 0.99)


def _of_clicks(seen: Seen) -> Iterator[Figure]:
    held = statistics.fmean(held for held, _, _ in seen.clicks)
    yield Figure(
        "button held", "87 to 137 ms by age (Edmonds 2026)", f"{held * 1000:.0f} ms", held, 0.087, 0.137
    )
    scatter = statistics.pstdev(off for _, *both in seen.clicks for off in both)
    people = "0.24 of the side at 4 % misses (Soukoreff 2004); ours 0.13"
    yield Figure(
        "scatter of clicks, SD",
        people,
        f"{scatter:.2f} of the side",
        scatter,
        AIM_SIGMA - 0.03,
        AIM_SIGMA + 0.03,
    )
