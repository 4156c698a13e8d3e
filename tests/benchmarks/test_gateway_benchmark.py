"""The benchmark of the front door runs from end to end, beside LiteLLM's proxy where that is installed.

What it finds is not tested: times are for reading, not for gates.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

pytestmark = pytest.mark.timeout(300)


def test_every_door_is_measured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each door that can be opened here has a value of every figure, and every event of its streams came."""
    monkeypatch.chdir(ROOT)
    monkeypatch.syspath_prepend(ROOT)
    from benchmarks.doors import contestants
    from benchmarks.gateway import FIGURES

    file = tmp_path / "told.json"
    command = [sys.executable, "-m", "benchmarks.gateway", "--quick", "--json", str(file)]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=280, check=False)
    assert run.returncode == 0, run.stderr
    readings = json.loads(file.read_text("utf-8"))["readings"]
    assert {name: set(values) for name, values in readings.items()} == {
        figure.name: set(contestants()) for figure in FIGURES
    }
