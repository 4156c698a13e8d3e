"""The package's promises about its own shape."""

from __future__ import annotations

import ast
from importlib import resources

import pytest

import jackfield_playground

ROOMS = [jackfield_playground, jackfield_playground.codegen, jackfield_playground.webchat]


@pytest.mark.parametrize("module", ROOMS)
def test_the_facade_names_everything_it_offers(module: object) -> None:
    """`__all__` is sorted and holds every public name, each with a docstring."""
    inner = {"annotations", "codegen", "webchat"}
    names = [name for name in vars(module) if not name.startswith("_") and name not in inner]

    assert vars(module)["__all__"] == sorted(names)
    assert all(getattr(module, name).__doc__ for name in names)


def test_every_module_states_its_law() -> None:
    """Each module opens with a docstring."""
    package = resources.files(jackfield_playground)
    folders = (package, package / "codegen", package / "webchat")
    sources = [entry for folder in folders for entry in folder.iterdir()]
    silent = [
        source.name
        for source in sources
        if source.name.endswith(".py") and not ast.get_docstring(ast.parse(source.read_text()))
    ]

    assert len(sources) > 10
    assert silent == []
