"""`test`, `health`, `models`, `stats` and `doctor`."""

from __future__ import annotations

import io
import json
import logging
import re
import stat
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from jackfield import AccountBusy, ChatResponse, Model, ProviderOptions, from_json, log_event
from jackfield_cli._checks import Finding, findings_table
from jackfield_cli._journal import Journal
from jackfield_cli._patience import told_waits

pytestmark = pytest.mark.usefixtures("tokens")


def objects(text: str) -> list[dict[str, Any]]:
    """The objects of JSON lines."""
    return [json.loads(line) for line in text.splitlines()]


def test_health_looks_at_every_connection(
    config: Path, jackfield: Callable[..., Any], trace: Callable[[], list[str]]
) -> None:
    """`health` asks nothing, tells each connection's state, and fails with the first failure's code."""
    config.write_text(config.read_text() + '\n[connections.ill]\nprovider = "scripted"\ngreeting = "ill"\n')
    assert jackfield("health", "work", "lab").code == 0
    ran = jackfield("health", "--json")
    assert ran.code == 3  # `ill` has no token, unlike the others
    assert [(one["connection"], one["ok"]) for one in objects(ran.out)] == [
        ("work", True),
        ("lab", True),
        ("ill", False),
    ]
    assert "ResponseStarted" not in trace()


def test_a_remote_that_is_down_is_told(
    config: Path, jackfield: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A remote that does not answer ends with 5 and its reason in the table."""
    monkeypatch.setenv("SCRIPTED_WORK_GREETING", "ill")
    ran = jackfield("health", "work")
    assert ran.code == 5
    assert "the remote is down" in ran.out


def test_an_account_that_another_program_has_is_busy() -> None:
    """What another program has just now is no failure of the remote: the table says that it is busy."""
    out = io.StringIO()
    error = AccountBusy("the session 'work' is in use by process 1")
    Console(file=out, width=200).print(findings_table([Finding("work", error)]))
    assert "busy" in out.getvalue()
    assert "failed" not in out.getvalue()


def test_health_waits_for_nobody(jackfield: Callable[..., Any]) -> None:
    """An account that another program has is told to be busy at once, and the command ends with 5."""
    options = [
        "-osite=gradio",
        "-obase_url=http://127.0.0.1:9",
        "-osession=mine",
        "-ostore=taken_account:Taken",
    ]
    assert jackfield("add", "chat", "--provider", "custom_web", *options).code == 0

    ran = jackfield("health", "chat")

    assert ran.code == 5
    assert "busy" in ran.out
    assert "Waiting" not in ran.err


def test_who_is_waited_for_is_told() -> None:
    """While another program has an account, a person is told so at once, and only so long as they wait."""
    told: list[str] = []
    with told_waits(told.append):
        log_event("session.opened", level=logging.WARNING, layer="web")
        log_event("session.waiting", level=logging.WARNING, layer="web", why="process 1 has it")
    log_event("session.waiting", level=logging.WARNING, layer="web", why="process 2 has it")
    assert told == ["Waiting for its turn: process 1 has it."]


def test_test_asks_a_question(config: Path, jackfield: Callable[..., Any]) -> None:
    """`test` shows that the whole way works, with what was answered."""
    ran = jackfield("test", "work")
    assert ran.code == 0
    assert "You said:" in ran.out
    assert objects(jackfield("test", "--json").out)[1]["connection"] == "lab"


def test_checking_nothing_is_told(home: Path, jackfield: Callable[..., Any]) -> None:
    """Without connections there is nothing to check: an error says how to add one."""
    ran = jackfield("health")
    assert ran.code == 2
    assert "jackfield add" in ran.err


def test_models_are_listed(config: Path, jackfield: Callable[..., Any]) -> None:
    """`models` lists names, the default, and what else they are called."""
    out = jackfield("models", "work").out
    assert out.splitlines()[1].split() == ["small", "default", "tiny"]
    big = objects(jackfield("models", "work", "--json").out)[1]
    assert from_json(big) == Model(id="big")


def test_statistics_sum_up_the_requests(config: Path, home: Path, jackfield: Callable[..., Any]) -> None:
    """`stats` sums up, over runs of the command, how requests ended, per connection, without content."""
    jackfield("send", "work", "hello")
    jackfield("send", "work", "busy")
    jackfield("send", "lab", "say:half fail:RunFailed")
    work, lab = objects(jackfield("stats", "--json").out)
    assert (work["connection"], work["requests"], work["succeeded"], work["retries"]) == ("work", 2, 2, 1)
    assert (work["input_tokens"], work["output_tokens"]) == (6, 8)
    assert (lab["failed"], lab["last_error"], lab["input_tokens"]) == (1, "RunFailed", None)
    assert "not told" in jackfield("stats").out
    file = home / ".local/state/jackfield/requests.jsonl"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    jackfield("stats", "--clear")
    assert jackfield("stats").out == ""


def test_a_table_without_room_is_told_in_words(
    config: Path, jackfield: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a narrow terminal each row is a name and its facts with their headings, none of them cut."""
    jackfield("send", "work", "hello")
    monkeypatch.setenv("COLUMNS", "40")
    out = jackfield("stats", "--color", "always").out
    lines = re.sub(r"\x1b\[[0-9;]*m", "", out).splitlines()

    assert lines[0] == "work"
    assert max(map(len, lines)) <= 40
    assert "requests 1, ok 1, failed 0" in " ".join(line.strip() for line in lines)


def test_statistics_survive_what_is_no_line_of_theirs(home: Path, jackfield: Callable[..., Any]) -> None:
    """A line that makes no sense is passed over, and control characters of a name are escaped."""
    jackfield("send", "scripted", "hello")
    file = home / ".local/state/jackfield/requests.jsonl"
    line = json.loads(file.read_text())
    with file.open("a") as journal:
        journal.write("nonsense\n{}\n[1]\n" + json.dumps({**line, "connection": "a\x1bb"}) + "\n")
    assert [one["requests"] for one in objects(jackfield("stats", "--json").out)] == [1, 1]
    assert "a\\x1bb" in jackfield("stats").out


def test_a_torn_line_takes_no_other_along(config: Path, home: Path, jackfield: Callable[..., Any]) -> None:
    """A record that a power cut has cut off is lost alone; odd values neither stop `stats` nor leave JSON."""
    jackfield("send", "work", "one")
    file = home / ".local/state/jackfield/requests.jsonl"
    with file.open("a") as journal:
        journal.write('{"at": 1, "connec')
    jackfield("send", "work", "two")
    with file.open("a") as journal:
        for odd in ('"elapsed": 1e999', '"elapsed": NaN', '"elapsed": 1, "outcome": {}', '"elapsed": true'):
            journal.write(f'{{"connection": "odd", "attempts": 1, {odd}}}\n')
        journal.write(f'{{"connection": "odd", "elapsed": {"9" * 400}}}\n')
    found = {one["connection"]: one for one in objects(jackfield("stats", "--json").out)}
    assert found["work"]["requests"] == 2
    assert found["odd"]["requests"] == 1
    assert jackfield("stats").code == 0


def test_the_journal_is_capped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A full file is set aside, and the one before it is forgotten: they never grow without end."""
    from jackfield_cli import _journal

    class Named:
        name = "work"

    class Connection:
        name = "work"
        spec = Named()
        options = ProviderOptions()

    monkeypatch.setattr(_journal, "_MOST_BYTES", 2000)
    journal = Journal(tmp_path / "state/requests.jsonl")
    connection: Any = Connection()
    for _ in range(100):
        journal.jackfield_response_finished(connection, ChatResponse(finish_reason="stop"), None)
    sizes = [file.stat().st_size for file in journal.file.parent.iterdir()]
    assert len(sizes) == 2
    assert max(sizes) < 2400
    assert 10 < len(list(journal.read())) < 40


def test_doctor_finds_nothing_wrong(config: Path, jackfield: Callable[..., Any]) -> None:
    """`doctor` ends with 0 when all is sound, and shows where credentials come from, not what they are."""
    ran = jackfield("doctor")
    assert ran.code == 0, ran.out
    assert "SCRIPTED_WORK_TOKEN" in ran.out
    assert "token-in" not in ran.out
    assert sys.executable in ran.out


@pytest.mark.parametrize(
    ("spoil", "expected"),
    [
        (lambda file: file.write_text("[connections"), "not valid TOML"),
        (lambda file: file.write_text('[connections.x]\nprovider = "scripted"\norgid = 1'), "org_id"),
        (lambda file: file.write_text('[connections.x]\nprovider = "nowhere"'), "nowhere"),
        (lambda file: file.write_text('[connections.x]\nprovider = "scripted"'), "jackfield auth set x"),
    ],
    ids=["syntax", "option", "provider", "credentials"],
)
def test_doctor_finds_what_is_wrong(
    config: Path, jackfield: Callable[..., Any], spoil: Callable[[Path], None], expected: str
) -> None:
    """A fault in the configuration is shown with its way out, and `doctor` ends with 1."""
    spoil(config)
    ran = jackfield("doctor")
    assert ran.code == 1
    assert expected in ran.out


def test_doctor_loads_every_provider(
    home: Path, jackfield: Callable[..., Any], install: Callable[..., None]
) -> None:
    """A provider that does not import is shown with its reason; the others still are."""
    install("broken", "broken = not_there_at_all", group="jackfield.providers")
    ran = jackfield("doctor")
    assert ran.code == 1
    assert "not_there_at_all" in ran.out
    assert "scripted-provider 1.0, loads" in ran.out
