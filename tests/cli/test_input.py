"""What comes in and where it goes out: pipes, files, closed and full streams, places that are not there."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jackfield_cli._input import decoded
from jackfield_cli._usage import UsageFault

from .conftest import SCRIPT

pytestmark = pytest.mark.usefixtures("tokens")


def run(*args: str, **given: Any) -> subprocess.CompletedProcess[bytes]:
    """Run the installed command with streams as given."""
    return subprocess.run([SCRIPT, *args], timeout=120, check=False, **given)


def shell(line: str, *args: str) -> subprocess.CompletedProcess[bytes]:
    """Run a line of shell, where `"$@"` stands for the command and its words."""
    return subprocess.run(
        ["sh", "-c", line, "sh", SCRIPT, *args], capture_output=True, timeout=120, check=False
    )


def test_piped_text_joins_the_message(jackfield: Callable[..., Any]) -> None:
    """What is piped in goes before the message, with a line between; white space adds nothing."""
    ran = jackfield("send", "scripted", "Summarize", stdin="the text\n")
    assert ran.out == "You said: the text\n\nSummarize\n"
    assert jackfield("send", "scripted", "Summarize", stdin=" \n").out == "You said: Summarize\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
@pytest.mark.usefixtures("home")
def test_text_with_a_byte_order_mark_is_read(encoding: str) -> None:
    """UTF-16 as shells of other systems write it is read, and no mark stays in the question."""
    ran = run("send", "scripted", "-", input="café".encode(encoding), capture_output=True)
    assert ran.stdout.decode() == "You said: café\n"


@pytest.mark.usefixtures("home")
def test_what_is_no_text_is_refused_with_its_place(trace: Callable[[], list[str]]) -> None:
    """Bytes that are no UTF-8 are a misuse that names the first of them; nothing is asked."""
    ran = run("send", "scripted", "-", input=b"caf\xe9 \xff", capture_output=True)
    assert (ran.returncode, ran.stdout) == (2, b"")
    assert b"not valid UTF-8 at byte 3" in ran.stderr
    assert trace() == []


@given(st.binary(max_size=40))
def test_bytes_are_text_or_refused(data: bytes) -> None:
    """Nothing is replaced: what is taken is what its encoding says, and everything else is refused."""
    try:
        text = decoded(data, "it")
    except UsageFault as fault:
        assert "is not valid UTF-" in str(fault)  # noqa: PT017  the other half of the fact
    else:
        wide = data[:2] in {b"\xff\xfe", b"\xfe\xff", b"\x00\x00"}
        names = ("utf-8-sig", "utf-16", "utf-32") if wide else ("utf-8-sig",)
        assert text in {data.decode(name, "ignore") for name in names}
        assert "\ufffd" not in text or b"\xef\xbf\xbd" in data or wide


@pytest.mark.usefixtures("home")
def test_a_file_from_a_pipe_is_read_once(home: Path) -> None:
    """A file that can be read but once goes along whole; standard input then is no part of the message."""
    picture = b"\x89PNG\r\n\x1a\n rest"
    ran = run("send", "scripted", "look", "--image", "/dev/stdin", input=picture, capture_output=True)
    assert ran.stdout.decode() == "You said: look with 1 images\n"


def test_a_home_in_a_path_is_meant(home: Path, jackfield: Callable[..., Any]) -> None:
    """`~` is the home where the shell left it as it stands."""
    (home / "notes.txt").write_text("x")
    assert "and notes.txt" in jackfield("send", "scripted", "hi", "--file", "~/notes.txt").out


def test_options_of_a_connection_are_not_given_to_a_message(jackfield: Callable[..., Any]) -> None:
    """Who gives one where it is asked is told where it belongs."""
    for words in (("send", "scripted", "Hi"), ("chat", "scripted")):
        ran = jackfield(*words, "-o", "org_id=323")
        assert "jackfield add NAME --provider P -o KEY=VALUE" in ran.err
        assert ran.code == 2


def test_a_message_that_begins_with_a_dash_is_taught(jackfield: Callable[..., Any]) -> None:
    """What looks like an option is refused with the way to send it, which works."""
    assert "jackfield send -- MESSAGE" in jackfield("send", "scripted", "-x?").err
    assert jackfield("send", "scripted", "--", "-x?").out == "You said: -x?\n"


@pytest.mark.usefixtures("home")
def test_closed_streams_cost_nothing() -> None:
    """Without standard input a message is asked; without standard output one sentence says so."""
    assert shell('"$@" <&-', "send", "scripted", "hi").stdout == b"You said: hi\n"
    silent = shell('"$@" >&-', "send", "scripted", "hi")
    assert (silent.returncode, silent.stderr) == (
        0,
        b"Standard output is closed: what is written there is lost.\n",
    )
    assert shell('"$@" 2>&-', "send", "nope", "hi").stdout == b""


@pytest.mark.usefixtures("home")
def test_a_full_disk_says_where_the_answer_is() -> None:
    """An answer that cannot be written is told with its handle, and is no internal error."""
    ran = shell('"$@" >/dev/full', "send", "scripted", "hi")
    assert ran.returncode == 1
    assert b"--attach run-7" in ran.stderr
    assert b"standard output cannot be written: No space left" in ran.stderr
    assert b"internal error" not in ran.stderr


@pytest.mark.usefixtures("home")
@pytest.mark.parametrize("arguments", [("send", "scripted", "hi", "--json"), ("providers",), ("--help",)])
def test_a_full_disk_is_told_by_every_command(arguments: tuple[str, ...]) -> None:
    """Whatever writes to standard output, JSON, a table or a help, says in one sentence that it cannot."""
    ran = shell('"$@" >/dev/full', *arguments)
    assert ran.returncode == 1
    told = ran.stderr.decode().splitlines()
    assert told[-1] == "Error: standard output cannot be written: No space left on device"
    assert any("--attach run-7" in line for line in told) == ("--json" in arguments)


@pytest.mark.parametrize("variable", ["FORCE_COLOR=1", "FORCE_COLOR=0", "TTY_COMPATIBLE=1"])
def test_a_pipe_stays_a_pipe(
    process: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    """No variable puts colours or frames into a pipe; `--color always` does, and draws nothing twice."""
    monkeypatch.setenv(*variable.split("="))
    assert process("send", "scripted", "say:**bold**").out == "**bold**\n"
    if variable == "FORCE_COLOR=1":
        coloured = process("send", "scripted", "say:**bold**", "--color", "always").out
        assert "\x1b[1mbold" in coloured
        assert "\x1b[2K" not in coloured


def test_a_width_of_nothing_is_no_width(
    terminal: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """COLUMNS=0 on a terminal hides no answer."""
    monkeypatch.setenv("COLUMNS", "0")
    seen = terminal("send", "scripted", "hello")
    assert seen.end() == 0
    assert "You said: hello" in seen.text


def test_no_place_for_a_history_ends_no_talk(
    terminal: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the history cannot be kept it is said, and the talk goes on."""
    monkeypatch.setenv("XDG_STATE_HOME", "/proc/nope")
    talk = terminal("chat", "scripted", columns=200)
    talk.prompted("scripted>")
    assert "What you type is not kept" in talk.text
    talk.type("hello\r")
    talk.until("You said: hello")
    talk.prompted("scripted>")
    talk.type("\x04")
    assert talk.end() == 0


NOBODY = """
import os, pathlib
def lost():
    raise RuntimeError("Could not determine home directory.")
pathlib.Path.home = lost
"""


def test_a_user_without_a_home_is_served(
    home: Path, process: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """With everything in the environment no home is needed; what wants a place says which to name."""
    (home / "sitecustomize.py").write_text(NOBODY)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(home), os.environ["PYTHONPATH"]]))
    assert process("send", "scripted", "hi").out == "You said: hi\n"
    ran = process("stats")
    assert ran.code == 2
    assert "XDG_STATE_HOME" in ran.err


@pytest.fixture
def nowhere(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have all places be where nobody can look: no system takes such a name, whoever asks."""
    for variable in ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME"):
        monkeypatch.setenv(variable, f"/{'x' * 300}")


@pytest.mark.usefixtures("nowhere")
def test_places_that_cannot_be_entered_cost_no_answer(jackfield: Callable[..., Any]) -> None:
    """A question is answered where neither settings nor a log nor a history can be looked at."""
    ran = jackfield("send", "scripted", "hi")
    assert (ran.code, ran.out) == (0, "You said: hi\n")
    assert "internal error" not in ran.err


@pytest.mark.usefixtures("nowhere")
@pytest.mark.parametrize(
    "arguments",
    [
        "list",
        "use any",
        "config get",
        "stats",
        "stats --clear",
        "conversations",
        "conversations --forget",
        "logs",
        "logs off",
        "logs clear",
        "template list",
        "auth list",
        "add any --provider scripted",
    ],
)
def test_what_cannot_be_looked_at_is_not_told_to_be_empty(
    jackfield: Callable[..., Any], arguments: str
) -> None:
    """A place that cannot be looked into is named in one sentence with the reason, and 2 is the exit code."""
    ran = jackfield(*arguments.split())
    assert (ran.code, ran.out) == (2, "")
    assert "File name too long" in ran.err
    assert "internal error" not in ran.err


def test_two_full_stops_are_one() -> None:
    """A message that ends as a sentence does gets no second full stop before its advice."""
    from jackfield import ConfigError
    from jackfield_cli._report import sentence

    assert (
        sentence(ConfigError("Start the playground.", hint="Then ask.")) == "Start the playground. Then ask."
    )
    assert str(ConfigError("Start it.", hint="Then ask.")) == "Start it. Then ask."
