"""Two browsers' answers, signal by signal, and the verdict. Law: what differs is named, with its reason."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, Self, TypeAlias

import attrs

from ._hand import Trait

Report: TypeAlias = Mapping[str, Mapping[str, Any]]
"""What a browser tells: by place and name."""

_LONGEST_SHOWN: Final = 60
_NO_WINDOW: Final = "a browser without a window is on a display that nobody sees, beside a task bar"
_REASONS: Final = (
    (
        r"two tabs",
        "engines tell every page that it is seen and has the focus, so that it goes on and can be pressed",
    ),
    (r"prefers", "an engine that is not told otherwise has pages light and in motion"),
    (
        r"language|database",
        "without a profile it is like a private window: nothing is on disk, one language is told",
    ),
    (r"headers of|useragent|appversion", "a browser without a window says HeadlessChrome, but not on Linux"),
    (r"console\.|cdp", "Playwright enables Runtime, so what a page logs is looked at; patchright does not"),
    (r"canvas", "canvas noise is on: pixels are not what was drawn, and workers read others"),
    (
        r"webgl|swiftshader",
        "without a graphics card it paints by software when it has no window, else not at all",
    ),
    (r"screen|window\.|media|visibility|scrollbar", _NO_WINDOW),
    (r"visitorid", "it is made of the others"),
)
"""Why a signal differs, by a pattern of its place and name; the first that fits."""


@attrs.frozen
class Difference:
    """A signal in which a driven browser differs from the undriven one.

    Attributes:
        place: Where it was asked: `page`, `iframe`, `worker`, `service worker`, `headers of page`…
        name: What was asked.
        undriven: What the undriven browser tells.
        driven: What the driven one tells.
    """

    place: str
    name: str
    undriven: str
    driven: str

    @property
    def reason(self) -> str:
        """Why it differs, as far as that is known."""
        where = f"{self.place} {self.name}"
        return next(
            (reason for pattern, reason in _REASONS if re.search(pattern, where, re.IGNORECASE)), "not known"
        )


@attrs.frozen
class Comparison:
    """A measurement: a driven browser beside the same one undriven.

    Attributes:
        configuration: What was measured, in words.
        compared: How many signals were compared, by place.
        differences: Those that differ.
        unsteady: Signals that the undriven browser does not tell the same way twice; they are not compared.
        hand: What the page saw of the hand.
    """

    configuration: str
    compared: Mapping[str, int]
    differences: tuple[Difference, ...]
    unsteady: tuple[str, ...]
    hand: tuple[Trait, ...]

    @classmethod
    def of(
        cls, configuration: str, controls: Sequence[Report], driven: Report, hand: Iterable[Trait]
    ) -> Self:
        """Compare what two runs of the *controls* and one of the *driven* browser told."""
        signals = [dict(_signals(report)) for report in (*controls, driven)]
        first, again, told = signals
        keys = sorted({key for found in signals for key in found})
        unsteady = [key for key in keys if first.get(key) != again.get(key)]
        steady = [key for key in keys if key not in set(unsteady)]
        places = [place for place, _ in steady]
        return cls(
            configuration=configuration,
            compared={place: places.count(place) for place in dict.fromkeys(places)},
            differences=tuple(
                Difference(*key, *_apart(first.get(key), told.get(key)))
                for key in steady
                if first.get(key) != told.get(key)
            ),
            unsteady=tuple(f"{place} {name}" for place, name in unsteady),
            hand=tuple(hand),
        )

    @property
    def verdict(self) -> str:
        """The outcome, in a sentence."""
        if not self.differences:
            return f"{self.configuration}: same as your own browser"
        by_place = {place: self.differing(place) for place in self.compared if self.differing(place)}
        told = ", ".join(f"{place} ({count})" for place, count in by_place.items())
        return f"{self.configuration}: differs in {len(self.differences)} signals: {told}"

    def differing(self, place: str) -> int:
        """Return how many signals differ in *place*."""
        return sum(one.place == place for one in self.differences)


def _signals(report: Report) -> Iterator[tuple[tuple[str, str], str]]:
    for place, told in report.items():
        for name, value in told.items():
            yield (place, name), str(value)


def _apart(undriven: str | None, driven: str | None) -> tuple[str, str]:
    """Return both as they are shown: of long lists only what is not in the other."""
    if undriven is None or driven is None or max(len(undriven), len(driven)) <= _LONGEST_SHOWN:
        return undriven or "nothing", driven or "nothing"
    here, there = undriven.split(","), driven.split(",")
    pairs = ((here, there), (there, here))
    only = [",".join(one for one in mine if one not in set(other)) for mine, other in pairs]
    return only[0] or "no more", only[1] or "no more"
