"""`login`, `logout` and `--show`: what a person does with a provider that has a window."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from jackfield import ProviderContext
from jackfield_cli.credentials import Credentials


@pytest.fixture
def page(config: Path, home: Path) -> Path:
    """Configure a connection `page`, whose logins are kept in the folder that is returned."""
    folder = home / "pages"
    folder.mkdir()
    config.write_text(f'{config.read_text()}\n[connections.page]\nprovider = "paged"\nfolder = "{folder}"\n')
    return folder


def test_a_person_logs_in_in_a_window(page: Path, jackfield: Callable[..., Any]) -> None:
    """`login` opens the connection with its window shown, and says that the login is kept."""
    ran = jackfield("login", "page")

    assert ran.code == 0
    assert "page is logged in, and the login is kept." in ran.err
    assert (page / "page").read_text() == "a login"


def test_no_window_to_log_in_in(page: Path, jackfield: Callable[..., Any]) -> None:
    """`login` with a provider that takes credentials only names the command that stores them."""
    ran = jackfield("login", "work")

    assert ran.code == 2
    assert "jackfield auth set work" in ran.err


def test_without_a_window_there_is_another_way(page: Path, jackfield: Callable[..., Any]) -> None:
    """A login that did not come about names what else the provider takes, and the command for it."""
    (page / "nobody").touch()
    ran = jackfield("login", "page")

    assert ran.code == 3
    assert "nobody logged in" in ran.err
    assert "Without a window (code): jackfield auth set page" in ran.err


@pytest.mark.parametrize("words", [("logout",), ("auth", "remove")])
def test_logging_out_deletes_everything(
    page: Path, jackfield: Callable[..., Any], words: tuple[str, ...]
) -> None:
    """Logging out has the provider delete what it keeps, tells what that was, and asks nothing."""
    jackfield("login", "page")
    ran = jackfield(*words, "page")

    assert (ran.code, ran.out, ran.err) == (0, "", "Deleted the saved page of page.\n")
    assert not (page / "page").exists()
    assert jackfield(*words, "page").err == "Nothing was stored for page.\n"


def test_logging_out_of_both(page: Path, jackfield: Callable[..., Any]) -> None:
    """Stored credentials and a login of the provider's own are deleted together, in one sentence."""
    (page / "page").touch()
    Credentials().keep("page", ProviderContext("paged", "token", {"token": "abc"}), to_file=True)
    ran = jackfield("logout", "page")

    assert ran.err == "Deleted the stored credentials and the saved page of page.\n"
    assert Credentials().find("page") == (None, "")


def test_a_login_in_use_is_told(page: Path, jackfield: Callable[..., Any]) -> None:
    """What cannot be deleted is an error with its way out; what can be is deleted all the same."""
    (page / "page").touch()
    (page / "page.locked").touch()
    ran = jackfield("logout", "page")

    assert ran.code == 1
    assert "the session of page is in use. Close it first." in ran.err
    assert (page / "page").exists()


def test_the_environment_stays(config: Path, tokens: None, jackfield: Callable[..., Any]) -> None:
    """What logging out cannot reach is told: the variables that still hold a login."""
    assert "The environment still sets SCRIPTED_WORK_TOKEN." in jackfield("logout", "work").err


def test_logging_out_of_a_removed_connection(config: Path, jackfield: Callable[..., Any]) -> None:
    """The stored credentials of a connection that is gone from the file can still be deleted."""
    jackfield("auth", "set", "work", stdin="a-token")
    jackfield("remove", "work")
    ran = jackfield("logout", "work")
    assert (ran.code, ran.err) == (0, "Deleted the stored credentials of work.\n")

    again = jackfield("logout", "work")
    assert again.code == 2
    assert "there is no connection 'work'" in again.err


def test_logging_out_of_a_wrong_connection(config: Path, jackfield: Callable[..., Any]) -> None:
    """Of a connection whose options are wrong the credentials are deleted, and the fault is told."""
    jackfield("auth", "set", "work", stdin="a-token")
    config.write_text(config.read_text().replace("org_id", "orgid"))
    ran = jackfield("logout", "work")

    assert ran.code == 2
    assert "Deleted the stored credentials of work." in ran.err
    assert "'org_id'" in ran.err


@pytest.mark.parametrize("words", [("send", "page", "hello"), ("chat", "page"), ("test", "page", "--json")])
def test_a_window_is_shown(page: Path, process: Callable[..., Any], words: tuple[str, ...]) -> None:
    """`--show` opens the connection with its window; without it there is none."""
    assert "unseen" in process(*words, stdin="hello\n").out
    assert "in a window" in process(*words, "--show", stdin="hello\n").out


@pytest.mark.parametrize("command", ["send", "chat", "test", "health", "models"])
def test_no_window_to_show(config: Path, tokens: None, jackfield: Callable[..., Any], command: str) -> None:
    """`--show` for a provider without a window is refused before anything is opened, with the reason."""
    words = ("work", "hello") if command == "send" else ("work",)
    ran = jackfield(command, *words, "--show")

    assert ran.code == 2
    assert "work has no window to show: scripted drives no page in a browser. Leave --show out." in ran.err


def test_showing_changes_no_file(page: Path, config: Path, jackfield: Callable[..., Any]) -> None:
    """`--show` holds for one run."""
    jackfield("send", "page", "hello", "--show")

    assert "show" not in tomllib.loads(config.read_text())["connections"]["page"]


def test_removing_keeps_logins_and_says_so(
    config: Path, page: Path, jackfield: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where nobody can be asked, `remove` keeps what is stored and names the command that deletes it."""
    jackfield("auth", "set", "work", stdin="a-token")
    ran = jackfield("remove", "work")
    assert ran.code == 0
    assert "Kept the token in a private file of work." in ran.err
    assert "To delete that too: jackfield logout work" in ran.err
    assert "jackfield logout work" in jackfield("auth", "list").out
    assert jackfield("logout", "work").code == 0
    assert "work" not in jackfield("auth", "list").out


def test_removing_deletes_logins_where_that_is_wanted(config: Path, jackfield: Callable[..., Any]) -> None:
    """`--credentials` deletes them without a question; `--keep-credentials` says what is kept."""
    jackfield("auth", "set", "work", stdin="a-token")
    jackfield("auth", "set", "lab", stdin="a-token")
    assert jackfield("remove", "work", "--credentials").err.startswith(
        "Deleted the stored credentials of work."
    )
    assert "Kept the token" in jackfield("remove", "lab", "--keep-credentials").err
    assert Credentials().find("work") == (None, "")
    assert Credentials().find("lab")[0] is not None


def test_a_login_that_cannot_be_deleted_keeps_its_connection(
    page: Path, jackfield: Callable[..., Any]
) -> None:
    """Where the logins cannot be deleted the connection stays, so that it can be tried again."""
    (page / "page").touch()
    (page / "page.locked").touch()
    assert jackfield("remove", "page", "--credentials").code == 1
    assert "page" in jackfield("list").out


def test_removing_asks_at_a_terminal(config: Path, terminal: Callable[..., Any]) -> None:
    """At a terminal `remove` asks whether the stored credentials are to go too."""
    Credentials().keep("work", ProviderContext("scripted", "token", {"token": "abc"}), to_file=True)
    shell = terminal("remove", "work")
    shell.until("Delete that too? [y/N]")
    shell.type("y\r")
    assert shell.end() == 0
    assert "Deleted the stored credentials of work." in shell.text
    assert Credentials().find("work") == (None, "")
