"""Clocks that are put forward and back."""

from __future__ import annotations

import ast
import itertools
import time
from pathlib import Path
from typing import Any

import anyio
import pytest

import jackfield
from jackfield import Certainty, ProviderUnavailable, RateLimited, ResponseFinished

HOURS = 3600.0
CLOCKS = {"time", "now", "utcnow", "today", "localtime", "gmtime"}


@pytest.mark.anyio
@pytest.mark.virtual_time
async def test_waits_when_the_clock_is_changed(
    make_wire: Any, read: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """X19: while the clock jumps hours ahead and back, each wait is as long as it was."""
    jumps = itertools.cycle([0.0, 5 * HOURS, -5 * HOURS])
    real = time.time
    monkeypatch.setattr(time, "time", lambda: real() + next(jumps))
    told = RateLimited("slow down", retry_after=30.0)
    wire = make_wire(
        [told],
        [ProviderUnavailable("503", retry_after=7.0, certainty=Certainty.REJECTED)],
        [ResponseFinished()],
    )

    began = anyio.current_time()
    await read(wire)

    waited = [entered - began for entered in wire.entered]
    assert waited == pytest.approx([0.0, 33.1, 33.1 + 7.8])


def test_who_asks_what_time_it_is() -> None:
    """X19: no module of the core asks for the time of day."""
    asking = [
        f"{path.name}:{node.lineno}"
        for path in Path(jackfield.__file__).parent.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in CLOCKS
        and isinstance(node.func.value, ast.Name)
        and node.func.value.id in {"time", "datetime", "date"}
    ]

    assert asking == []
