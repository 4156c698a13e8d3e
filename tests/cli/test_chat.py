"""`chat`: several turns, at a terminal and through a pipe."""

from __future__ import annotations

import os
import signal
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.usefixtures("tokens")


def test_a_pipe_is_a_turn_a_line(process: Callable[..., Any]) -> None:
    """Without a terminal each line is a turn of one conversation; only answers are written."""
    ran = process("chat", "scripted", stdin="one\n\ntwo\n/new\nthree")
    assert ran.code == 0
    assert ran.out.splitlines() == ["You said: one", "You said: two (in thread-1)", "You said: three"]


def test_a_file_is_read_as_well_as_a_pipe(home: Path, tokens: None) -> None:
    """Standard input may be a plain file, which no event loop can watch, on both event loops."""
    import subprocess
    import sys

    (home / "turns").write_text("one\ntwo\n")
    for backend in ("asyncio", "trio"):
        with (home / "turns").open() as turns:
            done = subprocess.run(
                [Path(sys.executable).parent / "jackfield", "chat", "scripted", "--backend", backend],
                stdin=turns,
                capture_output=True,
                text=True,
                timeout=20,
                check=False,
            )
        assert done.stdout.splitlines() == ["You said: one", "You said: two (in thread-1)"]


def test_a_failed_turn_does_not_end_the_talk(process: Callable[..., Any]) -> None:
    """After a failure the next line is answered; the exit code is the failure's."""
    ran = process("chat", "scripted", stdin="fail:QuotaExhausted\nafter\n")
    assert ran.code == 4
    assert ran.out == "You said: after (in thread-1)\n"


def test_it_refuses_to_begin_without_credentials(
    process: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Missing credentials are told at once, before anything is typed."""
    monkeypatch.delenv("SCRIPTED_TOKEN")
    ran = process("chat", "scripted", stdin="hello\n")
    assert (ran.code, ran.out) == (3, "")


def test_a_talk_at_a_terminal(home: Path, terminal: Callable[..., Any]) -> None:
    """Turns, commands and Ctrl-D work at a terminal; what was typed is kept in a private file."""
    shell = terminal("chat", "scripted", columns=120)
    shell.prompted("scripted>")
    shell.type("hello\r")
    shell.until("You said: hello")
    shell.prompted("scripted>")
    shell.type("/help\r")
    shell.until("/attach [HANDLE]")
    shell.prompted("scripted>")
    shell.type("/model big\r")
    shell.until("come from big")
    shell.prompted("scripted>")
    shell.type("again\r")
    shell.until("(in thread-1) to big")
    shell.prompted("scripted>")
    shell.type("/attach run-7\r")
    shell.until("attached run-7")
    shell.prompted("scripted>")
    shell.type("/stats\r")
    shell.until("tokens in/out")
    shell.prompted("scripted>")
    shell.type("/nothing\r")
    shell.until("There is no command /nothing")
    shell.prompted("scripted>")
    shell.type("//slash\r")
    shell.until("/slash (in thread-1)")
    shell.prompted("scripted>")
    shell.type("\x04")
    assert shell.end() == 0
    history = home / ".local/state/jackfield/chat_history"
    assert "+hello" in history.read_text()
    assert stat.S_IMODE(history.stat().st_mode) == 0o600


def test_ctrl_c_stops_the_answer_and_not_the_talk(
    terminal: Callable[..., Any], trace: Callable[[], list[str]]
) -> None:
    """Ctrl-C during an answer closes its stream, names how to take it up, and the prompt comes back."""
    shell = terminal("chat", "scripted", "--no-history")
    shell.prompted("scripted>")
    shell.type("say:half hang\r")
    shell.until("working")
    shell.type("\x03")
    shell.until("Take it up again:   /attach run-7")
    assert trace()[-1] == "closed"
    shell.prompted("scripted>")
    shell.type("thrown away\x03")
    shell.prompted("scripted>")
    shell.type("/quit\r")
    assert shell.end() == 0
    assert trace()[-1] == "left"


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_sigterm_at_the_prompt_cleans_up(
    terminal: Callable[..., Any],
    trace: Callable[[], list[str]],
    monkeypatch: pytest.MonkeyPatch,
    backend: str,
) -> None:
    """SIGTERM while a line is edited ends with 143, everything closed, the terminal as it was."""
    monkeypatch.setenv("JACKFIELD_BACKEND", backend)
    shell = terminal("chat", "scripted", "--no-history")
    shell.prompted("scripted>")
    shell.type("half a line")
    shell.until("half a line")
    os.kill(shell.process.pid, signal.SIGTERM)
    assert shell.end() == 143
    assert trace()[-1] == "left"


def test_no_history_leaves_no_file(home: Path, terminal: Callable[..., Any]) -> None:
    """With --no-history nothing that was typed is kept."""
    shell = terminal("chat", "scripted", "--no-history")
    shell.prompted("scripted>")
    shell.type("canary\r")
    shell.until("You said: canary")
    shell.prompted("scripted>")
    shell.type("\x04")
    assert shell.end() == 0
    assert not (home / ".local/state/jackfield/chat_history").exists()
