"""What people are told to install is there: it comes from where the command itself came from."""

from __future__ import annotations

import json
import shlex
import sys
from pathlib import Path
from typing import Any

import pytest

from jackfield_cli import _installed

ROOT = Path(__file__).parents[2]


def told(monkeypatch: pytest.MonkeyPatch, origin: dict[str, Any], name: str = "jackfield-claude-web") -> str:
    """The command for *name*, without the installer, where the command came from *origin*."""
    monkeypatch.setattr(_installed, "_origin", lambda: origin)
    return _installed.install_command(name).partition(" install ")[2]


@pytest.mark.parametrize(
    ("origin", "expected"),
    [
        ({}, "jackfield-claude-web"),
        ({"url": "file:///a/b/cli", "dir_info": {}}, "/a/b/plugins/claude_web"),
        ({"url": "file:///a%20b/cli", "dir_info": {"editable": True}}, "-e '/a b/plugins/claude_web'"),
        ({"url": "file:///w/x.whl", "archive_info": {}}, "--find-links /w jackfield-claude-web"),
        (
            {"url": "https://h/r.git", "vcs_info": {"vcs": "git", "commit_id": "abc"}},
            "'jackfield-claude-web @ git+https://h/r.git@abc#subdirectory=plugins/claude_web'",
        ),
    ],
    ids=["index", "clone", "editable", "wheels", "git"],
)
def test_the_hint_fits_the_origin(
    monkeypatch: pytest.MonkeyPatch, origin: dict[str, Any], expected: str
) -> None:
    """A clone's folder, wheels in a folder, a repository and an index are each installed from again."""
    assert told(monkeypatch, origin).removeprefix(f"--python {shlex.quote(sys.executable)} ") == expected


def test_every_hint_of_a_clone_names_a_folder_that_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever distribution is named, its folder is in this repository and is that distribution."""
    origin = {"url": (ROOT / "cli").as_uri(), "dir_info": {}}
    for name in (
        "web",
        "playground",
        "stealth",
        "codegen-api",
        "claude-web",
        "zai-web",
        "custom-web",
        "otel",
    ):
        folder = Path(shlex.split(told(monkeypatch, origin, f"jackfield-{name}"))[-1])
        assert f'name = "jackfield-{name}"' in (folder / "pyproject.toml").read_text()


def test_the_python_that_runs_is_named() -> None:
    """`python` may be another one, or none: the hint names the one that runs."""
    assert shlex.quote(sys.executable) in _installed.install_command("jackfield-web")


def test_an_origin_that_makes_no_sense_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    """A broken or missing record counts as an installation from an index."""

    class Broken:
        def read_text(self, _: str) -> str:
            return json.dumps([])

    monkeypatch.setattr(_installed, "distribution", lambda _: Broken())
    assert dict(_installed._origin()) == {}
