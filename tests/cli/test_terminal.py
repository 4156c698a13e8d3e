"""`send` at a terminal of its own: what is shown while it comes, and what Ctrl-C and SIGTERM leave behind."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest

pytestmark = pytest.mark.usefixtures("tokens")


def test_an_answer_is_shown_as_it_comes(home: Path, terminal: Callable[..., Any]) -> None:
    """Steps and text are shown before the answer is finished, as markdown; a footer follows."""
    shell = terminal("send", "scripted", "step:looking say:**first** wait say:%20second")
    shell.until("first")
    assert "looking  a detail" in shell.text
    assert "working" in shell.text
    assert "**" not in shell.text
    (home / "go").touch()
    assert shell.end() == 0
    assert "first second" in shell.text
    assert "scripted · small" in shell.text


def test_each_line_is_left_once(terminal: Callable[..., Any]) -> None:
    """What was drawn over and over while it grew stands there once when the answer is finished."""
    text = "%0A%0A".join(f"paragraph%20{number}%0A```%0Acode%20{number}%0A```" for number in range(6))
    shell = terminal("send", "scripted", *[f"say:{text} think:hm say:%0A%0Athe%20end"], lines=60)
    assert shell.end() == 0
    shown = "\n".join(shell.screen)
    for number in range(6):
        assert shown.count(f"paragraph {number}") == 1
        assert shown.count(f"code {number}") == 1
    assert shown.count("the end") == 1
    assert "working" not in shown


def test_a_terminal_is_not_obeyed_by_an_answer(terminal: Callable[..., Any]) -> None:
    """Escape sequences of an answer are shown at a terminal; --raw passes them."""
    attack = "say:%1b]0;evil%07"
    safe = terminal("send", "scripted", attack)
    assert safe.end() == 0
    assert "\x1b]0;" not in safe.raw
    assert "\\x1b]0;evil\\x07" in safe.text
    raw = terminal("send", "scripted", "--raw", attack)
    assert raw.end() == 0
    assert "\x1b]0;evil\x07" in raw.raw


def test_colours_can_be_switched_off(terminal: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """NO_COLOR is obeyed: there is no colour in what is written."""
    monkeypatch.setenv("NO_COLOR", "1")
    shell = terminal("send", "scripted", "step:one say:```python%0Adef%20f():%20pass%0A```")
    assert shell.end() == 0
    assert not [
        code
        for code in ("\x1b[3", "\x1b[9", "\x1b[38")
        if code + "1m" in shell.raw or code + "6m" in shell.raw
    ]


def test_ctrl_c_stops_and_says_how_to_go_on(
    terminal: Callable[..., Any], trace: Callable[[], list[str]]
) -> None:
    """Ctrl-C ends with 130, closes what was open, and names the commands that read on and go on."""
    shell = terminal("send", "scripted", "say:half hang")
    shell.until("half")
    shell.type("\x03")
    assert shell.end() == 130
    assert "goes on with the answer" in shell.text
    assert "jackfield send scripted --attach run-7" in shell.text
    assert "Go on all the same: jackfield send -c" in shell.text
    assert trace()[-2:] == ["closed", "left"]
    assert shell.raw.rfind("\x1b[?25h") > shell.raw.rfind("\x1b[?25l")
    assert "Traceback" not in shell.text


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_sigterm_cleans_up(
    terminal: Callable[..., Any],
    trace: Callable[[], list[str]],
    monkeypatch: pytest.MonkeyPatch,
    backend: str,
) -> None:
    """SIGTERM ends with 143 after everything was closed, on both event loops, and leaves no process."""
    monkeypatch.setenv("JACKFIELD_BACKEND", backend)
    shell = terminal("send", "scripted", "say:half hang")
    shell.until("half")
    children = psutil.Process(shell.process.pid).children(recursive=True)
    os.kill(shell.process.pid, signal.SIGTERM)
    assert shell.end() == 143
    assert trace()[-2:] == ["closed", "left"]
    assert not [child for child in children if child.is_running()]


def test_ctrl_c_while_nothing_is_known_says_so(terminal: Callable[..., Any]) -> None:
    """Stopped before the remote confirmed anything, the command does not claim that nothing was asked."""
    shell = terminal("send", "-p", "scripted", "bare:hang", "--stream")
    shell.until("working")
    shell.type("\x03")
    assert shell.end() == 130


def test_ctrl_c_while_it_waits_to_ask_again(terminal: Callable[..., Any]) -> None:
    """Stopped after a refusal, before it is asked again, the command says that nothing was done."""
    shell = terminal("send", "scripted", "busy")
    shell.until("trying again")
    shell.type("\x03")
    assert shell.end() == 130
    assert "had refused the question, and did nothing" in shell.text


def test_several_answers_stand_side_by_side(config: Path, home: Path, terminal: Callable[..., Any]) -> None:
    """Several answers share the width of a wide terminal, each in a frame with its name."""
    shell = terminal("send", "-p", "work", "-p", "lab", "step:one wait say:done", columns=100)
    shell.until("one  a detail", times=2)
    (home / "go").touch()
    assert shell.end() == 0
    assert any("work" in line and "lab" in line for line in shell.screen)
    assert any(line.count("done") == 2 for line in shell.screen)


def test_a_narrow_terminal_puts_them_below_each_other(config: Path, terminal: Callable[..., Any]) -> None:
    """Where there is no room side by side, the answers stand one below the other, and no line is too long."""
    shell = terminal(
        "send", "-p", "work", "-p", "lab", "say:a%20rather%20long%20answer%20to%20a%20question", columns=30
    )
    assert shell.end() == 0
    assert not any("work" in line and "lab" in line for line in shell.screen)
    titles = [line for line in shell.screen if "work" in line or "lab" in line]
    assert [len(line) for line in titles] == [30, 30]


def test_a_failure_among_several_is_shown_in_its_place(config: Path, terminal: Callable[..., Any]) -> None:
    """The frame of an answer that failed says so, and the sentence with the way out follows below."""
    shell = terminal("send", "-p", "work", "-p", "lab", "say:half fail:RunFailed", columns=100)
    assert shell.end() == 1
    assert "RunFailed" in shell.text
    assert "Error: work:" in shell.text
    assert "Error: lab:" in shell.text


def test_a_missing_message_is_told_at_a_terminal(terminal: Callable[..., Any]) -> None:
    """At a terminal the command does not wait for standard input: it says what is missing."""
    shell = terminal("send", "scripted")
    assert shell.end() == 2
    assert "there is no message" in shell.text


def test_the_whole_can_be_waited_for(home: Path, terminal: Callable[..., Any]) -> None:
    """With --no-stream the text is shown when it is finished; the steps are shown as they come."""
    shell = terminal("send", "scripted", "--no-stream", "say:early step:looking wait say:late")
    shell.until("looking")
    assert "early" not in shell.text
    (home / "go").touch()
    assert shell.end() == 0
    assert "earlylate" in shell.text
