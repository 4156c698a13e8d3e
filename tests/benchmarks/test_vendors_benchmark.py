"""The benchmark beside the vendors' clients runs from end to end, where those are installed.

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

pytestmark = pytest.mark.timeout(300)


@pytest.fixture(autouse=True)
def _in_the_root(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the package importable, here and in the processes it starts; it is not installed."""
    monkeypatch.chdir(ROOT)
    monkeypatch.syspath_prepend(ROOT)


def test_everybody_answers(tmp_path: Path) -> None:
    """Each was measured once at every figure; every answer and every event was counted on both sides."""
    from benchmarks.lab import VENDORS
    from benchmarks.vendors import FIGURES

    for package in ("anthropic", "litellm", "pydantic_ai"):
        pytest.importorskip(package, reason="installed by nox -s bench-vendors")
    file = tmp_path / "told.json"
    command = [sys.executable, "-m", "benchmarks.vendors", "--quick", "--json", str(file)]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=280, check=False)
    assert run.returncode == 0, run.stderr
    told: dict[str, Any] = json.loads(file.read_text("utf-8"))
    requests, pieces = (5 + 1) + (5 + 1) + (2 + 1) + 1, 10 * 5 + 50 * 2

    assert {name: set(values) for name, values in told["readings"].items() if "wall" not in name} == {
        figure.name: set(VENDORS) for figure in FIGURES
    }
    assert told["counts"]["asked"] == told["counts"]["answered"] == len(VENDORS) * requests
    assert told["counts"]["pieces"] == len(VENDORS) * pieces


def test_both_providers_are_judged() -> None:
    """Each of Jackfield's providers has its own goals, and the page names which one misses its."""
    from benchmarks.lab import Lab
    from benchmarks.report import VENDORS_SECTION, page
    from benchmarks.vendors import FIGURES

    lab = Lab(quick=False, rounds=1)
    for who, value in (("openai_api", 20.0), ("anthropic_api", 30.0), ("openai", 100.0)):
        lab.note("event", who, value)
    text = page(lab, "", FIGURES, VENDORS_SECTION)

    assert "| openai_api: 20<br>anthropic_api: 30 | openai: 100 |" in text
    assert "**Streamed event, many at once**: 0.30 anthropic_api ÷ openai, the goal is 0.25." in text
