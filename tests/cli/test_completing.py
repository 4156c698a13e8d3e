"""What a shell completes: names, models, kinds of credentials, options; and that its scripts do so."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Literal, TypeAlias

import attrs
import pytest
from click.shell_completion import BashComplete

from jackfield import ProviderOptions, ProviderSpec, ProviderType
from jackfield_cli import _app
from jackfield_cli._options_help import options_of

Size: TypeAlias = Literal["small", "large"]
SCRIPT = Path(sys.executable).parent / "jackfield"


def completed(words: str) -> list[str]:
    """What the shell offers for the last of some words."""
    *before, last = words.split(" ")
    completer = BashComplete(_app.jackfield, {}, "jackfield", "_JACKFIELD_COMPLETE")
    return [one.value for one in completer.get_completions(before, last)]


@pytest.fixture
def modelled(config: Path) -> None:
    """Give a connection names for models, and the file a default."""
    config.write_text(
        'default = "lab:big"\n'
        + config.read_text().replace(
            "org_id = 1", 'org_id = 1\nmodel_mapping = { fast = "small", best = "big" }\n'
        )
        + '[aliases]\nquick = "work:fast"\n'
    )


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("send work -m ", ["fast", "best"]),
        ("send -p work -m f", ["fast"]),
        ("send quick --model b", ["best"]),
        ("chat work -m ", ["fast", "best"]),
        ("send lab -m ", []),
        ("auth set work --type ", ["token"]),
        ("auth set page --type ", ["code"]),
        ("auth set nobody --type ", []),
        ("add new --provider scripted -o or", ["org_id="]),
        ("add scripted -o loud=", ["loud=true", "loud=false"]),
        ("add scripted -o on_open=w", ["on_open=wait"]),
        ("add new --provider nobody -o ", []),
        ("config set d", ["default"]),
        ("config get connections.work.or", ["connections.work.org_id"]),
        ("config set connections.nobody.", []),
    ],
)
def test_values_are_completed(modelled: None, config: Path, words: str, expected: list[str]) -> None:
    """Values of -m, --type and -o are what this machine knows of whoever is named."""
    config.write_text(config.read_text() + '[connections.page]\nprovider = "paged"\n')
    assert completed(words) == expected


def test_an_option_that_was_given_is_offered_no_more(home: Path) -> None:
    """What stands on the line already is left out."""
    assert "org_id=" in completed("add scripted -o ")
    assert "org_id=" not in completed("add scripted -o org_id=1 -o ")


def test_models_that_were_asked_for_are_known(
    config: Path, tokens: None, jackfield: Callable[..., Any]
) -> None:
    """A model that a connection answered with before is offered the next time."""
    assert completed("send work -m ") == []
    jackfield("send", "work", "hello")
    assert completed("send work -m ") == ["small"]


def test_conversations_are_completed(config: Path, tokens: None, jackfield: Callable[..., Any]) -> None:
    """Those that can be gone on with are offered, the last one first."""
    assert completed("chat --conversation ") == []
    jackfield("conversations", "--keep")
    jackfield("send", "work", "hello")
    jackfield("send", "lab", "hello")
    last, first = completed("send --conversation ")
    assert completed(f"chat --conversation {last[:6]}") == [last]
    assert jackfield("send", "--conversation", first, "more").code == 0


def test_a_wrong_file_completes_nothing(config: Path) -> None:
    """Where the configuration cannot be read nothing is offered, and nothing is printed into the line."""
    config.write_text("[")
    assert completed("send work -m ") == []


BASH = """
eval "$(jackfield completion bash)"
COMP_WORDS=(jackfield add scripted -o or); COMP_CWORD=4; _jackfield_completion jackfield 2>/dev/null
echo "${COMPREPLY[@]}"
"""
FISH = """
jackfield completion fish | source
complete -C 'jackfield add scripted -o loud='
"""
ZSH = """
autoload -U compinit && compinit -D; eval "$(jackfield completion zsh)"
compadd() { print -r -- "$@ $completions" }
words=(jackfield add scripted -o or); CURRENT=5; _jackfield_completion
"""


@pytest.mark.parametrize(
    ("shell", "program", "expected"),
    [("bash", BASH, "org_id="), ("fish", FISH, "loud=true"), ("zsh", ZSH, "-S  -U")],
)
def test_shells_complete(home: Path, shell: str, program: str, expected: str) -> None:
    """Each shell takes its script and asks it; where a value follows, it adds no space."""
    if shutil.which(shell) is None:
        pytest.skip(f"there is no {shell} here")
    done = subprocess.run(
        [shell, "-c", program],
        env={**os.environ, "PATH": f"{SCRIPT.parent}{os.pathsep}{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert expected in done.stdout, done.stderr


def test_kinds_are_told_alike_whoever_looked_before() -> None:
    """Making options resolves their class's annotations; what they can be is the same after it as before."""

    @attrs.define
    class Early(ProviderOptions):
        """Not resolved."""

        pace: Literal["slow", "fast"] = "slow"
        size: Size = "small"
        loud: bool | None = None
        names: Mapping[str, str] = attrs.field(factory=dict)
        count: int = 1

    @attrs.define
    class Late(Early):
        """Resolved."""

    attrs.resolve_types(Late, globals())
    for options in (Early, Late):
        spec = ProviderSpec(
            name="paced",
            title="Paced",
            type=ProviderType.API_BASED,
            options=options,
            open=contextlib.nullcontext,
        )
        told = {one.name: one for one in options_of(spec)}
        assert told["pace"].choices == ("slow", "fast")
        assert told["size"].choices == ("small", "large")
        assert told["loud"].choices == ("true", "false")
        assert told["on_open"].choices == ("wait", "fail")
        assert told["count"].kind == "int"
        assert "Mapping[str, str]" in told["names"].kind
