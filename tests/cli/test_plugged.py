"""Commands of other distributions: listed without their code, imported when called, harmless when broken."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from jackfield_cli import _app, _plugged
from jackfield_cli._installed import install_command

GREET = """
import click, pathlib, os

pathlib.Path(os.environ["HOME"], "imported").touch()

@click.command()
@click.argument("name")
@click.option("--loud", is_flag=True, help="Shout.")
@click.pass_context
def greet(ctx, name, loud):
    "Greet somebody."
    click.echo(f"Hello {name}{'!' if loud else ''}, on {ctx.find_root().params['backend']}")

NO_COMMAND = 7
"""


def test_a_plugged_command_is_one_of_ours(install: Any, home: Path, jackfield: Callable[..., Any]) -> None:
    """What a distribution adds runs with its own options, and sees those of the root command."""
    install("greeter", "greet = greeter_code:greet", module=GREET)

    ran = jackfield("--backend", "trio", "greet", "Ada", "--loud")
    assert (ran.code, ran.out) == (0, "Hello Ada!, on trio\n")
    assert "Shout." in jackfield("greet", "--help").out
    misused = jackfield("greet")
    assert misused.code == 2
    assert "Usage: jackfield greet" in misused.err


def test_help_lists_it_without_its_code(install: Any, home: Path, jackfield: Callable[..., Any]) -> None:
    """`--help` names the command and its distribution from metadata; nothing of it was imported."""
    install("greeter", "greet = greeter_code:greet", module=GREET)

    assert "Plugged in: greet from greeter 1.0" in " ".join(jackfield("--help").out.split())
    assert not (home / "imported").exists()


def test_completion_knows_its_name_and_its_options(
    install: Any, process: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, home: Path
) -> None:
    """A shell completes the command's name without its code, and its options with it."""
    install("greeter", "greet = greeter_code:greet", module=GREET)
    monkeypatch.setenv("PYTHONPATH", str(home / "greeter"))
    monkeypatch.setenv("_JACKFIELD_COMPLETE", "bash_complete")
    for number, words, expected in (
        (1, "jackfield gre", "plain,greet"),
        (2, "jackfield greet --lo", "plain,--loud"),
    ):
        monkeypatch.setenv("COMP_WORDS", words)
        monkeypatch.setenv("COMP_CWORD", str(number))
        assert expected in process().out.split()
        assert (home / "imported").exists() == ("--lo" in words)


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        ("bad = not_there_at_all:bad", "cannot be imported: ModuleNotFoundError"),
        ("bad = greeter_code:NO_COMMAND", "is int, not a click command"),
        ("bad = greeter_code:missing", "cannot be imported: AttributeError"),
    ],
)
def test_a_broken_one_is_told_and_loses_no_other(
    install: Any, jackfield: Callable[..., Any], entry: str, expected: str
) -> None:
    """A command that cannot be used is an error with its distribution; the others and the help go on."""
    install("greeter", "greet = greeter_code:greet", entry, module=GREET)

    ran = jackfield("bad")
    assert ran.code in {1, 2}
    assert "greeter 1.0" in ran.err
    assert expected in ran.err
    assert "bad" in jackfield("--help").out
    assert jackfield("greet", "Ada").code == 0


def test_two_of_one_name(install: Any, jackfield: Callable[..., Any]) -> None:
    """A name that two distributions claim is nobody's, and both are named."""
    install("first", "greet = first_code:greet", module=GREET)
    install("second", "greet = second_code:greet", module=GREET)

    ran = jackfield("greet", "Ada")
    assert ran.code == 2
    assert "from first 1.0 and second 1.0" in ran.err or "from second 1.0 and first 1.0" in ran.err


def test_our_own_names_are_ours(install: Any, home: Path, jackfield: Callable[..., Any]) -> None:
    """A distribution cannot put itself in the place of a command of ours, nor use a name that is none."""
    install("thief", "list = thief_code:greet", "\x1b[2J = thief_code:greet", module=GREET)

    assert jackfield("list").code == 0
    assert "thief" not in jackfield("--help").out
    assert not (home / "imported").exists()


def test_broken_metadata_hide_nobody(install: Any, jackfield: Callable[..., Any]) -> None:
    """A distribution whose metadata make no sense is passed over."""
    install("broken", "this is no entry point [", metadata="\x00")
    install("greeter", "greet = greeter_code:greet", module=GREET)

    assert jackfield("greet", "Ada").code == 0


@pytest.mark.parametrize("name", _plugged.BROUGHT_BY)
def test_who_brings_a_missing_command(
    jackfield: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """Without its distribution, a command that is known to exist says which distribution brings it."""
    monkeypatch.setattr(_app, "plugged_commands", dict)

    ran = jackfield(name)
    assert ran.code == 2
    assert install_command(_plugged.BROUGHT_BY[name]) in ran.err
    assert "Did you mean" not in ran.err
