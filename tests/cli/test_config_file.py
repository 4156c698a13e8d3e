"""`config` and `rename`: the file read, changed, edited, and a connection under another name."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jackfield import ConfigError
from jackfield_cli._config_file import _names

NAMED = """# mine
default = "work:big" # mostly

[connections.work] # the first
provider = "scripted"
org_id = 1 # a number

[aliases]
smart = "work:big" # the same

[choices.any]
fallback = [
  "lab", # near
  "work:big", # far
]

[connections.lab]
provider = "scripted"
"""


@pytest.fixture
def named(config: Path) -> Path:
    """A file in which the default, an alias and a choice ask `work`."""
    config.write_text(NAMED)
    return config


def test_the_file_and_its_values_are_shown(config: Path, jackfield: Callable[..., Any]) -> None:
    """`config path` prints the place; `config get` one value as it is, a table as TOML, or the whole file."""
    assert jackfield("config", "path").out == f"{config}\n"
    assert jackfield("config", "get", "connections.lab.greeting").out == "Lab\n"
    assert jackfield("config", "get", "connections.work.org_id").out == "1\n"
    assert tomllib.loads(jackfield("config", "get", "connections").out)["lab"]["greeting"] == "Lab"
    assert jackfield("config", "get").out.strip() == config.read_text().strip()


def test_a_key_that_is_not_there_is_met_with_a_near_one(config: Path, jackfield: Callable[..., Any]) -> None:
    """A misspelt key, and what is no key at all, are told as such."""
    ran = jackfield("config", "get", "connections.wrok.org_id")
    assert (ran.code, ran.out) == (2, "")
    assert "'work'" in ran.err
    assert "is no key" in jackfield("config", "get", "a b").err


def test_a_value_is_set_among_comments(config: Path, jackfield: Callable[..., Any]) -> None:
    """`config set` changes one value, makes tables that are missing, and leaves every comment."""
    assert jackfield("config", "set", "connections.work.org_id", "-7").code == 0
    assert jackfield("config", "set", "aliases.smart", "work:big").code == 0
    text = config.read_text()
    assert "org_id = -7 # the first" in text
    assert text.startswith("# mine\n")
    assert tomllib.loads(text)["aliases"] == {"smart": "work:big"}


@pytest.mark.parametrize(
    ("key", "value", "expected"),
    [
        ("connections.work.orgid", "1", "org_id"),
        ("connections.work.token", "very-secret", "jackfield auth set work"),
        ("connection.work.org_id", "1", "'connections'"),
        ("default", "wrok", "'work'"),
        ("connections.work.org_id.x", "1", "is no table"),
    ],
)
def test_a_wrong_value_is_not_written(
    config: Path, jackfield: Callable[..., Any], key: str, value: str, expected: str
) -> None:
    """What the file would say is checked as it is when it is read, options too; a secret is not repeated."""
    before = config.read_bytes()
    ran = jackfield("config", "set", key, value)
    assert ran.code == 2
    assert expected in ran.err
    assert "very-secret" not in ran.err
    assert config.read_bytes() == before


def test_line_ends_stay(config: Path, jackfield: Callable[..., Any]) -> None:
    """A file whose lines end in CR LF keeps them where nothing was changed."""
    config.write_bytes(config.read_bytes().replace(b"\n", b"\r\n"))
    assert jackfield("config", "set", "connections.work.org_id", "7").code == 0
    assert b"# mine\r\n" in config.read_bytes()


def test_what_an_editor_left_is_checked(
    config: Path, jackfield: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """`config edit` opens the file in EDITOR; a fault in what was saved is told, and the file is kept."""
    monkeypatch.delenv("VISUAL", raising=False)
    monkeypatch.setenv("EDITOR", "sed -i s/org_id/orgid/")
    ran = jackfield("config", "edit")
    assert ran.code == 2
    assert "org_id" in ran.err
    assert "jackfield config edit" in ran.err
    assert "orgid = 1" in config.read_text()
    monkeypatch.setenv("EDITOR", "sed -i s/orgid/org_id/")
    assert "in order" in jackfield("config", "edit").err


def test_an_editor_begins_a_file(
    home: Path, jackfield: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """`config edit` makes a private file where there is none; without an editor it says which to set."""
    monkeypatch.setenv("VISUAL", "true")
    assert jackfield("config", "edit").code == 0
    file = home / ".config/jackfield/jackfield.toml"
    assert (file.read_text(), file.stat().st_mode & 0o777) == ("", 0o600)
    monkeypatch.setenv("VISUAL", "no-such-editor-here")
    ran = jackfield("config", "edit")
    assert ran.code == 2
    assert "EDITOR" in ran.err


def test_everything_that_asks_follows_a_new_name(named: Path, jackfield: Callable[..., Any]) -> None:
    """`rename` changes the table's name, the default, aliases and choices, and no comment."""
    assert jackfield("rename", "work", "office").code == 0
    text = named.read_text()
    assert text == NAMED.replace('"work:big"', '"office:big"').replace(
        "connections.work", "connections.office"
    )


def test_credentials_follow_a_new_name(
    config: Path, home: Path, jackfield: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Stored credentials are kept under the new name alone; what the environment has for the old is told."""
    jackfield("auth", "set", "work", stdin="canary")
    monkeypatch.setenv("SCRIPTED_WORK_TOKEN", "x")
    ran = jackfield("rename", "work", "office")
    assert ran.code == 0
    assert "SCRIPTED_WORK_TOKEN" in ran.err
    folder = home / ".local/share/jackfield/credentials"
    assert [one.name for one in folder.iterdir()] == ["office.json"]
    assert json.loads((folder / "office.json").read_text())["credentials"] == {"token": "canary"}
    assert jackfield("send", "office", "hello").out == "You said: hello\n"


def test_what_the_name_said_is_written(home: Path, jackfield: Callable[..., Any]) -> None:
    """A page named for its provider keeps its provider, and the saved session of its old name."""
    jackfield("add", "claude_web")
    assert jackfield("rename", "claude_web", "claude").code == 0
    file = home / ".config/jackfield/jackfield.toml"
    assert tomllib.loads(file.read_text())["connections"]["claude"] == {
        "provider": "claude_web",
        "session": "claude_web",
    }


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("wrok", "office", "'work'"),
        ("work", "lab", "already"),
        ("work", "smart", "already"),
        ("work", "My Office", "not usable"),
    ],
)
def test_a_name_that_cannot_be_is_refused(
    named: Path, jackfield: Callable[..., Any], old: str, new: str, expected: str
) -> None:
    """Nothing is written where the connection is not there, or its new name is taken or cannot be one."""
    ran = jackfield("rename", old, new)
    assert ran.code == 2
    assert expected in ran.err
    assert named.read_text() == NAMED


@pytest.mark.parametrize(
    "text",
    [
        'connections = { work = { provider = "scripted" } }\n',
        '[connections]\nwork.provider = "scripted"\n',
        '[connections.work]\nprovider = "scripted"\ngreeting = """\n[connections.work]\n"""\n',
    ],
)
def test_what_is_written_otherwise_is_left_alone(
    config: Path, jackfield: Callable[..., Any], text: str
) -> None:
    """Where changing headings would not do, or would change a text, nothing is written and it is said."""
    config.write_text(text)
    ran = jackfield("rename", "work", "office")
    assert ran.code == 2
    assert "jackfield config edit" in ran.err
    assert config.read_text() == text


@given(st.text())
def test_any_text_is_a_key_or_refused(text: str) -> None:
    """A key is what TOML takes for one; nothing else gets into the file by way of a key."""
    try:
        names = _names(text)
    except ConfigError:
        return
    found: Any = tomllib.loads(f"{text} = 0")
    for name in names:
        found = found[name]
    assert found == 0
