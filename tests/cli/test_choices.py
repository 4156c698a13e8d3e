"""Other names for connections: the command takes them where it takes a connection."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.usefixtures("tokens", "choices")


@pytest.fixture
def choices(config: Path) -> Path:
    """Give the two connections other names, and a third one that has no login."""
    config.write_text(
        config.read_text() + '\n[connections.gone]\nprovider = "scripted"\ngreeting = "Gone"\n'
        '[aliases]\nsmart = "work:big"\n'
        '[choices.any]\nfallback = ["gone", "lab", "smart"]\n'
        '[choices.both]\nfallback = ["work", "lab"]\n'
    )
    return config


def test_an_alias_is_asked_for_its_model(jackfield: Callable[..., Any], process: Callable[..., Any]) -> None:
    """`send` and `chat` take an alias as they take a connection, and ask for its model."""
    assert jackfield("send", "smart", "hello").out == "You said: hello to big\n"
    assert jackfield("send", "smart", stdin="hello").out == "You said: hello to big\n"
    assert process("chat", "smart", stdin="hello\n").out == "You said: hello to big\n"
    assert process("chat", "smart", "--model", "small", stdin="hello\n").out == "You said: hello to small\n"
    assert jackfield("send", "smart", "--attach", "run-7").out == "attached run-7\n"


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_a_choice_goes_on(jackfield: Callable[..., Any], backend: str) -> None:
    """Who does not answer is told on standard error, and the next one's answer is the output."""
    ran = jackfield("send", "any", "hello", "--backend", backend)

    assert (ran.code, ran.out) == (0, "Lab: hello\n")
    assert ran.err.startswith("gone did not answer: ")
    assert "jackfield auth set gone" in ran.err


def test_whoever_is_not_asked_is_not_opened(
    jackfield: Callable[..., Any], trace: Callable[[], list[str]]
) -> None:
    """A connection of a choice is opened when it is asked: a browser for nothing is none."""
    assert jackfield("send", "both", "hello").out == "You said: hello\n"
    assert trace().count("opened") == 1


def test_names_that_share_a_connection(jackfield: Callable[..., Any], trace: Callable[[], list[str]]) -> None:
    """Side by side, each name has its answer, and what they share is opened once."""
    ran = jackfield("send", "-p", "smart", "-p", "both", "-p", "work", "hello")

    assert (
        ran.out
        == "== smart ==\nYou said: hello to big\n== both ==\nYou said: hello\n== work ==\nYou said: hello\n"
    )
    assert trace().count("opened") == 1


def test_waits_are_told_under_the_name_that_was_asked(terminal: Callable[..., Any]) -> None:
    """Side by side at a terminal, an alias's column shows what its connection waits for."""
    sent = terminal("send", "-p", "smart", "-p", "lab", "busy")
    sent.until("at last", times=2)

    assert sent.end() == 0


def test_nobody_answers(jackfield: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """When nobody answers, all are told, and the exit code is the last one's."""
    monkeypatch.delenv("SCRIPTED_WORK_TOKEN")
    ran = jackfield("send", "any", "busy")

    assert (ran.code, ran.out) == (3, "")
    assert [line.partition(":")[0] for line in ran.err.splitlines()] == [
        "gone did not answer",
        "lab did not answer",
        "Error",
    ]


def test_a_connection_that_cannot_be_opened(choices: Path, jackfield: Callable[..., Any]) -> None:
    """What keeps a connection from being opened is why it did not answer."""
    choices.write_text(choices.read_text().replace('"Gone"', "5"))
    ran = jackfield("send", "any", "hello")

    assert (ran.code, ran.out) == (0, "Lab: hello\n")
    assert "gone did not answer: " in ran.err
    assert "greeting" in ran.err


def test_uncertainty_ends_it(jackfield: Callable[..., Any], trace: Callable[[], list[str]]) -> None:
    """What may have acted is asked of nobody else."""
    ran = jackfield("send", "both", "fail:ConnectionLost")

    assert (ran.code, ran.out) == (6, "")
    assert trace().count("opened") == 1


def test_json(jackfield: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine reads who answered, and why not the others; also when nobody did."""
    answer = json.loads(jackfield("send", "any", "--json", "hello").out)
    monkeypatch.delenv("SCRIPTED_WORK_TOKEN")
    failed = json.loads(jackfield("send", "any", "--json", "busy").out)

    assert (answer["connection"], answer["answered_by"], answer["content"]) == ("any", "lab", "Lab: hello")
    assert [(miss["connection"], miss["error"]["class"]) for miss in answer["response"]["misses"]] == [
        ("gone", "AuthenticationRequired")
    ]
    assert failed["answered_by"] is None
    assert failed["response"]["error"]["class"] == "AuthenticationRequired"
    assert [miss["connection"] for miss in failed["response"]["misses"]] == ["gone", "lab"]


@pytest.mark.parametrize(
    ("args", "expected"),
    [
        (("send", "any", "hello", "--conversation", "t-1"), "a conversation belongs to one connection"),
        (("send", "smart", "hello", "--model", "small"), "so the model 'small' would be asked of nobody"),
        (("send", "any", "--attach", "run-7"), "--attach takes up the answer of one connection"),
        (
            ("chat", "any"),
            "any stands for gone, lab, work:big, and this takes one connection. Name one of them.",
        ),
        (("models", "any"), "this takes one connection"),
        (("send", "hello"), "There are work, lab, gone, smart, any, both"),
        (("send", "smrt", "hello"), "Did you mean 'smart'"),
        (("add", "smart", "--provider", "scripted"), "'smart' is another name for connections already"),
        (("remove", "work"), "'smart' in "),
        (("remove", "smart"), "there is no connection 'smart'"),
    ],
)
def test_what_makes_no_sense(
    jackfield: Callable[..., Any], trace: Callable[[], list[str]], args: tuple[str, ...], expected: str
) -> None:
    """A misuse is told before anything is opened or written."""
    ran = jackfield(*args)

    assert (ran.code, ran.out, trace()) == (2, "", [])
    assert expected in ran.err


def test_they_are_looked_at(jackfield: Callable[..., Any]) -> None:
    """`health` looks at every connection that a name stands for, `models` asks an alias's connection."""
    looked = jackfield("health", "both", "smart", "--json").out.splitlines()

    assert [json.loads(line)["connection"] for line in looked] == ["work", "lab"]
    assert "small" in jackfield("models", "smart").out


def test_an_alias_logs_in_as_its_connection(config: Path, home: Path, jackfield: Callable[..., Any]) -> None:
    """Credentials that are given for an alias are those of its connection, and are deleted as such."""
    file = home / ".local/share/jackfield/credentials/work.json"
    told = jackfield("auth", "set", "smart", stdin="a-token").err
    assert "Stored the token of work" in told
    assert [one.name for one in file.parent.iterdir()] == ["work.json"]

    assert jackfield("logout", "smart").err.startswith("Deleted the stored credentials of work.")
    assert not file.exists()


def test_they_are_listed(jackfield: Callable[..., Any]) -> None:
    """`list` shows what each name asks, for people and for machines."""
    told = jackfield("list").out.splitlines()
    lines = [json.loads(line) for line in jackfield("list", "--json").out.splitlines()]

    assert told[-3].split() == ["smart", "work:big"]
    assert told[-1].strip().split(maxsplit=1) == ["both", "work, then lab"]
    assert lines[-1] == {"name": "both", "asks": ["work", "lab"]}


def test_they_are_completed(process: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """The shell completes them where they can be asked."""
    monkeypatch.setenv("_JACKFIELD_COMPLETE", "bash_complete")
    monkeypatch.setenv("COMP_CWORD", "2")
    for command, expected in (("send", ["plain,smart"]), ("remove", [""])):
        monkeypatch.setenv("COMP_WORDS", f"jackfield {command} sm")
        assert process().out.splitlines() == expected
