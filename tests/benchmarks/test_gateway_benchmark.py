"""The benchmark of the front door runs from end to end, and its section of the page is its own.

What it finds is not tested: times are for reading, not for gates.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]

pytestmark = pytest.mark.timeout(300)


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What one run at the smallest sizes wrote, without LiteLLM."""
    file = tmp_path_factory.mktemp("benchmarks") / "told.json"
    command = [sys.executable, "-m", "benchmarks.gateway", "--quick", "--json", str(file)]
    environment = {name: value for name, value in os.environ.items() if name != "LITELLM"}
    run = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, timeout=280, check=False, env=environment
    )
    assert run.returncode == 0, run.stderr
    found: dict[str, Any] = json.loads(file.read_text("utf-8"))
    return found


def test_every_figure_is_measured(told: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """Every figure was measured once of the door on each event loop; who was not there is named."""
    monkeypatch.chdir(ROOT)
    monkeypatch.syspath_prepend(ROOT)
    from benchmarks.gateway import FIGURES

    for figure in FIGURES:
        values = {who: len(values) for who, values in told["readings"][figure.name].items()}
        assert values == {"jackfield": 1, "jackfield on trio": 1}
    assert told["notes"] == ["litellm is not installed here"]


def test_everything_is_answered(told: dict[str, Any]) -> None:
    """Of each door all requests were answered, before and after clients hung up, and all events came."""
    each, pieces = 6 + 2 + 6 + 5 + 5, 2 * 20 + 6 * 5 + 5 + 5
    assert told["counts"] == {"asked": 2 * each, "answered": 2 * each, "pieces": 2 * pieces}
