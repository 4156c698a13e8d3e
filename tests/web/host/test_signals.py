"""A program that is ended by a signal takes its browser with it."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import anyio
import pytest

PROGRAM = Path(__file__).with_name("hold.py")


@contextmanager
def running(backend: str, browser: str, profile: str = "-") -> Iterator[subprocess.Popen[str]]:
    """Run the program until its browser is open; end it at the latest with the block."""
    command = [sys.executable, "-X", "dev", str(PROGRAM), backend, browser, profile]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as program:
        try:
            assert program.stdout is not None
            assert program.stdout.readline() == "ready\n"
            yield program
        finally:
            program.kill()


@pytest.mark.parametrize(
    ("backend", "number", "code"),
    [
        ("asyncio", signal.SIGINT, -signal.SIGINT),
        ("trio", signal.SIGINT, -signal.SIGINT),
        ("trio", signal.SIGTERM, -signal.SIGTERM),
        ("asyncio", signal.SIGKILL, -signal.SIGKILL),
    ],
)
def test_no_process_outlives_the_program(
    backend: str, number: int, code: int, browser: str, processes: Any
) -> None:
    """After SIGINT, SIGTERM or SIGKILL in the middle of a call neither browser nor driver is left."""
    with running(backend, browser) as program:
        assert len(processes.pids()) > 2
        program.send_signal(number)
        _, complaints = program.communicate(timeout=20)

    assert program.returncode == code
    assert anyio.run(processes.gone) == set()
    assert "never retrieved" not in complaints
