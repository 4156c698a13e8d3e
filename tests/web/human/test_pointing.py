"""Movements of the mouse: where they end, how long they take, and their speed, against motor models."""

from __future__ import annotations

import math
import random
import statistics
from itertools import accumulate, pairwise
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from human_input.measures import Moved, Place
from jackfield_web.hands import (
    AIM_SIGMA,
    FRAME_SECONDS,
    NOTCH_PIXELS,
    Box,
    Hand,
    Point,
    aim,
    movement_seconds,
    path,
    press,
    scroll,
)

MOVEMENTS = 500
START = Point(20, 30)


class Movement(NamedTuple):
    """One movement as it was drawn, with its index of difficulty in bits."""

    bits: float
    moved: Moved


def movement(seed: int) -> Movement:
    """Return a movement of 150 pixels or more to a target of 16 to 200 pixels."""
    hand, rng = Hand.of(seed), random.Random(seed)
    box = Box(rng.uniform(150, 1000), rng.uniform(100, 700), rng.uniform(16, 200), rng.uniform(16, 60))
    end = aim(box, rng)
    distance = math.dist(START, end)
    moves = list(path(START, end, movement_seconds(distance, box, hand, rng), hand, rng))
    times = accumulate(move.wait for move in moves)
    places = [Place(at, move.x, move.y) for at, move in zip(times, moves, strict=True)]
    bits = math.log2(distance / min(box.width, box.height) + 1)
    return Movement(bits, Moved([Place(0.0, *START), *places]))


@pytest.fixture(scope="module")
def movements() -> list[Movement]:
    """Return 500 movements of as many hands."""
    return [movement(seed) for seed in range(MOVEMENTS)]


@given(st.tuples(*[st.integers(0, 3000)] * 4), st.floats(0.05, 3), st.integers())
def test_a_movement_ends_where_it_shall(places: tuple[int, ...], seconds: float, seed: int) -> None:
    """Every movement ends on its last pixel, in the time it was given, with never two steps alike."""
    start, end = Point(*places[:2]), Point(*places[2:])
    moves = list(path(start, end, seconds, Hand.of(seed), random.Random(seed)))

    assert [(move.x, move.y) for move in moves[-1:]] == ([] if start == end else [end])
    assert sum(move.wait for move in moves) <= seconds + 2 * FRAME_SECONDS
    assert all((a.x, a.y) != (b.x, b.y) for a, b in pairwise(moves))


@given(
    st.builds(Box, *[st.floats(0, 2000)] * 2, *[st.floats(1, 800)] * 2),
    st.integers(),
)
def test_an_aim_lies_in_its_target(box: Box, seed: int) -> None:
    """What is clicked is a whole pixel that touches the target."""
    x, y = aim(box, random.Random(seed))

    assert box.x - 1 < x < box.x + box.width
    assert box.y - 1 < y < box.y + box.height


def test_the_same_seed_moves_the_same() -> None:
    """The same seed gives the same movement, another one gives another."""
    assert movement(7) == movement(7)
    assert movement(7).moved.places != movement(8).moved.places


def test_aims_scatter_about_the_middle() -> None:
    """The points that are clicked scatter normally about the middle with the SD that is documented."""
    box, rng = Box(100, 100, 1000, 1000), random.Random(1)
    points = [aim(box, rng) for _ in range(2000)]

    for places in zip(*points, strict=True):
        assert statistics.fmean(places) == pytest.approx(600, abs=12)
        assert statistics.pstdev(places) == pytest.approx(1000 * AIM_SIGMA, rel=0.08)


def test_movements_keep_fitts_law(movements: list[Movement]) -> None:
    """Time grows with the index of difficulty, at the 3.7 to 4.9 bits a second of mice (Soukoreff 2004)."""
    bits = [each.bits for each in movements]
    seconds = [each.moved.seconds for each in movements]
    slope, intercept = statistics.linear_regression(bits, seconds)

    assert 3.7 < statistics.fmean(bits) / statistics.fmean(seconds) < 4.9
    assert statistics.correlation(bits, seconds) > 0.55
    assert slope == pytest.approx(1 / 4.3, rel=0.15)
    assert abs(intercept) < 0.15


def test_a_movement_has_one_peak_of_speed_and_corrections(movements: list[Movement]) -> None:
    """Speed has one peak, in the first half, and at most two of correction (Meyer 1988, Plamondon 1995)."""
    peaks = [each.moved.peaks for each in movements]
    summits = [each.moved.summit for each in movements]

    assert statistics.mode(peaks) == 1
    assert max(peaks) <= 3
    assert sum(count > 1 for count in peaks) / MOVEMENTS > 0.05
    assert 0.25 < statistics.fmean(summits) < 0.5


def test_speed_begins_and_ends_low(movements: list[Movement]) -> None:
    """A hand starts from rest and comes to rest."""
    for end in (0, -1):
        shares = [each.moved.speeds[end] / max(each.moved.speeds) for each in movements]
        assert statistics.fmean(shares) < 0.2


def test_ways_bend_a_little(movements: list[Movement]) -> None:
    """Hardly a way is a straight line, none wanders: 95 to 99 % of what is gone leads there, on average."""
    shares = [each.moved.efficiency for each in movements]

    assert 0.95 < statistics.fmean(shares) < 0.99
    assert min(shares) > 0.8


def test_some_movements_overshoot(movements: list[Movement]) -> None:
    """Between a twentieth and a third of the movements go beyond their end and come back."""
    assert 0.05 < sum(each.moved.overshoots for each in movements) / MOVEMENTS < 0.35


def test_a_button_is_held() -> None:
    """A click rests on its target, and holds as long as hands do: 87 to 137 ms on average (Edmonds 2026)."""
    clicks = [list(press(Hand.of(seed), random.Random(seed))) for seed in range(500)]
    rests, holds = zip(*[(down.wait, up.wait) for down, up in clicks], strict=True)

    assert {tuple(each.is_down for each in click) for click in clicks} == {(True, False)}
    assert 0.087 < statistics.fmean(holds) < 0.137
    assert 0.02 < statistics.pstdev(holds) < 0.05
    assert min(rests) > 0.05


@given(st.floats(-5000, 5000, allow_subnormal=False), st.integers())
def test_a_wheel_turns_in_notches(pixels: float, seed: int) -> None:
    """Whole notches one way, as many as are needed, each some time after the one before."""
    notches = list(scroll(pixels, random.Random(seed)))

    assert {abs(each.pixels) for each in notches} <= {NOTCH_PIXELS}
    assert 0 <= abs(sum(each.pixels for each in notches)) - abs(pixels) <= NOTCH_PIXELS
    assert all(each.wait > 0.01 and (each.pixels > 0) == (pixels > 0) for each in notches)
