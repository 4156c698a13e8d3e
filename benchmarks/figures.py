"""What is measured, the goals, and whether they are met. Goals are ratios within one run where possible."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from typing import Final

import attrs

from .lab import ON_TRIO, OURS, Values


@attrs.frozen
class Goal:
    """A figure is at most this.

    Attributes:
        most: The largest value, or the largest ratio.
        over: Whose figure it is divided by; None for the value itself.
        who: Whose figure it is.
    """

    most: float
    over: str | None = None
    who: str = OURS

    def value(self, values: Values) -> float | None:
        """Return what is compared with *most*: the median of the rounds; None when it was not measured."""
        mine = values.get(self.who)
        if not mine:
            return None
        if self.over is None:
            return statistics.median(mine)
        theirs = values.get(self.over)
        # Round by round: what slowed the machine down in one round slowed both.
        return statistics.median(a / b for a, b in zip(mine, theirs, strict=True)) if theirs else None


@attrs.frozen
class Figure:
    """One thing that is measured.

    Attributes:
        name: Its name in the JSON.
        title: Its name for people.
        unit: What it is counted in.
        goals: What it should be.
        missed: Why a goal is missed, for those who know that it is.
    """

    name: str
    title: str
    unit: str
    goals: Sequence[Goal] = ()
    missed: str = ""


@attrs.frozen
class Verdict:
    """A goal, and what became of it.

    Attributes:
        goal: The goal.
        found: The value or ratio that was found.
    """

    goal: Goal
    found: float

    @property
    def met(self) -> bool:
        """Whether the goal was met."""
        return self.found <= self.goal.most


TRIO: Final = Goal(1.15, over=OURS, who=ON_TRIO)

_HELD: Final = (
    "Each stream has a connection of its own, and making it, in `anyio`, is most of the work; with the pool "
    "of bare `httpx2` the same takes minutes."
)

FIGURES: Final = (
    Figure(
        "request_1",
        "Request, one at a time",
        "µs CPU",
        (Goal(1.05, over="httpx2"), Goal(0.55, over="openai"), TRIO),
        "The core's part costs the same alone and in a crowd; there `httpx2`'s own pool costs more.",
    ),
    Figure("request_50", "Request, 50 at once", "µs CPU", (Goal(1.05, over="httpx2"), TRIO)),
    Figure("request_500", "Request, 500 at once", "µs CPU", (Goal(0.35, over="httpx2"), TRIO)),
    Figure("flatness", "Request, 500 at once over one at a time", "ratio", (Goal(1.3),)),
    Figure(
        "burst",
        "Streamed event, many at once",
        "µs CPU",
        (Goal(1.4, over="httpx2"), Goal(1 / 6, over="openai"), TRIO),
    ),
    Figure(
        "paced",
        "Streamed event, one every 20 ms, 50 streams",
        "µs CPU",
        (Goal(1.1, over="httpx2"), Goal(0.45, over="openai"), TRIO),
        "Nearly all of it is one read of a socket through `anyio`, the same as in bare `httpx2`.",
    ),
    Figure("first", "First event of a stream", "µs", (Goal(1.25, over="httpx2"), Goal(0.45, over="openai"))),
    Figure("first_lines", "Connections of 201 streams, one after the other", "connections", (Goal(1),)),
    Figure("import", "Import", "ms CPU", (Goal(0.75, over="httpx2"), Goal(0.15, over="openai"), Goal(50.0))),
    Figure("modules", "Modules after it", "modules"),
    Figure("memory", "Memory after it", "MiB", (Goal(32.0),)),
    Figure("import_opener", "Import of `ProviderManager`, `AsyncClient`, `AsyncOpenAI`", "ms CPU"),
    Figure("modules_opener", "Modules after it", "modules"),
    Figure("memory_opener", "Memory after it", "MiB", (Goal(32.0),)),
    Figure("help", "`jackfield --help`", "ms", (Goal(120.0),)),
    Figure(
        "cold",
        "From the start of a process to its first reply",
        "ms CPU",
        (Goal(1.35, over="httpx2"), Goal(0.45, over="openai"), Goal(210.0)),
        "Most of it is importing, much of it `httpx2`, which imports `trio` too where that is installed.",
    ),
    Figure("held_memory", "10,000 streams held: memory", "MiB", (Goal(320.0), TRIO)),
    Figure("held_open", "10,000 streams held: until all are open", "s", (Goal(10.0), TRIO), _HELD),
    Figure(
        "held_cpu", "10,000 streams held: opening and finishing one", "µs CPU", (Goal(2500.0), TRIO), _HELD
    ),
    Figure("discovery_10", "List providers, 10 distributions", "ms CPU"),
    Figure("discovery_100", "List providers, 100 distributions", "ms CPU"),
    Figure("discovery_500", "List providers, 500 distributions", "ms CPU"),
    Figure("add_first", "1,000 distributions: add the first provider", "ms", (Goal(300.0),)),
    Figure("add_first_loop", "1,000 distributions: of that, the event loop stands still", "ms"),
    Figure("add_next", "1,000 distributions: add each next provider", "ms", (Goal(1.0),)),
    Figure("distributions", "Distributions of the core", "distributions", (Goal(12),)),
    Figure("size", "Size of the core, installed", "MiB", (Goal(5.0),)),
    Figure("core", "The core alone: request to a provider in memory", "µs CPU"),
    Figure("plugin", "One more idle plugin, each request", "µs CPU", (Goal(2.0),)),
)


def verdicts(figure: Figure, values: Values) -> list[Verdict]:
    """Return what became of the figure's goals; those that could not be judged are left out."""
    found = ((goal, goal.value(values)) for goal in figure.goals)
    return [Verdict(goal, value) for goal, value in found if value is not None]


def measured(readings: Mapping[str, Values], figures: Sequence[Figure]) -> list[tuple[Figure, Values]]:
    """Return those of *figures* that were measured, with what was."""
    return [(figure, readings[figure.name]) for figure in figures if readings.get(figure.name)]
