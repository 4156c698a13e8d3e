"""Questions that are asked often: files with variables, what is wrong with one, and asking with them."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jackfield import ConfigError
from jackfield_cli._templates import read

pytestmark = pytest.mark.usefixtures("tokens")

Jackfield = Callable[..., Any]

REVIEW = """
description = "Look at a change"
prompt = "Review in $language, for $$5: $input"
[defaults]
language = "English"
"""


@pytest.fixture
def write(home: Path) -> Callable[..., Path]:
    """Write templates where the command looks for them."""

    def write(name: str, text: str) -> Path:
        file = home / f".config/jackfield/templates/{name}.toml"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        return file

    return write


def test_a_template_is_filled_in(write: Callable[..., Path], jackfield: Jackfield) -> None:
    """`-t` asks what a template says, with its own values or those given, the message in its place."""
    write("review", REVIEW)
    asked = jackfield("send", "scripted", "-t", "review", "this")
    assert asked.out == "You said: Review in English, for $5: this\n"
    asked = jackfield("send", "-p", "scripted", "-t", "review", "-P", "language=a=b", stdin="piped\n")
    assert asked.out == "You said: Review in a=b, for $5: piped\n"


def test_a_message_without_a_place_goes_behind(write: Callable[..., Path], jackfield: Jackfield) -> None:
    """A template that has no `$input` is asked alone, or with the message behind it: none is dropped."""
    write("haiku", 'prompt = "A haiku."')
    assert jackfield("send", "scripted", "-t", "haiku").out == "You said: A haiku.\n"
    assert (
        jackfield("send", "scripted", "-t", "haiku", "On solder.").out == "You said: A haiku.\n\nOn solder.\n"
    )


def test_a_template_says_whom_and_how(config: Path, write: Callable[..., Path], jackfield: Jackfield) -> None:
    """Connection, model, system prompt and code alone are a template's, unless the command says another."""
    write("plain", 'connection = "lab"\nmodel = "big"\nprompt = "hello"')
    assert jackfield("send", "-t", "plain").out == "Lab: hello to big\n"
    assert jackfield("send", "-t", "plain", "-m", "small").out == "Lab: hello to small\n"
    assert jackfield("send", "work", "-t", "plain", "").out == "You said: hello\n"
    write("code", 'extract = "first"\nsystem = "In $language."\n[defaults]\nlanguage = "C"')
    jackfield("logs", "on")
    asked = jackfield("send", "work", "-t", "code", "say:```%0Als%0A```")
    assert asked.out == "ls\n"
    assert json.loads(jackfield("logs", "list", "--json").out)["system"] == "In C."


@pytest.mark.parametrize(
    ("args", "told"),
    [
        (
            ("-t", "nosuch", "x"),
            "no template 'nosuch'. Known: 'review'. Write it: jackfield template edit nosuch",
        ),
        (("-t", "../review", "x"), "cannot be called '../review'"),
        (("-t", "review", "-P", "lang=x", "x"), "no parameter 'lang'. Did you mean 'language'?"),
        (("-t", "review", "-P", "input=x", "x"), "no parameter 'input'"),
        (("-t", "review", "-P", "language", "x"), "-P KEY=VALUE"),
        (("-t", "review", "-P", "language=a", "-P", "language=b", "x"), "given twice"),
        (("-t", "review"), "wants a value for input. It stands for the message"),
        (("-t", "wanting"), "wants a value for who. Give it: -P who=VALUE"),
        (("-t", "review", "--attach", "run-7"), "takes no template"),
        (("-P", "a=b", "x"), "name the template by -t"),
    ],
)
def test_what_does_not_fit_is_told(
    write: Callable[..., Path],
    jackfield: Jackfield,
    trace: Callable[[], list[str]],
    args: tuple[str, ...],
    told: str,
) -> None:
    """What a template has no place or no value for is an error that teaches, before anything is opened."""
    write("review", REVIEW)
    if "wanting" in args:
        write("wanting", 'prompt = "Hello $who"')
    ran = jackfield("send", "-p", "scripted", *args)
    assert (ran.code, ran.out) == (2, "")
    assert told in ran.err
    assert trace() == []


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("prompt = ", "not valid TOML"),
        ('promt = "x"', "'promt'. Did you mean 'prompt'?"),
        ("prompt = 3", "prompt is a text; found 3"),
        ('prompt = "It costs $5"', "written `$$`"),
        ('extract = "all"', "`first` or `last`"),
        ("defaults = 1", "table of texts"),
        ("[defaults]\nx = {}", "table of texts"),
        ('prompt = "$language"\n[defaults]\nlangauge = "x"', "Did you mean 'language'?"),
    ],
)
def test_a_wrong_template_is_told(
    write: Callable[..., Path], jackfield: Jackfield, text: str, told: str
) -> None:
    """What a template says wrong is told with its file when it is used, and with its name in the list."""
    file = write("wrong", text)
    ran = jackfield("send", "scripted", "-t", "wrong", "x")
    assert (ran.code, ran.out) == (2, "")
    assert told in ran.err
    assert str(file) in ran.err
    assert jackfield("template", "list").code == 0


def test_templates_are_looked_at(write: Callable[..., Path], jackfield: Jackfield) -> None:
    """They are listed with their variables, printed as they are, and each has a place."""
    assert "jackfield template edit NAME" in jackfield("template", "list").err
    file = write("review", REVIEW)
    assert jackfield("template", "show", "review").out == REVIEW
    assert jackfield("template", "path", "review").out.strip() == str(file)
    assert jackfield("template", "path").out.strip() == str(file.parent)
    listed = json.loads(jackfield("template", "list", "--json").out)
    assert listed == {"name": "review", "variables": ["language", "input"], "description": "Look at a change"}


def test_a_template_that_anybody_may_write_is_refused(
    write: Callable[..., Path], jackfield: Jackfield
) -> None:
    """What others could have written is not asked in this person's name."""
    write("review", REVIEW).chmod(0o666)
    ran = jackfield("send", "scripted", "-t", "review", "x")
    assert ran.code == 2
    assert "chmod o-w" in ran.err


def test_a_template_is_edited(home: Path, jackfield: Jackfield, monkeypatch: pytest.MonkeyPatch) -> None:
    """`edit` begins a template that can be used at once, and says how to mend one that cannot."""
    editor = home / "editor"
    editor.write_text(
        f"#!{sys.executable}\nimport os, sys\nopen(sys.argv[1], 'a').write(os.environ['ADD'])\n"
    )
    editor.chmod(0o700)
    monkeypatch.setenv("EDITOR", str(editor))
    monkeypatch.setenv("ADD", "")
    assert "jackfield send -t echo" in jackfield("template", "edit", "echo").err
    assert jackfield("send", "scripted", "-t", "echo", "hello").out == "You said: hello\n"
    monkeypatch.setenv("ADD", "x = [")
    ran = jackfield("template", "edit", "echo")
    assert ran.code == 2
    assert "Mend it: jackfield template edit echo" in ran.err


@given(st.text(), st.text())
def test_values_are_put_in_as_they_are(value: str, message: str) -> None:
    """Whatever is put in stays as it is: dollar signs in it are no variables."""
    template = read("one", 'prompt = "<$a|$input|${a}>"').with_values([f"a={value}"])
    assert template.filled(message) == (f"<{value}|{message}|{value}>", "")


@given(st.text())
def test_any_file_is_read_or_refused(text: str) -> None:
    """A template is read, or it is an error of this command's own; nothing else comes of it."""
    with suppress(ConfigError):
        read("one", text)
