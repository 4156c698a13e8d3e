"""A program that is ended by a signal takes its browser with it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import anyio
import pytest

PROGRAM = Path(__file__).with_name("hold.py")


@contextmanager
def running(backend: str, browser: str, temporary: Path | None = None) -> Iterator[subprocess.Popen[str]]:
    """Run the program, in a group of its own, until its browser is open; end it with the block."""
    command = [sys.executable, "-X", "dev", str(PROGRAM), backend, browser, "-"]
    environment = {**os.environ, "TMPDIR": str(temporary)} if temporary else None
    pipe = subprocess.PIPE
    start = partial(subprocess.Popen, stdout=pipe, stderr=pipe, text=True, process_group=0, env=environment)
    with start(command) as program:
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


@pytest.mark.parametrize(
    ("backend", "number"),
    [
        ("asyncio", signal.SIGINT),
        ("trio", signal.SIGINT),
        ("asyncio", signal.SIGTERM),
        ("trio", signal.SIGHUP),
        ("asyncio", signal.SIGKILL),
    ],
)
def test_a_signal_to_the_whole_group_leaves_no_file(
    backend: str, number: int, browser: str, processes: Any
) -> None:
    """What a terminal or a supervisor sends to all leaves no process, and no file in the temporary folder."""
    # pytest's own folder may have too long a name for the browser's socket.
    with TemporaryDirectory(dir="/tmp") as name:
        folder = Path(name)
        with running(backend, browser, folder) as program:
            assert any(folder.iterdir())
            os.killpg(program.pid, number)
            program.communicate(timeout=60)

        assert anyio.run(processes.gone) == set()
        assert [path.name for path in folder.iterdir()] == []
