"""The benchmark runs from end to end, counts what it asks, and judges by its own goals.

What it finds is not tested: times are for reading, not for gates.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
EVERYBODY = {"jackfield", "jackfield on trio", "httpx2", "httpx", "openai"}

WIRE = ["request_1", "request_50", "request_500", "burst", "paced", "first", "cold"]

pytestmark = pytest.mark.timeout(300)


@pytest.fixture(autouse=True)
def _in_the_root(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the package importable, here and in the processes it starts; it is not installed."""
    monkeypatch.chdir(ROOT)
    monkeypatch.syspath_prepend(ROOT)


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What one run at the smallest sizes wrote, with what it printed."""
    file = tmp_path_factory.mktemp("benchmarks") / "told.json"
    command = [sys.executable, "-m", "benchmarks", "--quick", "--json", str(file)]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=280, check=False)
    assert run.returncode == 0, run.stderr
    return {**json.loads(file.read_text("utf-8")), "printed": run.stdout}


def test_every_figure_is_measured(told: dict[str, Any]) -> None:
    """Every figure that is declared was measured; only a command that does not run may be left out."""
    from benchmarks.figures import FIGURES

    missing = {figure.name for figure in FIGURES} - {figure["name"] for figure in told["figures"]}

    assert missing <= ({"help"} if told["notes"] else set())


def test_every_request_is_answered(told: dict[str, Any]) -> None:
    """As many requests were answered as were asked: of 5 contestants, those of all workloads."""
    requests = 21 + 50 * 3 + 60 * 2
    streams = (1 + 2) + (5 + 5) + (1 + 5)
    cold = 1

    assert told["counts"]["asked"] == 5 * (requests + streams + cold) + 2 * 50
    assert told["counts"]["answered"] == told["counts"]["asked"]


def test_every_event_arrives(told: dict[str, Any]) -> None:
    """All events of all streams arrived: bursts, paced ones, single ones and those that were held."""
    assert told["counts"]["pieces"] == 5 * (2 * 50 + 5 * 3 + 5) + 2 * 50


@pytest.mark.parametrize("figure", WIRE)
def test_everybody_takes_part(told: dict[str, Any], figure: str) -> None:
    """Each contestant was measured once, and took some time."""
    readings = told["readings"][figure]

    assert set(readings) == EVERYBODY
    assert all(len(values) == 1 and values[0] > 0 for values in readings.values())


def test_connections_are_counted(told: dict[str, Any]) -> None:
    """The server tells over how many connections it was asked: streams one after the other need one."""
    assert told["readings"]["first_lines"] == {who: [1] for who in EVERYBODY}


def test_nothing_is_judged_by_a_quick_run(told: dict[str, Any]) -> None:
    """The table of a quick run names the figures and claims nothing about goals."""
    assert "Request, one at a time" in told["printed"]
    assert "met" not in told["printed"].split()
    assert "MISSED" not in told["printed"]


@pytest.mark.parametrize(("theirs", "met"), [([50.0, 100.0], True), ([40.0, 90.0], False)])
def test_a_ratio_is_judged_round_by_round(theirs: list[float], met: bool) -> None:
    """A goal over a contestant is met when the median of the rounds' ratios is small enough."""
    from benchmarks.figures import Figure, Goal, verdicts

    figure = Figure("request_1", "", "", [Goal(1.2, over="httpx2"), Goal(0.5, over="nobody")])

    [verdict] = verdicts(figure, {"jackfield": [60.0, 120.0], "httpx2": theirs})

    assert verdict.met is met


def test_a_lost_answer_is_an_error() -> None:
    """Nothing is reported of a worker that asks more than the server answers."""
    from benchmarks.lab import Lab, WrongCount
    from benchmarks.wire import first

    class Forgetful(Lab):
        def served(self) -> int:
            return 0

    lab = Forgetful(quick=True, rounds=1)
    with lab.remote(), pytest.raises(WrongCount, match="jackfield, stream burst/1: asked 6, answered 6"):
        first(lab)


def test_the_page_tells_what_is_missed() -> None:
    """The page for the documentation names every missed goal, and no placeholder is left in it."""
    from benchmarks.lab import Lab
    from benchmarks.report import page

    lab = Lab(quick=False, rounds=1)
    lab.note("plugin", "jackfield", 3.0)
    lab.note("distributions", "jackfield", 11)

    written = page(lab)

    assert "**One more idle plugin, each request**: 3, the goal is 2." in written
    assert "**Distributions of the core**" not in written
    assert "{" not in written
