"""What the tests of consistency share: a display of their own, and a browser that a person started."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

_FIRST_DISPLAY = 121


@pytest.fixture(scope="session")
def display() -> Iterator[str | None]:
    """Run an X server of our own and return its display; None where there is no Xvfb."""
    program = shutil.which("Xvfb")
    if program is None:
        yield None
        return
    for number in range(_FIRST_DISPLAY, _FIRST_DISPLAY + 50):
        if Path(f"/tmp/.X{number}-lock").exists():
            continue
        command = [program, f":{number}", "-displayfd", "1", "-screen", "0", "1920x1080x24"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as server:
            assert server.stdout is not None
            if server.stdout.readline():
                yield f":{number}"
                server.terminate()
                return
    pytest.fail("no display is free")


@pytest.fixture
def windowed(display: str | None, monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Return what gives the browsers of a test a display; the test is skipped where there is none."""

    def give() -> None:
        if display is None and not os.environ.get("DISPLAY"):
            pytest.skip("there is neither a display nor Xvfb")
        if display is not None:
            monkeypatch.setenv("DISPLAY", display)

    return give
