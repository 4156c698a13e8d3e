"""What `jackfield doctor` is told of the front door, open or closed."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import anyio
import attrs
import pytest

from jackfield import Config, Verdict
from jackfield_gateway import Budget, _doctor, read_token
from jackfield_gateway._command import serve
from jackfield_gateway._note import Note, note_beside, noted, read_note
from jackfield_gateway._spending import Spending
from jackfield_gateway._spent import Spent
from jackfield_gateway._store import store_beside

CONFIG = Config.from_data({"connections": {"work": {"provider": "openai_api", "preset": "openai"}}})
NOTE = Note(address="http://127.0.0.1:4711", aliases={"gpt-4": ("work:big",)}, guests={}, web=(), origins=())


@pytest.fixture
def token(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return where the token of a person is who has none yet; no port is taken but what a test takes."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    monkeypatch.setattr(_doctor, "PORT", 0)
    return tmp_path / "jackfield/gateway-token"


@pytest.fixture
def taken() -> Iterator[int]:
    """Return a port on which another program listens."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening.getsockname()[1]


def found(config: Config | None = CONFIG) -> dict[str, tuple[Verdict, str]]:
    """Return what is found, as the command finds it."""
    command: Any = serve
    return {one.about: (one.verdict, one.told) for one in command.examine(config)}


def test_before_the_first_door(token: Path) -> None:
    """Where there was none yet, that is said, nothing is wrong, and nothing is made."""
    told = found()
    assert {verdict for verdict, _ in told.values()} == {Verdict.NOTE, Verdict.FINE}
    assert "the first `jackfield serve` makes one" in told["token of serve"][1]
    assert not token.parent.exists()


@pytest.mark.parametrize("kind", ["a file", "a link to itself"])
def test_a_folder_that_is_none(token: Path, kind: str) -> None:
    """Where the token's folder cannot be looked into, that is told: the door would not open either."""
    if kind == "a file":
        token.parent.touch()
    else:
        token.parent.symlink_to(token.parent)

    verdict, told = found(None)["token of serve"]

    assert verdict is Verdict.WRONG
    assert str(token) in told


def test_an_open_door_and_a_closed_one(token: Path) -> None:
    """While it is open its address is told, afterwards whether its port can be had; the token is not."""
    text = read_token(token) and token.read_text().strip()
    with noted(note_beside(token), NOTE):
        opened = found()
        with noted(note_beside(token), attrs.evolve(NOTE, address="http://127.0.0.1:1")):
            assert found() == opened  # a second one with the same token is not told of
    closed = found()
    assert opened["port of serve"] == (Verdict.FINE, "open at http://127.0.0.1:4711, on this machine alone")
    assert closed["port of serve"] == (Verdict.FINE, "0 is free")
    assert closed["callers of serve"] == (Verdict.FINE, "with a token: programs on this machine")
    assert text not in repr([opened, closed, note_beside(token).read_text()])
    assert note_beside(token).stat().st_mode & 0o077 == 0


def test_a_port_of_another_program(token: Path, taken: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is told before somebody wonders why the door does not open."""
    monkeypatch.setattr(_doctor, "PORT", taken)
    verdict, told = found()["port of serve"]
    assert verdict is Verdict.NOTE
    assert told.startswith(f"{taken} is not to be had: ")
    assert told.endswith("open the door with --port 0")


@pytest.mark.parametrize("name", ["", ".guest-editor"])
def test_a_token_that_others_may_read(token: Path, name: str) -> None:
    """The owner's and a guest's alike: what is wrong with its file is told, and how it is put right."""
    file = token.with_name(token.name + name)
    read_token(token)
    read_token(file)
    file.chmod(0o644)
    verdict, told = found()["guest editor of serve" if name else "token of serve"]
    assert verdict is Verdict.WRONG
    assert "others may read it (mode 0644)" in told
    assert "chmod 600" in told


def test_names_that_name_nothing(token: Path) -> None:
    """An alias or a guest of the last door whose connection is gone is told, with what was probably meant."""
    aliases = {"gpt-4": ("wrok:big|work", "work"), "smart": ("gone",)}
    read_token(token.with_name("gateway-token.guest-editor"))
    read_token(token.with_name("gateway-token.guest-old"))
    note = attrs.evolve(NOTE, aliases=aliases, guests={"editor": ["work", "page"]})
    with noted(note_beside(token), note):
        told = found()
        assert found(None).keys() == told.keys() - {"alias gpt-4 of serve", "alias smart of serve"}
    wrong = {about: said for about, (verdict, said) in told.items() if verdict is Verdict.WRONG}
    assert wrong.keys() == {"alias gpt-4 of serve", "alias smart of serve", "guest editor of serve"}
    assert "asks 'wrok', which is not configured. " in wrong["alias gpt-4 of serve"]
    assert "work" in wrong["alias gpt-4 of serve"].partition("configured")[2]
    assert wrong["guest editor of serve"].startswith("reaches 'page', which is not configured")
    assert "the door was opened without it last" in told["guest old of serve"][1]


def test_who_else_may_ask(token: Path) -> None:
    """Pages and a person's own account are told of: that is more than programs on this machine."""
    note = attrs.evolve(NOTE, web=("page",), origins=("https://app.example",))
    with noted(note_beside(token.parent.mkdir() or token), note):
        verdict, told = found()["callers of serve"]
    assert verdict is Verdict.NOTE
    assert "pages of https://app.example" in told
    assert "what they ask of page is done as the person whose account it is" in told


def test_what_was_spent_of_a_budget(token: Path) -> None:
    """It is told beside what there is, also after the door was closed; nothing is made for it."""
    note = attrs.evolve(NOTE, budgets={"own": Budget(10, "month"), "editor": Budget(5)})
    read_token(token)
    with noted(note_beside(token), note):
        before = found()
    assert before["budget of own"][0] is before["budget of editor"][0] is Verdict.FINE
    assert before["budget of editor"][1].startswith("0 of 5 tokens are spent, 0 of them by our estimate")
    assert not store_beside(token).exists()
    book = Spending(store_beside(token))
    for name in ("own", "editor"):
        anyio.run(partial(book.add, name, datetime.now(UTC).date().isoformat(), Spent(7, 3), since=""))
    told = found()
    assert told["budget of own"][0] is Verdict.FINE
    assert told["budget of editor"][0] is Verdict.NOTE
    assert told["budget of editor"][1].startswith(
        "7 of 5 tokens are spent, 3 of them by our estimate; it begins"
    )
    store_beside(token).write_text("no database any more, and long enough to be seen as none" * 30)
    assert found()["budgets of serve"][0] is Verdict.WRONG


@pytest.mark.parametrize("text", ["", "[]", '{"address": 1}', "[" * 100_000])
def test_a_note_that_makes_no_sense(token: Path, text: str) -> None:
    """It is told, and keeps no other finding from being told."""
    read_token(token)
    note_beside(token).touch(0o600)
    note_beside(token).write_text(text)
    verdict, told = found()["note of serve"]
    assert verdict is Verdict.WRONG
    assert "makes no sense" in told
    assert found()["token of serve"][0] is Verdict.FINE


def test_a_note_that_cannot_be_kept_keeps_no_door_closed(tmp_path: Path) -> None:
    """A folder that is not there, a link, a shorter note than before: the door opens all the same."""
    with noted(tmp_path / "nowhere" / "note", NOTE):
        assert read_note(tmp_path / "nowhere" / "note") is None
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere")
    with noted(tmp_path / "link", NOTE):
        assert not (tmp_path / "elsewhere").exists()
    for aliases in ({"a" * 500: ("work",)}, {}):
        with noted(tmp_path / "note", attrs.evolve(NOTE, aliases=aliases)):
            assert json.loads((tmp_path / "note").read_text())["aliases"].keys() == aliases.keys()
