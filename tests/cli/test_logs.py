"""The log of questions and answers: off until it is wished for, private, searched, and never in the way."""

from __future__ import annotations

import json
import sqlite3
import stat
import tempfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jackfield_cli._logs import Log, Logged

pytestmark = pytest.mark.usefixtures("tokens")

Jackfield = Callable[..., Any]

ENTRY = Logged(
    at=0.0,
    connection="work",
    provider="scripted",
    model=None,
    system="",
    prompt="What?",
    attached="[]",
    answer="That.",
    outcome="ok",
    handle=None,
    url=None,
    conversation_id=None,
    elapsed=0.0,
    input_tokens=None,
    output_tokens=None,
)


@pytest.fixture
def database(home: Path) -> Path:
    """Where the log is, or would be."""
    return home / ".local/share/jackfield/logs/answers.db"


def listed(jackfield: Jackfield, *args: str) -> list[dict[str, Any]]:
    """What a program reads of the log."""
    return [json.loads(line) for line in jackfield("logs", *args, "--json").out.splitlines()]


def test_the_list_s_options_need_no_word_before_them(config: Path, jackfield: Jackfield) -> None:
    """`logs` alone lists, with the list's options; before another word they are refused, not dropped."""
    jackfield("logs", "on")
    jackfield("send", "work", "one")
    jackfield("send", "lab", "two")
    assert listed(jackfield) == listed(jackfield, "list")
    assert [entry["prompt"] for entry in listed(jackfield, "--connection", "work")] == ["one"]
    ran = jackfield("logs", "--json", "search", "one")
    assert (ran.code, ran.out) == (2, "")
    assert "options of search go behind it" in ran.err


def test_nothing_is_logged_unasked(home: Path, jackfield: Jackfield) -> None:
    """Until `logs on`, no word is written anywhere, and the list says how to change that."""
    jackfield("send", "scripted", "canary-question")
    assert not [file for file in home.rglob("*") if file.is_file() and b"canary" in file.read_bytes()]
    assert "jackfield logs on" in jackfield("logs").err


def test_what_is_wished_for_is_logged(jackfield: Jackfield, database: Path, home: Path) -> None:
    """After `logs on` a question is there with its answer and what went along; the file is private."""
    assert jackfield("logs", "path").out.strip() == str(database)
    assert str(database) in jackfield("logs", "on").err
    (home / "notes.txt").write_text("notes")
    jackfield("send", "scripted", "-s", "Be brief.", "one", "--file", str(home / "notes.txt"))
    (entry,) = listed(jackfield, "list")
    told = {
        key: entry[key] for key in ("id", "connection", "provider", "model", "system", "prompt", "attached")
    }
    assert list(told.values()) == [1, "scripted", "scripted", "small", "Be brief.", "one", ["notes.txt"]]
    assert (entry["answer"], entry["outcome"]) == ("You said: one and notes.txt", "ok")
    assert (entry["handle"], entry["conversation_id"]) == ("run-7", "thread-1")
    assert (entry["input_tokens"], entry["output_tokens"]) == (3, 4)
    assert stat.S_IMODE(database.stat().st_mode) == 0o600
    assert stat.S_IMODE(database.parent.stat().st_mode) == 0o700


def test_a_failure_is_logged_with_what_had_come(jackfield: Jackfield) -> None:
    """An answer that broke off is there as far as it came, with the error's name and no secret."""
    jackfield("logs", "on")
    jackfield("send", "scripted", "say:half%20token-in-SCRIPTED_TOKEN fail:RunFailed")
    (entry,) = listed(jackfield, "list")
    assert entry["outcome"] == "RunFailed"
    assert entry["answer"].startswith("half ")
    assert "token-in" not in entry["answer"]


def test_off_and_no_history_log_nothing(jackfield: Jackfield) -> None:
    """`--no-history` and `logs off` log nothing; what was there stays until `logs clear`."""
    jackfield("logs", "on")
    jackfield("send", "scripted", "one")
    jackfield("send", "scripted", "two", "--no-history")
    jackfield("logs", "off")
    jackfield("send", "scripted", "three")
    assert [entry["prompt"] for entry in listed(jackfield, "list")] == ["one"]
    assert jackfield("logs", "clear").code == 0
    assert listed(jackfield, "list") == []


def test_entries_are_found(config: Path, jackfield: Jackfield) -> None:
    """They are listed newest first, so many at most, of one connection, or with words in any case."""
    jackfield("logs", "on")
    for name, words in (("work", "Straße 世界你好"), ("lab", "second"), ("work", "third STRASSE")):
        jackfield("send", name, words)
    assert [entry["id"] for entry in listed(jackfield, "list", "-n", "2")] == [3, 2]
    assert [entry["id"] for entry in listed(jackfield, "list", "--connection", "work")] == [3, 1]
    assert [entry["id"] for entry in listed(jackfield, "search", "strasse")] == [3, 1]
    assert [entry["id"] for entry in listed(jackfield, "search", "世界", "strasse")] == [1]
    assert [entry["id"] for entry in listed(jackfield, "search", "lab:")] == [2]
    assert listed(jackfield, "search", "%") == []
    assert "Nothing that is logged holds that" in jackfield("logs", "search", "nosuch").err


def test_one_is_shown_whole(jackfield: Jackfield) -> None:
    """`show` prints an entry as a text, the last where none is named; one that is not there is told."""
    jackfield("logs", "on")
    jackfield("send", "scripted", "one")
    jackfield("send", "scripted", "two")
    assert "## You\n\none\n\n## scripted\n\nYou said: one" in jackfield("logs", "show", "1").out
    assert "You said: two" in jackfield("logs", "show").out
    wrong = jackfield("logs", "show", "3")
    assert (wrong.code, wrong.out) == (2, "")
    assert "no entry with the number 3" in wrong.err


def test_a_damaged_log_is_set_aside(jackfield: Jackfield, database: Path) -> None:
    """A file that is no database is kept beside, that is told, and the question is answered."""
    jackfield("logs", "on")
    database.write_bytes(b"no database" * 100)
    database.chmod(0o600)
    ran = jackfield("send", "scripted", "one")
    assert (ran.code, ran.out) == (0, "You said: one\n")
    assert "set aside" in ran.err
    (aside,) = database.parent.glob("*.damaged")
    assert aside.read_bytes() == b"no database" * 100
    jackfield("send", "scripted", "two")
    assert [entry["prompt"] for entry in listed(jackfield, "list")] == ["two"]


@pytest.mark.parametrize("mode", [0o644, 0o622])
def test_a_log_that_others_can_reach_is_refused(jackfield: Jackfield, database: Path, mode: int) -> None:
    """Nothing is written where others could read it; that is told once, and the question is answered."""
    jackfield("logs", "on")
    database.touch()
    database.chmod(mode)
    ran = jackfield("send", "scripted", "one")
    assert (ran.code, ran.out) == (0, "You said: one\n")
    assert "Not logged: " in ran.err
    assert database.read_bytes() == b""


def test_the_wish_must_be_the_persons_own(jackfield: Jackfield, database: Path) -> None:
    """A wish that others could have written is none: that is told, and nothing is logged."""
    jackfield("logs", "on")
    (database.parent / "on").chmod(0o666)
    ran = jackfield("send", "scripted", "one")
    assert ran.code == 0
    assert "Not logged: " in ran.err
    assert not database.exists()


def test_a_newer_log_is_left_alone(jackfield: Jackfield, database: Path) -> None:
    """What a later version wrote is neither read nor changed."""
    jackfield("logs", "on")
    jackfield("send", "scripted", "one")
    with closing(sqlite3.connect(database)) as opened, opened:
        opened.execute("PRAGMA user_version = 99")
    before = database.read_bytes()
    assert "a newer Jackfield" in jackfield("send", "scripted", "two").err
    assert jackfield("logs").code == 2
    assert database.read_bytes() == before


def test_another_program_that_writes_costs_no_answer(tmp_path: Path) -> None:
    """While another one has the database, an entry is given up in time, and nothing is set aside."""
    folder = tmp_path / "logs"
    said: list[str] = []
    log = Log(said.append, folder / "answers.db", patience=0.0)
    log.add(ENTRY)
    with closing(sqlite3.connect(log.file)) as other:
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            log.add(ENTRY)
    assert said == []
    assert len(log.find()) == 1


@settings(max_examples=25, deadline=None)
@given(st.text(max_size=40), st.text(max_size=40))
def test_any_text_is_read_as_it_was_written(prompt: str, answer: str) -> None:
    """Whatever is said comes back as it was, and is found by itself."""
    with tempfile.TemporaryDirectory() as folder:
        log = Log(print, Path(folder) / "logs/answers.db")
        log.add(attrs.evolve(ENTRY, prompt=prompt, answer=answer))
        (entry,) = log.find([prompt, answer])
    assert (entry.prompt, entry.answer) == (prompt, answer)
