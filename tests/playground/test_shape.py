"""The package's promises about its own shape."""

from __future__ import annotations

import ast
import inspect
from importlib import resources

import pytest

import jackfield_playground

ROOMS = [
    jackfield_playground,
    jackfield_playground.claude,
    jackfield_playground.codegen,
    jackfield_playground.webchat,
    jackfield_playground.zai,
]


@pytest.mark.parametrize("module", ROOMS)
def test_the_facade_names_everything_it_offers(module: object) -> None:
    """`__all__` is sorted and holds every public name, each with a docstring."""
    names = [
        name
        for name, value in vars(module).items()
        if not name.startswith("_") and name != "annotations" and not inspect.ismodule(value)
    ]

    assert vars(module)["__all__"] == sorted(names)
    assert all(getattr(module, name).__doc__ for name in names)


def test_every_module_states_its_law() -> None:
    """Each module opens with a docstring."""
    package = resources.files(jackfield_playground)
    folders = (package, *(package / name for name in ("_chat", "claude", "codegen", "webchat", "zai")))
    sources = [entry for folder in folders for entry in folder.iterdir()]
    silent = [
        source.name
        for source in sources
        if source.name.endswith(".py") and not ast.get_docstring(ast.parse(source.read_text()))
    ]

    assert len(sources) > 10
    assert silent == []
