"""The benchmark of chat pages runs from end to end, and its section of the page is kept by the other one.

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
EVERYBODY = {"jackfield", "jackfield on trio", "playwright"}

pytestmark = pytest.mark.timeout(300)


@pytest.fixture(autouse=True)
def _in_the_root(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the package importable, here and in the processes it starts; it is not installed."""
    monkeypatch.chdir(ROOT)
    monkeypatch.syspath_prepend(ROOT)


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What one run at the smallest sizes wrote."""
    file = tmp_path_factory.mktemp("benchmarks") / "told.json"
    command = [sys.executable, "-m", "benchmarks.web", "--quick", "--json", str(file)]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=280, check=False)
    assert run.returncode == 0, run.stderr
    found: dict[str, Any] = json.loads(file.read_text("utf-8"))
    return found


def test_every_figure_is_measured(told: dict[str, Any]) -> None:
    """Every figure was measured once of each who takes part, but for those of many conversations at once."""
    from benchmarks.web import FIGURES

    left_out = {figure.name for figure in FIGURES if figure.name.endswith(("_5", "_20"))}
    assert {figure["name"] for figure in told["figures"]} == {each.name for each in FIGURES} - left_out
    for name in ("delay_50", "delay_99", "first_word", "cpu_1", "memory_1", "own_1", "evaluate"):
        assert {who: len(values) for who, values in told["readings"][name].items()} == dict.fromkeys(
            EVERYBODY, 1
        )
    assert "the bare loops" in told["readings"]["call"]


def test_every_word_arrives(told: dict[str, Any]) -> None:
    """Each of the three asked once, and all ten words of each answer came."""
    assert told["counts"] == {"asked": 3, "answered": 3, "pieces": 30}


def test_both_benchmarks_write_one_page() -> None:
    """Each command writes its part of the page and leaves the other's as it was."""
    from benchmarks.lab import Lab
    from benchmarks.report import WEB_SECTION, page
    from benchmarks.web import FIGURES

    lab = Lab(quick=True, rounds=1)
    first = page(lab)
    both = page(lab, first, FIGURES, WEB_SECTION)

    assert both.startswith(first.rstrip())
    assert page(lab, both) == page(lab, both, FIGURES, WEB_SECTION) == both
