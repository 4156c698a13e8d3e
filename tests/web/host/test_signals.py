"""A program that is ended by a signal takes its browser with it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import anyio
import pytest

ABANDONED = """
import asyncio, threading
from jackfield_web import BrowserHost
host = BrowserHost()
async def main():
    opening = asyncio.ensure_future(host.__aenter__())
    while "jackfield-browser" not in {thread.name for thread in threading.enumerate()}:
        await asyncio.sleep(0)
    opening.cancel()
    raise KeyboardInterrupt
asyncio.run(main())
"""
PROGRAM = Path(__file__).with_name("hold.py")


@contextmanager
def running(
    backend: str, browser: str, temporary: Path | None = None, *, until_ready: bool = True
) -> Iterator[subprocess.Popen[str]]:
    """Run the program, in a group of its own, by default until its browser is open; end it with the block."""
    command = [sys.executable, "-X", "dev", str(PROGRAM), backend, browser, "-"]
    environment = {**os.environ, "TMPDIR": str(temporary)} if temporary else None
    pipe = subprocess.PIPE
    start = partial(subprocess.Popen, stdout=pipe, stderr=pipe, text=True, process_group=0, env=environment)
    with start(command) as program:
        try:
            assert program.stdout is not None
            assert not until_ready or program.stdout.readline() == "ready\n"
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


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_a_second_signal_while_the_browser_starts(backend: str, browser: str, processes: Any) -> None:
    """Who presses Ctrl-C twice while the browser starts ends it; no process and no file is left."""
    with TemporaryDirectory(dir="/tmp") as name:
        folder, begun, slow = Path(name, "temporary"), Path(name, "begun"), Path(name, "slow")
        folder.mkdir()
        slow.write_text(f'#!/bin/sh\ntouch {begun}\nsleep 3\nexec {browser} "$@"\n')
        slow.chmod(0o700)
        with running(backend, str(slow), folder, until_ready=False) as program:
            while not begun.exists():
                time.sleep(0.02)
            for _ in range(2):
                os.killpg(program.pid, signal.SIGINT)
                time.sleep(0.3)
            program.communicate(timeout=30)

        assert anyio.run(processes.gone) == set()
        assert [path.name for path in folder.iterdir()] == []


def test_a_program_that_ends_while_the_bridge_is_built(processes: Any) -> None:
    """A start that asyncio's own cancellation breaks, as by Ctrl-C, keeps no program from ending."""
    with subprocess.Popen([sys.executable, "-c", ABANDONED], stderr=subprocess.DEVNULL) as program:
        try:
            assert program.wait(timeout=60) == -signal.SIGINT
        finally:
            program.kill()

    assert anyio.run(processes.gone) == set()
