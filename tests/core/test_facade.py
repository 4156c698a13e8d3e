"""The facade: what `import jackfield` gives, and what it costs."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import jackfield

STUB = ast.parse(Path(jackfield.__file__).with_suffix(".pyi").read_text("utf-8"))
HEAVY = {"attrs", "cattrs", "httpx", "httpx2", "importlib_metadata", "pluggy", "structlog", "playwright"}


def loaded_after(program: str) -> set[str]:
    """Return the modules that a fresh interpreter has loaded after *program*."""
    code = f"{program}\nimport sys\nprint(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_stub_and_table_agree() -> None:
    """Type checkers see the names that there are, from the modules that they come from."""
    seen = {
        alias.name: f"jackfield.{node.module}"
        for node in STUB.body
        if isinstance(node, ast.ImportFrom) and node.level == 1 and node.module
        for alias in node.names
    }

    assert sorted(seen) == jackfield.__all__
    homes = vars(jackfield)["_HOMES"]
    assert seen == {name: f"jackfield.{module}" for name, module in homes.items()}


def test_all_is_sorted_and_importable() -> None:
    """Every public name is there, and `__all__` lists them in order."""
    assert jackfield.__all__ == sorted(set(jackfield.__all__))
    assert all(getattr(jackfield, name) is not None for name in jackfield.__all__)
    assert set(jackfield.__all__) <= set(dir(jackfield))


def test_stub_lists_the_same() -> None:
    """The stub's own `__all__` is the facade's."""
    listed = next(node.value for node in STUB.body if isinstance(node, ast.Assign))

    assert ast.literal_eval(listed) == jackfield.__all__


def test_unknown_name() -> None:
    """A name that is not there is Python's own error."""
    with pytest.raises(AttributeError, match="has no attribute 'no_such_name'"):
        getattr(jackfield, "no_such_name")  # noqa: B009
    with pytest.raises(ImportError):
        from jackfield import no_such_name  # type: ignore[attr-defined]  # noqa: F401


def test_sync_is_loaded_on_demand() -> None:
    """`jackfield.sync` needs no import of its own, and is not loaded before."""
    loaded = loaded_after("import jackfield; assert 'jackfield.sync' not in __import__('sys').modules")
    assert "jackfield.sync" not in loaded
    assert "jackfield.sync" in loaded_after("import jackfield; jackfield.sync.ProviderManager()")
    assert "jackfield.sync" not in loaded_after("from jackfield import ProviderManager; ProviderManager()")


def test_import_loads_nothing_heavy() -> None:
    """`import jackfield` loads no dependency and no module of its own."""
    loaded = loaded_after("import jackfield")

    assert not HEAVY & loaded
    assert {name for name in loaded if name.startswith("jackfield")} == {"jackfield"}


def test_manager_loads_no_wire() -> None:
    """A program that only holds a manager has loaded no HTTP client, renderer or metadata reader."""
    loaded = loaded_after("from jackfield import ProviderManager; ProviderManager()")

    assert not {"httpx", "httpx2", "structlog", "cattrs", "importlib_metadata", "playwright"} & loaded


def test_plugin_loads_little() -> None:
    """A plugin that only wants `hookimpl` loads the hook specifications and no more of the core."""
    loaded = loaded_after("from jackfield import hookimpl")

    assert {name for name in loaded if name.startswith("jackfield")} == {"jackfield", "jackfield.hookspecs"}
