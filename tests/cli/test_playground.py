"""`demo` and `playground`: the main job from end to end, and nothing left of it."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from jackfield import ConfigError
from jackfield_cli._installed import install_command
from jackfield_cli._rooms import open_rooms

COMMAND = Path(sys.executable).parent / "jackfield"

pytest.importorskip("jackfield_codegen_api.plugin")


def environment_of(text: str) -> dict[str, str]:
    """The variables that a printed text exports."""
    return dict(re.findall(r"export (\w+)=(\S+)", text))


@pytest.mark.browser
def test_the_demo_shows_everything(home: Path, process: Callable[..., Any]) -> None:
    """Through a pipe the demo is plain text: an API beside three pages, all parts; no login of it is kept."""
    ran = process("demo", "--scripted")
    assert (ran.code, ran.err) == (0, "")
    assert "\x1b" not in ran.out
    assert "scripted responder" in ran.out
    assert [f"== {name} ==" in ran.out for name in ("work", "claude", "zai", "page")] == [True] * 4
    assert ran.out.count("“In one sentence: what is a telephone exchange?”") == 4
    assert "The one before was: “My name is Ada.”" in ran.out
    assert ran.out.count("the remote answers") == 5
    assert ran.out.index("Statistics") < ran.out.index("nothing is left running")
    assert not (home / ".local").exists()


def test_the_demo_without_a_browser(
    home: Path, process: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where no browser is, the demo says so and what to do, leaves the pages out and is whole without them.

    An answer that was stopped is taken up by its handle; one whose server was killed comes, asked for once.
    """
    monkeypatch.setenv("JACKFIELD_BROWSER", "/no/such/browser")
    ran = process("demo", "--scripted")
    assert (ran.code, ran.err) == (0, "")
    left_out = "Left out: claude, zai, page. JACKFIELD_BROWSER names '/no/such/browser', which is no program."
    assert left_out in ran.out
    assert re.search(r"--attach \d+\n.*\n\n.*“Which parts does a telephone have\?”", ran.out)
    assert "came back after 1 s; it was asked once." in ran.out
    assert ran.out.count("the remote answers") == 2
    assert re.search(r"^work +4 +3 +0 +1 ", ran.out, re.MULTILINE)


def test_the_demo_at_a_terminal(terminal: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """At 80 columns two answers stand side by side, then an agent's steps; Ctrl-C leaves nothing running."""
    monkeypatch.setenv("JACKFIELD_BROWSER", "/no/such/browser")
    shell = terminal("demo", "--scripted", columns=80, lines=60)
    shell.until("An answer as it is written")
    assert any("work" in line and "api" in line for line in shell.screen)
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


@pytest.fixture(scope="module")
def told() -> Iterator[str]:
    """Serve one playground, and return what it says."""
    with subprocess.Popen(
        [COMMAND, "playground", "--scripted"], stdout=subprocess.PIPE, text=True
    ) as serving:
        assert serving.stdout is not None
        yield "".join(iter(serving.stdout.readline, "  jackfield health custom_web\n"))
        serving.terminate()


def test_a_room_without_a_login_tells_how_it_is_used_by_hand(told: str) -> None:
    """The z.ai room needs no credentials of a program's; a person is told what to sign in with."""
    assert "by hand: you are a guest, or sign in as sam@playground.example with playground-" in told
    assert {name for name in environment_of(told) if name.startswith("ZAI")} == {"ZAI_WEB_BASE_URL"}


def test_openai_s_room_tells_its_key(told: str) -> None:
    """A program gets the address with its version, a model and the key."""
    given = {name: value for name, value in environment_of(told).items() if name.startswith("OPENAI")}
    assert given.pop("OPENAI_TOKEN").startswith("sk-playground-")
    assert given.pop("OPENAI_BASE_URL").endswith("/v1")
    assert given == {"OPENAI_DEFAULT_MODEL": "gpt-playground"}


def test_claude_s_room_tells_its_session(told: str) -> None:
    """A program gets the address and a session's cookie; a person is told where their mail lies."""
    given = environment_of(told)
    assert "by hand: log in with any address; its mail lies at http://127.0.0.1:" in told
    assert given["CLAUDE_WEB_COOKIES"].startswith("sk-ant-sid01-playground-")
    assert given["CLAUDE_WEB_BASE_URL"].startswith("http://127.0.0.1:")


def test_a_page_s_room_tells_its_description(told: str) -> None:
    """A page that has no provider of its own is described in a file, which leads to it."""
    from jackfield_custom_web import CustomWebOptions, read_site

    site = environment_of(told)["CUSTOM_WEB_SITE"]
    assert read_site(CustomWebOptions(site=site)).base_url.startswith("http://127.0.0.1:")


def test_a_room_answers_whom_it_tells_its_key(
    jackfield: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, told: str
) -> None:
    """The printed variables lead another process to a stand-in, which answers with a model of its own."""
    for name, value in environment_of(told).items():
        monkeypatch.setenv(name, value)
    asked = [jackfield("send", provider, "Hello") for provider in ("anthropic_api", "gemini_api")]

    assert [(one.code, "scripted responder" in one.out) for one in asked] == [(0, True)] * 2


def test_a_shell_evaluates_what_env_prints(home: Path) -> None:
    """`--env` sets the shell's own variables and goes on in the background, until it is told to end."""
    program = """
        eval "$(jackfield playground --env --scripted 2>told &)"
        jackfield health codegen_api
        kill "$JACKFIELD_PLAYGROUND_PID" && while kill -0 "$JACKFIELD_PLAYGROUND_PID" 2>/dev/null; do :; done
        cat told; ls "$CUSTOM_WEB_SITE"
    """
    environment = {**os.environ, "PATH": f"{COMMAND.parent}{os.pathsep}{os.environ['PATH']}"}
    done = subprocess.run(
        ["sh", "-c", program],
        cwd=home,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert "the remote answers" in done.stdout
    assert "The playground is stopped." in done.stdout
    assert "No such file" in done.stderr


def test_rooms_have_ports_in_a_row() -> None:
    """With a port given, each room has the next one, in the order in which they are told."""
    first = 0
    while not first:
        first = _free_row()
        try:
            with open_rooms(port=first, scripted=True) as rooms:
                told = [int(room.address.split(":")[2].split("/")[0]) for room in rooms]
        except ConfigError:
            first = 0  # somebody took one of them meanwhile
    assert told == list(range(first, first + len(told)))


def _free_row() -> int:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
    return port if port < 65000 else 0


def test_a_taken_port_is_told(jackfield: Callable[..., Any]) -> None:
    """A port that is in use is an error in a sentence."""
    import socket

    with socket.create_server(("127.0.0.1", 0)) as taken:
        ran = jackfield("playground", "--port", str(taken.getsockname()[1]))
    assert ran.code == 2
    assert "cannot be used" in ran.err
    assert "too few" in jackfield("playground", "--port", "65535").err


@pytest.mark.parametrize("command", ["demo", "playground"])
def test_without_the_playground_its_command_is_told(
    jackfield: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    """Where the playground is not installed, the commands say what brings it."""
    monkeypatch.setitem(sys.modules, "jackfield_playground", None)
    ran = jackfield(command)
    assert ran.code == 2
    assert install_command("jackfield-playground") in ran.err
