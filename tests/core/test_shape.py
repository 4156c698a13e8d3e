"""Promises about the code's own shape."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import jackfield
from jackfield import hookspecs

SOURCE = Path(jackfield.__file__).parent
ROOT = Path(__file__).parents[2]
MODULES = sorted(SOURCE.rglob("*.py"))
NAMES = [str(path.relative_to(SOURCE)) for path in MODULES]
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


@pytest.mark.parametrize("name", jackfield.__all__)
def test_public_names_are_documented(name: str) -> None:
    """Every public class and function says what it is for, and so does every public method of its own."""
    thing: Any = getattr(jackfield, name)
    if not (inspect.isclass(thing) or inspect.isfunction(thing)):
        return
    assert inspect.getdoc(thing)
    for attribute, member in vars(thing).items() if inspect.isclass(thing) else ():
        if not attribute.startswith("_") and (inspect.isfunction(member) or isinstance(member, property)):
            assert inspect.getdoc(member) or inspect.getdoc(getattr(thing, attribute)), f"{name}.{attribute}"


def test_every_public_name_is_type_tested() -> None:
    """The public interface's type test uses every public name."""
    used = (ROOT / "tests" / "typing" / "api.py").read_text(encoding="utf-8")

    assert [name for name in jackfield.__all__ if not re.search(rf"\bjackfield\.{name}\b", used)] == []


@pytest.mark.parametrize("path", MODULES, ids=NAMES)
def test_module(path: Path) -> None:
    """A module opens with its law, imports the future first, and is short; so are its functions."""
    text = path.read_text(encoding="utf-8")
    tree = ast.parse(text)

    assert ast.get_docstring(tree)
    imports = [node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)]
    assert isinstance(imports[0], ast.ImportFrom)
    assert imports[0].module == "__future__"
    assert len(text.splitlines()) <= 500
    assert [name for name, length in lengths(tree) if length > 60] == []


def lengths(tree: ast.AST) -> Iterator[tuple[str, int]]:
    """Yield each function's name and its number of lines, its docstring not counted."""
    for node in ast.walk(tree):
        if isinstance(node, FUNCTIONS):
            body = node.body[1:] if ast.get_docstring(node) and len(node.body) > 1 else node.body
            first = body[0].lineno if body else node.lineno
            yield node.name, (node.end_lineno or first) - first + 1


def test_functions_are_short() -> None:
    """Nine functions of ten have under 25 lines."""
    found = sorted(length for path in MODULES for _, length in lengths(ast.parse(path.read_text("utf-8"))))

    assert found[len(found) * 9 // 10] < 25


def test_no_unguarded_shield() -> None:
    """No shield is without a time limit: it would be a hang."""
    for path in MODULES:
        for line in path.read_text("utf-8").splitlines():
            assert "shield=True" not in line or "move_on_after" in line, f"{path.name}: {line.strip()}"


def test_only_two_modules_know_pluggy() -> None:
    """Only discovery's quarantine and the hook specifications import pluggy."""
    importing = re.compile(r"^\s*(import|from) pluggy", re.MULTILINE)
    knowing = {path.name for path in MODULES if importing.search(path.read_text("utf-8"))}

    assert knowing == {"_plugins.py", "hookspecs.py"}


@pytest.mark.parametrize("name", [name for name in vars(hookspecs) if name.startswith("jackfield_")])
def test_every_hook_is_documented_and_tested(name: str) -> None:
    """Every hook says when it is called, of which kind it is, and has a test."""
    hook = getattr(hookspecs, name)
    tests = "".join(path.read_text("utf-8") for path in Path(__file__).parent.glob("hooks/*.py"))
    kinds = [kind for kind in ("Collecting", "Notifying", "Firstresult") if f"{kind}." in str(hook.__doc__)]

    assert len(kinds) == 1
    assert (kinds == ["Firstresult"]) == bool(hook.jackfield_spec["firstresult"])
    assert f"{name}(" in tests or f"{name.removeprefix('jackfield_')}=" in tests
