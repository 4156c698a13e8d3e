"""The command line itself: quick, complete, and helpful when it is misused."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import click
import pytest

from jackfield_cli import _app
from jackfield_cli._plugged import Plugged

HEAVY = {"rich", "anyio", "jackfield", "attrs", "keyring", "prompt_toolkit", "tomlkit", "asyncio"}


def command_of(words: Iterable[str]) -> Any:
    """The command of some words; one that another distribution brings is imported."""
    command: Any = _app.jackfield
    for word in words:
        command = command.get_command(click.Context(command), word)
        command = command.load() if isinstance(command, Plugged) else command
    return command


def every_command() -> list[tuple[str, ...]]:
    """The words of every command, subcommands included."""
    context = click.Context(_app.jackfield)
    found: list[tuple[str, ...]] = []
    for name in _app.jackfield.list_commands(context):
        command = command_of([name])
        inner = command.list_commands(context) if isinstance(command, click.Group) else []
        found += [(name, *rest) for rest in [(), *((one,) for one in inner)]]
    return found


def modules_after(*args: str) -> set[str]:
    """The top-level modules that a fresh interpreter has loaded after the command ran with *args*."""
    program = (
        "import json, sys\nfrom jackfield_cli import main\n"
        "try:\n    main(sys.argv[1:])\nexcept SystemExit:\n    pass\n"
        "print(json.dumps([name.partition('.')[0] for name in sys.modules]), file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, *args], capture_output=True, text=True, timeout=60, check=True
    )
    return set(json.loads(done.stderr))


@pytest.mark.parametrize("args", [("--help",), ("send", "--help"), ("--version",), ("completion", "zsh")])
def test_help_loads_nothing_heavy(args: tuple[str, ...]) -> None:
    """Help, version and completion answer before any library but click is loaded."""
    assert not modules_after(*args) & (HEAVY - {"asyncio"} if "--version" in args else HEAVY)


def test_listing_providers_imports_none_of_them(home: Path) -> None:
    """`providers` tells what is installed from metadata: no provider's code runs."""
    loaded = modules_after("providers")
    assert "jackfield" in loaded
    assert "scripted_provider" not in loaded


@pytest.mark.parametrize("words", every_command(), ids=" ".join)
def test_every_command_explains_itself(jackfield: Callable[..., Any], words: tuple[str, ...]) -> None:
    """Each command has a help text, and each of its visible options an explanation."""
    ran = jackfield(*words, "--help")
    assert (ran.code, ran.err) == (0, "")
    command = command_of(words)
    assert command.help
    for option in command.params:
        assert option.hidden or option.help if isinstance(option, click.Option) else True


def test_help_tells_the_exit_codes(jackfield: Callable[..., Any]) -> None:
    """`--help` documents every exit code that the command can leave with."""
    from jackfield_cli._report import ExitCode

    out = jackfield("--help").out
    for code in ExitCode:
        assert f"  {int(code)}  " in out


def test_a_misspelt_command_is_met_with_a_near_one(jackfield: Callable[..., Any]) -> None:
    """An unknown command is a usage error that names what was probably meant."""
    ran = jackfield("sned")
    assert ran.code == 2
    assert "'send'" in ran.err


def test_a_misuse_is_shown_with_the_usage(jackfield: Callable[..., Any]) -> None:
    """A usage error goes to standard error, with the command's usage and where its help is."""
    ran = jackfield("models", "--nope")
    assert (ran.code, ran.out) == (2, "")
    assert "Usage: jackfield models" in ran.err
    assert "jackfield models --help" in ran.err


@pytest.mark.parametrize("words", [(), ("auth",), ("site",)], ids=["root", "auth", "site"])
def test_a_group_alone_shows_its_help(jackfield: Callable[..., Any], words: tuple[str, ...]) -> None:
    """A group that is called without a command shows its help, once and whole, as a usage error."""
    ran = jackfield(*words)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.count("Usage:") == 1
    assert "Error" not in ran.err
    assert ran.err.strip() == jackfield(*words, "--help").out.strip()


def test_an_argument_cannot_reach_the_terminal_unescaped(jackfield: Callable[..., Any]) -> None:
    """A file name or argument with control characters is escaped in messages."""
    ran = jackfield("x\x1b]0;evil\x07")
    assert ran.code == 2
    assert "\x1b" not in ran.err


def test_every_hint_names_a_command_that_is_there() -> None:
    """Whatever a text of ours tells somebody to run can be run: the command, and the one below it."""
    root = Path(__file__).parents[2]
    folders = [*root.glob("*/src"), *root.glob("plugins/*/src")]
    sources = [file for folder in folders for file in folder.rglob("*.py")]
    told = {
        tuple(found.split())
        for file in sources
        for found in re.findall(r"(?:`|: |run )jackfield ([a-z]+(?: [a-z]+)?)", file.read_text())
    }
    known = set(every_command())
    groups = {words[0] for words in known if len(words) > 1}

    assert len(told) > 20
    assert [words for words in told if (words if words[0] in groups else words[:1]) not in known] == []


def told_by_pages() -> Iterator[tuple[str, str]]:
    """The lines on pages of ours that run the command, each with its page."""
    root = Path(__file__).parents[2]
    for pattern in ("*.md", "docs/*.md", "*/README.md", "plugins/*/README.md"):
        for page in root.glob(pattern):
            if page.name != "benchmarks.md":  # whose tables say "jackfield on trio"
                text = page.read_text("utf-8")
                for line in re.findall(r"(?:`|^|[|$] )jackfield ([a-z][^`|>#\n]*)", text, re.MULTILINE):
                    yield page.name, line


def test_every_command_on_our_pages_is_there_with_its_options() -> None:
    """What a page tells somebody to type names a command that is there, and options that it takes."""
    everywhere = {option for one in _app.jackfield.params for option in one.opts} | {"-h", "--help", "-vv"}
    wrong, seen = [], 0
    for page, line in told_by_pages():
        words = line.replace('"', " ").split()
        known: Any = _app.jackfield
        while isinstance(known, click.Group) and words and not words[0].startswith("-"):
            known = known and known.get_command(click.Context(known), words.pop(0))
            known = known.load() if isinstance(known, Plugged) else known
        options = (
            {option for one in known.params for option in (*one.opts, *one.secondary_opts)}
            if known
            else set()
        )
        given = {word.partition("=")[0] for word in words if re.match(r"--?[a-z]", word)}
        seen += len(given)
        if known is None or (len(known.params) and given - options - everywhere):
            wrong.append((page, line))
    assert seen > 50
    assert wrong == []


@pytest.mark.parametrize(
    ("shell", "expected"), [("bash", "complete -o"), ("zsh", "#compdef"), ("fish", "complete")]
)
def test_completion_scripts_are_printed(process: Callable[..., Any], shell: str, expected: str) -> None:
    """`completion` prints a script for each shell."""
    ran = process("completion", shell)
    assert ran.code == 0
    assert expected in ran.out
    assert "_JACKFIELD_COMPLETE" in ran.out


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("jackfield he", "health"),
        ("jackfield send w", "work"),
        ("jackfield add x --provider scr", "scripted"),
    ],
)
def test_names_are_completed(
    config: Path, process: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, words: str, expected: str
) -> None:
    """The shell completes commands, connections and providers."""
    monkeypatch.setenv("_JACKFIELD_COMPLETE", "bash_complete")
    monkeypatch.setenv("COMP_WORDS", words)
    monkeypatch.setenv("COMP_CWORD", str(len(words.split()) - 1))
    assert expected in process().out.replace("plain,", "").split()


def test_a_closed_pipe_ends_the_command_quietly(tokens: None, home: Path) -> None:
    """Whoever stops reading our output gets no traceback."""
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        [Path(sys.executable).parent / "jackfield", "send", "scripted", "hello"],
        stdout=writing,
        stderr=subprocess.PIPE,
        timeout=60,
        check=False,
    )
    os.close(writing)
    assert done.stderr == b""


def test_what_nobody_reads_is_said_once() -> None:
    """After its reader has gone, standard output takes the rest in silence, also at the interpreter's end."""
    reading, writing = os.pipe()
    os.close(reading)
    script = """
import sys
from jackfield_cli._streams import mend_streams
mend_streams()
try:
    print("one", flush=True)
except BrokenPipeError:
    print("two", flush=True)
    sys.stderr.write("once")
"""
    done = subprocess.run(
        [sys.executable, "-c", script], stdout=writing, stderr=subprocess.PIPE, timeout=60, check=False
    )
    os.close(writing)
    assert (done.stderr, done.returncode) == (b"once", 0)


def test_an_unknown_event_loop_is_refused(
    jackfield: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """JACKFIELD_BACKEND takes asyncio and trio only, and says so."""
    monkeypatch.setenv("JACKFIELD_BACKEND", "twisted")
    ran = jackfield("list")
    assert ran.code == 2
    assert "'asyncio'" in ran.err
