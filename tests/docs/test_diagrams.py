"""The diagrams of the docs: fresh, and of what there is."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

import diagrams
from jackfield import ProviderStatus
from jackfield_web.accounts._delivery import Stage

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("name", diagrams.DIAGRAMS)
def test_a_diagram_is_fresh(name: str) -> None:
    """What is in the repository is what `python tools/diagrams.py` draws now."""
    assert (diagrams.PICTURES / name).read_text("utf-8") == diagrams.DIAGRAMS[name]()


def test_the_states_are_all_there() -> None:
    """Every state of a connection and every stage of a message is drawn, and none that there is not."""
    assert set(diagrams.LADDER) == {one.value for one in ProviderStatus}
    assert list(diagrams.STAGES) == [one.name.lower() for one in Stage]


def test_every_folder_of_the_house_is_drawn() -> None:
    """The house has all that the workspace has."""
    drawn = diagrams.house()
    workspace = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["uv"]["workspace"]
    for folder in (found.name for member in workspace["members"] for found in ROOT.glob(member)):
        assert folder.removesuffix("_api").removesuffix("_web") in drawn
