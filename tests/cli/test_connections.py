"""`add`, `remove`, `list` and `providers`: the configuration file, and what is installed."""

from __future__ import annotations

import json
import stat
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jackfield_cli._editing import parse_options


def test_a_first_connection_makes_the_file(home: Path, jackfield: Callable[..., Any]) -> None:
    """`add` writes jackfield.toml in the XDG place, private, with typed options, and says what comes next."""
    ran = jackfield(
        "add",
        "work",
        "--provider",
        "scripted",
        "-o",
        "org_id=323",
        "-o",
        "loud=true",
        "-o",
        "greeting=Good day",
    )
    file = home / ".config/jackfield/jackfield.toml"
    assert ran.code == 0
    assert "jackfield auth set work" in ran.err
    assert tomllib.loads(file.read_text())["connections"]["work"] == {
        "provider": "scripted",
        "org_id": 323,
        "loud": True,
        "greeting": "Good day",
    }
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_comments_and_order_survive(config: Path, jackfield: Callable[..., Any]) -> None:
    """Adding and removing a connection leaves every other byte of the file alone."""
    before = config.read_text()
    config.chmod(0o640)
    assert jackfield("add", "third", "--provider", "scripted").code == 0
    assert config.read_text().startswith(before.rstrip())
    assert jackfield("remove", "third").code == 0
    assert config.read_text().strip() == before.strip()
    assert stat.S_IMODE(config.stat().st_mode) == 0o640


def test_connections_on_one_line_get_another(config: Path, jackfield: Callable[..., Any]) -> None:
    """Where the connections are a table of one line, another one goes in there, and out again."""
    before = 'connections = { work = { provider = "scripted" } }\n'
    config.write_text(before)
    assert jackfield("add", "third", "--provider", "scripted", "-o", "org_id=3").code == 0
    assert tomllib.loads(config.read_text())["connections"]["third"] == {"provider": "scripted", "org_id": 3}
    assert jackfield("remove", "third").code == 0
    assert tomllib.loads(config.read_text()) == tomllib.loads(before)


def test_a_linked_file_stays_a_link(config: Path, home: Path, jackfield: Callable[..., Any]) -> None:
    """Who keeps the file elsewhere and links to it finds the change there, and the link still a link."""
    real = config.rename(home / "dotfile.toml")
    config.symlink_to(real)
    assert jackfield("add", "third", "--provider", "scripted").code == 0
    assert config.is_symlink()
    assert "third" in real.read_text()


@pytest.mark.parametrize(
    ("args", "expected"),
    [
        (("-o", "orgid=1"), "org_id"),
        (("-o", "org_id=many"), "org_id"),
        (("-o", "greeting"), "KEY=VALUE"),
        (("-o", "loud=true", "-o", "loud=false"), "twice"),
        (("-o", "token=very-secret"), "jackfield auth set"),
        (("--provider", "scriptid"), "'scripted'"),
    ],
)
def test_what_is_wrong_is_refused_before_writing(
    config: Path, jackfield: Callable[..., Any], args: tuple[str, ...], expected: str
) -> None:
    """A wrong option, secret or provider is refused with its reason, and the file stays as it was."""
    before = config.read_bytes()
    ran = jackfield("add", "new", "--provider", "scripted", *args)
    assert ran.code == 2
    assert expected in ran.err
    assert "very-secret" not in ran.err
    assert config.read_bytes() == before
    assert [one.name for one in config.parent.iterdir()] == [config.name]


def test_checking_options_opens_nothing(
    home: Path, tokens: None, jackfield: Callable[..., Any], trace: Callable[[], list[str]]
) -> None:
    """`add` reads the provider's options class but logs in nowhere."""
    assert jackfield("add", "work", "--provider", "scripted").code == 0
    assert not [line for line in trace() if line.startswith("token")]


@pytest.mark.parametrize("name", ["Work", "../up", "a b", ""])
def test_a_name_that_cannot_be_one_is_refused(config: Path, jackfield: Callable[..., Any], name: str) -> None:
    """A connection's name is refused where the configuration would not take it."""
    before = config.read_bytes()
    assert jackfield("add", name, "--provider", "scripted").code == 2
    assert config.read_bytes() == before


def test_a_taken_name_and_a_missing_one_are_told(config: Path, jackfield: Callable[..., Any]) -> None:
    """A second connection of one name, and removing what is not there, are errors that say what to do."""
    assert "jackfield remove work" in jackfield("add", "work", "--provider", "scripted").err
    missing = jackfield("remove", "wrok")
    assert missing.code == 2
    assert "'work'" in missing.err


def test_a_broken_file_is_told_and_kept(config: Path, jackfield: Callable[..., Any]) -> None:
    """A file that is no TOML is never overwritten, and its text is not repeated."""
    config.write_text("[connections.work\ntoken = 'very-secret'")
    ran = jackfield("add", "new", "--provider", "scripted")
    assert ran.code == 2
    assert "not valid TOML" in ran.err
    assert "very-secret" not in ran.err + config.read_text().replace("very-secret", "")
    assert config.read_text().startswith("[connections.work\n")


_LAYOUTS = [
    'connections.a.provider = "scripted"\nconnections.b.provider = "scripted"\n',
    'connections.a.provider = "scripted"\nmiddleware = []\nconnections.b.provider = "scripted"\n',
    'connections.a.provider = "scripted"\nconnections.b = {provider = "scripted"}\n',
    'connections = {a = {provider = "scripted"}, b = {provider = "scripted"}}\n',
    '[connections.a]\nprovider = "scripted"\n[aliases]\nx = "b"\n[connections.b]\nprovider = "scripted"\n',
    '[connections]\na = {provider = "scripted"}\nb.provider = "scripted"\n',
]
"""Ways to write the connections a and b; of some of them the editor that keeps comments would lose one."""


@pytest.mark.parametrize("layout", _LAYOUTS)
@pytest.mark.parametrize(
    "arguments",
    [
        ("add", "c", "--provider", "scripted"),
        ("config", "set", "connections.c.provider", "scripted"),
        ("use", "b"),
        ("remove", "a"),
    ],
)
def test_no_layout_of_the_file_loses_a_connection(
    home: Path, jackfield: Callable[..., Any], layout: str, arguments: tuple[str, ...]
) -> None:
    """A change is written as it was meant, or refused with the file as it was: nothing else goes or comes."""
    file = home / "any.toml"
    file.write_text(layout)
    ran = jackfield("--config", str(file), *arguments)
    there = set(tomllib.loads(file.read_text())["connections"])
    if ran.code:
        assert "would lose some of it" in ran.err
        assert file.read_text() == layout
    elif arguments[0] == "remove":
        assert there == {"b"}
    else:
        assert there == {"a", "b", *({"c"} if "scripted" in arguments else ())}


def test_the_last_connection_can_go(config: Path, jackfield: Callable[..., Any]) -> None:
    """Without any connection the file has no table of them, and that is no loss."""
    assert jackfield("remove", "work").code == 0
    assert jackfield("remove", "lab").code == 0
    assert tomllib.loads(config.read_text()).get("connections", {}) == {}
    assert jackfield("add", "new", "--provider", "scripted").code == 0


def test_another_file_may_be_named_anywhere(home: Path, jackfield: Callable[..., Any]) -> None:
    """`--config` works before and after the command's name."""
    file = home / "other.toml"
    assert jackfield("add", "one", "--provider", "scripted", "--config", str(file)).code == 0
    assert json.loads(jackfield("--config", str(file), "list", "--json").out)["name"] == "one"
    assert "no configuration file" in jackfield("list", "--config", str(home / "none.toml")).err


def test_connections_are_listed(config: Path, jackfield: Callable[..., Any]) -> None:
    """`list` shows every connection with its provider and options, for people and for machines."""
    assert [line.split() for line in jackfield("list").out.splitlines()[1:]] == [
        ["work", "scripted", "org_id=1"],
        ["lab", "scripted", "greeting=Lab"],
    ]
    lines = jackfield("list", "--json").out.splitlines()
    assert [json.loads(line)["options"] for line in lines] == [{"org_id": 1}, {"greeting": "Lab"}]


def test_providers_are_listed_with_their_state(
    home: Path, jackfield: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """`providers` tells version and state; one that needs another core is set aside with its reason."""
    wrong = home / "site/wrong-2.0.dist-info"
    wrong.mkdir(parents=True)
    (wrong / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: wrong\nVersion: 2.0\nRequires-Dist: jackfield>=99\n"
    )
    (wrong / "entry_points.txt").write_text("[jackfield.providers]\nwrong = nowhere\n")
    monkeypatch.syspath_prepend(str(wrong.parent))
    found = {one["name"]: one for one in map(json.loads, jackfield("providers", "--json").out.splitlines())}
    assert found["scripted"]["version"] == "1.0"
    assert found["scripted"]["state"] == "available"
    assert found["wrong"]["state"] == "set aside"
    assert ">=99" in found["wrong"]["reason"]
    assert "set aside" in jackfield("providers").out


@given(st.text())
def test_any_value_is_read_as_toml_or_text(text: str) -> None:
    """A value is what TOML makes of it, else the text itself; it never adds a second key."""
    value = parse_options([f"key={text}"], "any")["key"]
    assert value == text or not isinstance(value, str) or text.strip()[:1] in {'"', "'"}


@pytest.mark.parametrize("arguments", [["list"], ["list", "--json"]])
@pytest.mark.parametrize("scheme", ["http://", ""])
def test_passwords_of_proxies_are_not_listed(
    home: Path, jackfield: Callable[..., Any], arguments: list[str], scheme: str
) -> None:
    """A password that stands in an option's address is masked where options are shown."""
    file = home / ".config/jackfield/jackfield.toml"
    file.parent.mkdir(parents=True)
    file.write_text(
        f'[connections.a]\nprovider = "scripted"\ngreeting = "{scheme}me:hi@dden@proxy.example:1"\n'
    )
    ran = jackfield(*arguments)

    assert ran.code == 0
    assert "dden" not in ran.out
    assert "proxy.example:1" in ran.out
