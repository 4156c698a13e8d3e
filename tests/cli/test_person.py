"""A person who is asked at the terminal while a connection logs in."""

from __future__ import annotations

import os
import termios
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

QUESTION = "paged: Which code was mailed to you? (not shown)"


@pytest.fixture(autouse=True)
def _an_account(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Give the account a name, which is all that a login by code needs beforehand."""
    monkeypatch.setenv("PAGED_USERNAME", "sam")
    monkeypatch.setenv("PAGED_FOLDER", str(home))


def echoes(keyboard: int) -> bool:
    """Whether a terminal shows what is typed."""
    return bool(termios.tcgetattr(keyboard)[3] & termios.ECHO)


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_a_code_is_asked_for(
    home: Path, terminal: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, backend: str
) -> None:
    """The provider's question is asked, and what is typed reaches it without being shown."""
    monkeypatch.setenv("JACKFIELD_BACKEND", backend)
    shell = terminal("send", "paged", "Hello")
    shell.prompted(QUESTION)
    drawn_before = shell.raw
    time.sleep(0.5)  # some frames of what shows that something goes on
    shell.type("123456\n")

    assert shell.end() == 0
    assert not shell.raw.removeprefix(drawn_before).partition("\n")[0].strip()
    assert "unseen" in shell.text
    assert "123456" not in shell.raw
    assert (home / "code").read_text() == "123456"


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_leaving_instead_of_answering(
    home: Path, terminal: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, backend: str
) -> None:
    """Ctrl-C at the question ends the command at once, and the terminal shows again what is typed."""
    monkeypatch.setenv("JACKFIELD_BACKEND", backend)
    shell = terminal("send", "paged", "Hello")
    shell.prompted(QUESTION)
    hidden = not echoes(shell.keyboard)
    os.kill(shell.process.pid, 2)

    assert hidden
    assert shell.end() == 130
    assert echoes(shell.keyboard)
    assert not (home / "code").exists()


def test_nobody_is_asked_over_a_pipe(home: Path, process: Callable[..., Any]) -> None:
    """Without a terminal nobody can be asked, and the login says so instead of taking the next line."""
    ran = process("send", "paged", "Hello", stdin="123456\n")

    assert ran.code != 0
    assert "nobody can be asked" in ran.err
    assert not (home / "code").exists()
