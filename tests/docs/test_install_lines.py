"""The lines that tell what to install from a clone: what they name is there, and is all that is needed."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
PAGES = [
    page
    for pattern in ("*.md", "docs/*.md", "*/README.md", "plugins/*/README.md")
    for page in ROOT.glob(pattern)
]
FOLDER = re.compile(r"(?<![\w/])\./([\w/*]+)(?:\[([\w,]+)\])?")


def project(folder: Path) -> dict[str, Any]:
    """What a distribution's folder says of it."""
    said: dict[str, Any] = tomllib.loads((folder / "pyproject.toml").read_text("utf-8"))["project"]
    return said


MEMBERS = {
    folder: project(folder)
    for member in tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["uv"]["workspace"][
        "members"
    ]
    for folder in ROOT.glob(member)
}


def named(line: str) -> dict[Path, set[str]]:
    """The folders that a line names, with their extras."""
    return {
        folder: set(filter(None, extras.split(",")))
        for pattern, extras in FOLDER.findall(line)
        for folder in ROOT.glob(pattern)
    }


def lines(page: Path) -> list[str]:
    """What a page tells to install from a clone: behind pip, or in the cells of a table."""
    text = page.read_text("utf-8")
    found = re.findall(r"pip install ((?:'?\./[\w/*\[\],]+'?\s+)*'?\./[\w/*\[\],]+)", text)
    return [*found, *re.findall(r"^\| .*\| (`'?\./core .*) \|$", text, re.MULTILINE)]


@pytest.mark.parametrize(
    ("page", "line"),
    [
        pytest.param(page, line, id=f"{page.relative_to(ROOT)}-{number}")
        for page in PAGES
        for number, line in enumerate(lines(page))
    ],
)
def test_what_is_to_be_installed_is_there(page: Path, line: str) -> None:
    """Each folder is a distribution, each extra one of its own, and what they need of ours is named, too."""
    found = named(line)
    names = {MEMBERS[folder]["name"] for folder in found}
    assert all(list(ROOT.glob(pattern)) for pattern, _ in FOLDER.findall(line))
    for folder, extras in found.items():
        assert extras <= set(MEMBERS[folder].get("optional-dependencies", {}))
        needed = {re.split(r"[^\w-]", one)[0] for one in MEMBERS[folder].get("dependencies", ())}
        ours = {one for one in needed if one.partition("-")[0] == "jackfield"}
        assert ours <= names or "./core" not in line


def test_one_line_installs_everything() -> None:
    """The README's first line names every distribution of the workspace."""
    assert set(named(lines(ROOT / "README.md")[0])) == set(MEMBERS)


def test_nothing_is_installed_by_a_name_that_nobody_has() -> None:
    """As long as nothing is on an index, no page tells to install one of ours from there."""
    assert [
        page for page in PAGES if re.search(r"pip install [^`\n]*\bjackfield-", page.read_text("utf-8"))
    ] == []
