"""`demo` and `playground`: the main job from end to end, and nothing left of it."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest

from jackfield_cli._installed import install_command

COMMAND = Path(sys.executable).parent / "jackfield"

pytest.importorskip("jackfield_codegen_api.plugin")


def environment_of(text: str) -> dict[str, str]:
    """The variables that a printed text exports."""
    return dict(re.findall(r"export (\w+)=(\S+)", text))


@pytest.mark.browser
def test_the_demo_shows_everything(home: Path, process: Callable[..., Any]) -> None:
    """Through a pipe the demo is plain text: both connections, two turns, a page, health, statistics."""
    ran = process("demo", "--scripted")
    assert (ran.code, ran.err) == (0, "")
    assert "\x1b" not in ran.out
    assert "codegen_api" in ran.out
    assert "scripted responder" in ran.out
    assert "== work ==" in ran.out
    assert "== lab ==" in ran.out
    assert "“My name is Ada.”" in ran.out
    assert "custom_web at http://127.0.0.1:" in ran.out
    assert "“In one sentence: what is a web browser?”" in ran.out
    assert ran.out.count("the remote answers") == 3
    assert ran.out.index("Statistics") < ran.out.index("nothing is left running")
    assert not (home / ".local").exists()


def test_the_demo_without_a_browser(
    home: Path, process: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where no browser is, the demo says so and what to do, leaves that part out and is whole without it."""
    monkeypatch.setenv("JACKFIELD_BROWSER", "/no/such/browser")
    ran = process("demo", "--scripted")
    assert (ran.code, ran.err) == (0, "")
    assert "Left out: JACKFIELD_BROWSER names '/no/such/browser', which is no program." in ran.out
    assert "what is a web browser?" not in ran.out
    assert ran.out.count("the remote answers") == 2


def test_the_demo_at_a_terminal(terminal: Callable[..., Any]) -> None:
    """The demo shows answers side by side and an agent's steps; Ctrl-C leaves nothing running."""
    shell = terminal("demo", "--scripted", columns=110, lines=60)
    shell.until("A streamed answer")
    assert any("work" in line and "lab" in line for line in shell.screen)
    shell.until("search_codebase", times=2)
    children = psutil.Process(shell.process.pid).children(recursive=True)
    shell.type("\x03")
    assert shell.end() == 130
    assert not [child for child in children if child.is_running()]
    assert "Traceback" not in shell.text


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_the_playground_serves_until_it_is_stopped(
    home: Path, jackfield: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, number: int, code: int
) -> None:
    """The printed variables lead another process to the stand-in; a signal stops it and closes its port."""
    with subprocess.Popen(
        [COMMAND, "playground", "--scripted"], stdout=subprocess.PIPE, text=True
    ) as serving:
        assert serving.stdout is not None
        told = ""
        while "jackfield health" not in told:
            told += serving.stdout.readline()
        for name, value in environment_of(told).items():
            monkeypatch.setenv(name, value)
        assert jackfield("health", "codegen_api").code == 0
        os.kill(serving.pid, number)
        assert serving.wait(20) == code
    assert jackfield("health", "codegen_api").code == 5


def test_a_room_without_a_login_tells_how_it_is_used_by_hand() -> None:
    """The z.ai room needs no credentials of a program's; a person is told what to sign in with."""
    with subprocess.Popen(
        [COMMAND, "playground", "--scripted"], stdout=subprocess.PIPE, text=True
    ) as serving:
        assert serving.stdout is not None
        told = "".join(iter(serving.stdout.readline, "  jackfield health zai_web\n"))
        serving.terminate()

    assert "by hand: you are a guest, or sign in as sam@playground.example with playground-" in told
    assert {name for name in environment_of(told) if name.startswith("ZAI")} == {"ZAI_WEB_BASE_URL"}


def test_openai_s_room_tells_its_key() -> None:
    """A program gets the address with its version, a model and the key."""
    with subprocess.Popen(
        [COMMAND, "playground", "--scripted"], stdout=subprocess.PIPE, text=True
    ) as serving:
        assert serving.stdout is not None
        told = "".join(iter(serving.stdout.readline, "  jackfield health openai_api\n"))
        serving.terminate()

    given = {name: value for name, value in environment_of(told).items() if name.startswith("OPENAI")}
    assert given.pop("OPENAI_TOKEN").startswith("sk-playground-")
    assert given.pop("OPENAI_BASE_URL").endswith("/v1")
    assert given == {"OPENAI_DEFAULT_MODEL": "gpt-playground"}


def test_claude_s_room_tells_its_session() -> None:
    """A program gets the address and a session's cookie; a person is told where their mail lies."""
    with subprocess.Popen(
        [COMMAND, "playground", "--scripted"], stdout=subprocess.PIPE, text=True
    ) as serving:
        assert serving.stdout is not None
        told = "".join(iter(serving.stdout.readline, "  jackfield health claude_web\n"))
        serving.terminate()

    given = environment_of(told)
    assert "by hand: log in with any address; its mail lies at http://127.0.0.1:" in told
    assert given["CLAUDE_WEB_COOKIES"].startswith("sk-ant-sid01-playground-")
    assert given["CLAUDE_WEB_BASE_URL"].startswith("http://127.0.0.1:")


def test_a_room_answers_whom_it_tells_its_key(
    jackfield: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The printed variables lead another process to a stand-in, which answers with a model of its own."""
    with subprocess.Popen(
        [COMMAND, "playground", "--scripted"], stdout=subprocess.PIPE, text=True
    ) as serving:
        assert serving.stdout is not None
        told = "".join(iter(serving.stdout.readline, "  jackfield health gemini_api\n"))
        for name, value in environment_of(told).items():
            monkeypatch.setenv(name, value)
        asked = [jackfield("send", provider, "Hello") for provider in ("anthropic_api", "gemini_api")]
        serving.terminate()

    assert [(one.code, "scripted responder" in one.out) for one in asked] == [(0, True)] * 2


def test_a_taken_port_is_told(process: Callable[..., Any]) -> None:
    """A port that is in use is an error in a sentence."""
    import socket

    with socket.create_server(("127.0.0.1", 0)) as taken:
        ran = process("playground", "--port", str(taken.getsockname()[1]))
    assert ran.code == 2
    assert "cannot be used" in ran.err


@pytest.mark.parametrize("command", ["demo", "playground"])
def test_without_the_playground_its_command_is_told(
    jackfield: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    """Where the playground is not installed, the commands say what brings it."""
    monkeypatch.setitem(sys.modules, "jackfield_playground", None)
    ran = jackfield(command)
    assert ran.code == 2
    assert install_command("jackfield-playground") in ran.err
