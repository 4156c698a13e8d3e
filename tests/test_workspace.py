"""What the distributions of the workspace have in common, each written down once."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).parents[1]
WORKSPACE: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]
VERSION: str = WORKSPACE["towncrier"]["version"]
MEMBERS: list[str] = WORKSPACE["uv"]["workspace"]["members"]
FOLDERS = [folder for member in MEMBERS for folder in sorted(ROOT.glob(member))]


@pytest.fixture(params=FOLDERS, ids=lambda folder: folder.name)
def told(request: pytest.FixtureRequest) -> dict[str, Any]:
    """What each distribution tells of itself."""
    return tomllib.loads((request.param / "pyproject.toml").read_text())


def test_one_version(told: dict[str, Any], request: pytest.FixtureRequest) -> None:
    """No distribution writes a version of its own: each reads the one of the changelog."""
    folder = request.node.callspec.params["told"]

    assert told["project"]["dynamic"] == ["version"]
    assert (folder / told["tool"]["hatch"]["version"]["path"]).resolve() == ROOT / "pyproject.toml"


def test_released_together(told: dict[str, Any]) -> None:
    """What a distribution needs of the others admits the version that is released with it."""
    project = told["project"]
    extras = [line for lines in project.get("optional-dependencies", {}).values() for line in lines]
    needed = [Requirement(line) for line in [*project["dependencies"], *extras]]
    ours = [one for one in needed if one.name in WORKSPACE["uv"]["sources"]]

    assert project["name"] in WORKSPACE["uv"]["sources"]
    assert all(VERSION in one.specifier for one in ours)


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_one_licence(folder: Path) -> None:
    """Each distribution carries the licence of the whole, word for word."""
    assert (folder / "LICENSE").read_text() == (ROOT / "LICENSE").read_text()
