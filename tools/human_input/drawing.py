"""The plot of what a page recorded, beside what was measured of people."""

from __future__ import annotations

import statistics
from pathlib import Path
from typing import Any, Final

import matplotlib as mpl

from human_input.figures import Seen, log_logistic
from human_input.measures import Moved

mpl.use("svg")
mpl.rcParams.update(
    {"svg.hashsalt": "jackfield", "font.size": 8, "axes.titlesize": 9, "svg.fonttype": "none"}
)

from matplotlib import pyplot as plt  # noqa: E402  the backend is chosen first

_HAND: Final = "#1d5c57"
_PEOPLE: Final = "#c2571a"
_PATHS: Final = 40


def draw(seen: Seen, file: Path) -> None:
    """Draw *seen* as an SVG."""
    figure, axes = plt.subplots(2, 4, figsize=(13, 6.2), layout="constrained")
    panels = (_paths, _speeds, _fitts, _scatter, _holds, _intervals, _rollover, _clicks)
    for panel, axis in zip(panels, axes.flat, strict=True):
        panel(axis, seen)
        axis.spines[["top", "right"]].set_visible(False)
    figure.savefig(file, metadata={"Date": None})
    plt.close(figure)


def _paths(axis: Any, seen: Seen) -> None:
    for aimed in seen.far[:_PATHS]:
        axis.plot(
            *zip(*[(place.x, place.y) for place in aimed.moved.places], strict=True),
            color=_HAND,
            lw=0.6,
            alpha=0.6,
        )
    axis.invert_yaxis()
    axis.set(title=f"{_PATHS} movements", xlabel="pixels", ylabel="pixels")


def _speeds(axis: Any, seen: Seen) -> None:
    curves = [_curve(aimed.moved) for aimed in seen.far]
    times = [share / 50 for share in range(51)]
    low, middle, high = zip(*[statistics.quantiles(at, n=4) for at in zip(*curves, strict=True)], strict=True)
    axis.fill_between(times, low, high, color=_HAND, alpha=0.25, lw=0, label="middle half")
    axis.plot(times, middle, color=_HAND, label="median")
    axis.plot(
        times,
        [30 * t**2 * (1 - t) ** 2 / 1.875 for t in times],
        color=_PEOPLE,
        ls="--",
        lw=1,
        label="minimum jerk",
    )
    axis.set(
        title="Speed of a movement",
        xlabel="share of its time",
        ylabel="share of its greatest speed",
        ylim=(0, 1.4),
    )
    axis.legend(frameon=False, ncols=2, loc="upper right")


def _curve(moved: Moved) -> list[float]:
    speeds = moved.speeds
    return [
        speeds[min(round(share / 50 * (len(speeds) - 1)), len(speeds) - 1)] / max(speeds)
        for share in range(51)
    ]


def _fitts(axis: Any, seen: Seen) -> None:
    bits = [aimed.bits for aimed in seen.aimed]
    axis.scatter(bits, [aimed.seconds for aimed in seen.aimed], s=4, color=_HAND, alpha=0.5, lw=0)
    for rate, side in ((3.7, "bottom"), (4.9, "top")):
        end = max(bits), max(bits) / rate
        axis.plot([0, end[0]], [0, end[1]], color=_PEOPLE, lw=1, ls="--")
        axis.annotate(f"{rate} bit/s", end, color=_PEOPLE, ha="right", va=side)
    axis.set(title="Fitts' law", xlabel="index of difficulty, bits", ylabel="seconds")


def _scatter(axis: Any, seen: Seen) -> None:
    _, across, along = zip(*seen.clicks, strict=True)
    axis.scatter(across, along, s=4, color=_HAND, alpha=0.5, lw=0)
    axis.add_patch(plt.Rectangle((-0.5, -0.5), 1, 1, fill=False, lw=0.8))
    axis.set(
        title="Where targets are clicked",
        xlabel="of the width, from the middle",
        ylabel="of the height",
        aspect="equal",
    )


def _holds(axis: Any, seen: Seen) -> None:
    _times(axis, seen.scaled("holds"), 0.35, 5.0)
    axis.set(title="How long keys are down", xlabel="of the hand's mean")


def _intervals(axis: Any, seen: Seen) -> None:
    axis.hist(seen.scaled("intervals"), bins=60, range=(0, 3.5), density=True, color=_HAND, alpha=0.5)
    axis.set(title="From press to press", xlabel="of the hand's mean", yticks=[])


def _times(axis: Any, times: list[float], least: float, shape: float) -> None:
    axis.hist(times, bins=60, range=(0, 3), density=True, color=_HAND, alpha=0.5)
    at = [place / 100 for place in range(301)]
    density = [
        (log_logistic(x + 0.005, least, shape) - log_logistic(x - 0.005, least, shape)) / 0.01 for x in at
    ]
    axis.plot(at, density, color=_PEOPLE, lw=1, label="log-logistic")
    axis.set(yticks=[])
    axis.legend(frameon=False)


def _rollover(axis: Any, seen: Seen) -> None:
    axis.axhspan(0.08, 0.42, color=_PEOPLE, alpha=0.12, lw=0)
    axis.axhline(0.25, color=_PEOPLE, lw=1, ls="--", label="people: mean, SD")
    axis.axvline(0.239, color=_PEOPLE, lw=1, ls="--")
    means = [statistics.fmean(each.intervals) for each in seen.typed]
    axis.scatter(means, [each.rollover for each in seen.typed], s=18, color=_HAND, label="hands")
    axis.set(title="Keys that overlap", xlabel="press to press, mean seconds", ylabel="share of keys", ylim=0)
    axis.legend(frameon=False)


def _clicks(axis: Any, seen: Seen) -> None:
    axis.axvspan(0.087, 0.137, color=_PEOPLE, alpha=0.12, lw=0, label="people's means, by age")
    axis.hist([held for held, *_ in seen.clicks], bins=40, range=(0, 0.3), color=_HAND, alpha=0.5)
    axis.set(title="How long the button is down", xlabel="seconds", yticks=[])
    axis.legend(frameon=False, loc="center right")
