"""`add`: what the provider's options are, and what is found out before a connection is written."""

from __future__ import annotations

import shlex
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from jackfield_cli._options_help import options_of


@pytest.mark.parametrize("args", [("any", "--provider", "scripted"), ("scripted",), ("--provider=scripted",)])
def test_help_tells_the_provider_s_options(jackfield: Callable[..., Any], args: tuple[str, ...]) -> None:
    """`add --help` lists the options of whom the arguments name, from their class; its own come first."""
    ran = jackfield("add", *args, "--help")
    assert ran.code == 0
    assert ran.out.index("org_id=") < ran.out.index("Options everywhere") < ran.out.index("max_retries=")
    assert "Retries after the first attempt" in ran.out
    assert "[20]" in ran.out


def test_the_next_step_is_for_the_same_file(home: Path, jackfield: Callable[..., Any]) -> None:
    """What `add` tells to type next names the file that was named to it, and works as it stands."""
    file = str(home / "my file.toml")
    ran = jackfield("add", "work", "--provider", "scripted", "--config", file)
    *_, told = ran.err.splitlines()
    assert told == f"Next: jackfield auth set work --config '{file}'"
    assert jackfield(*shlex.split(told)[2:], stdin="a-token\n").code == 0


def test_credentials_that_may_be_wanted_are_told(home: Path, jackfield: Callable[..., Any]) -> None:
    """Who takes credentials and may do without is not told to need none."""
    ran = jackfield("add", "api", "--provider", "openai_api", "-o", "preset=openai")
    assert "If it wants credentials: jackfield auth set api" in ran.err
    assert "none kept; it may do without" in jackfield("auth", "list").out


def test_help_says_how_to_list_options(jackfield: Callable[..., Any]) -> None:
    """Where no provider is named, or none that is there, the help says how its options are listed."""
    assert "jackfield add --provider P --help" in jackfield("add", "--help").out
    assert "jackfield add --provider P --help" in jackfield("add", "--provider", "nobody", "--help").out


def test_every_option_is_told() -> None:
    """No option of a provider that is installed is without a word on what it is for."""
    from jackfield import provider_spec

    for name in ("codegen_api", "openai_api", "claude_web", "zai_web", "custom_web"):
        assert [one.name for one in options_of(provider_spec(name)) if not one.told] == []


@pytest.mark.parametrize(
    ("provider", "option", "expected"),
    [
        ("codegen_api", "base_url=http://no-such-host.invalid", "not encrypted"),
        ("codegen_api", "ca_file=none.pem", "none.pem"),
        ("codegen_api", "proxy=gopher://proxy.example", "proxy"),
        ("custom_web", "site=gradioo", "'gradio'"),
        ("custom_web", "site=none.toml", "none.toml"),
    ],
)
def test_what_an_option_leads_to_is_looked_at(
    config: Path, jackfield: Callable[..., Any], provider: str, option: str, expected: str
) -> None:
    """An address, a file or a description that cannot be used is refused before anything is written."""
    before = config.read_bytes()
    ran = jackfield("add", "new", "--provider", provider, "-o", option)
    assert ran.code == 2
    assert expected in ran.err
    assert config.read_bytes() == before


def test_what_is_missing_on_this_machine_is_told(
    home: Path, jackfield: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A browser that is not there is no fault of the connection: it is added, and told."""
    monkeypatch.setenv("JACKFIELD_BROWSER", "/no/such/browser")
    ran = jackfield("add", "claude", "--provider", "claude_web")
    assert ran.code == 0
    assert "Missing here: browser: " in ran.err


def test_files_are_named_for_every_folder(
    home: Path, jackfield: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A description's path is stored absolute: the command is run in other folders too."""
    (home / "page.toml").write_text(
        'name = "page"\nversion = 2026-11-01\nbase_url = "http://127.0.0.1:1"\n'
        '[selectors]\nchat_input = "#a"\nresponse_area = "#b"\nstop_button = "#c"\n'
    )
    monkeypatch.setenv("JACKFIELD_BROWSER", "/no/such/browser")
    monkeypatch.chdir(home)
    ran = jackfield("add", "page", "--provider", "custom_web", "-o", "site=page.toml")
    assert (ran.code, "Added page" in ran.err) == (0, True)
    written = tomllib.loads((home / ".config/jackfield/jackfield.toml").read_text())
    assert written["connections"]["page"]["site"] == str(home / "page.toml")
