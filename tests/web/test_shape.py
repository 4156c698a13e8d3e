"""The distribution's own shape."""

from __future__ import annotations

import inspect
import subprocess
import sys

import jackfield_web


def test_all_is_sorted_and_complete() -> None:
    """Every public name is listed once, in order, and carries a docstring."""
    public = {
        name
        for name, value in vars(jackfield_web).items()
        if not name.startswith("_") and getattr(value, "__module__", "").startswith("jackfield_web")
    }

    assert jackfield_web.__all__ == sorted(jackfield_web.__all__)
    assert public <= set(jackfield_web.__all__)
    named = [getattr(jackfield_web, name) for name in jackfield_web.__all__]
    told = [each for each in named if inspect.isroutine(each) or inspect.isclass(each)]
    assert [each for each in told if not each.__doc__] == []


def test_importing_loads_no_engine() -> None:
    """A program that only imports pays for no browser driver, and needs none installed."""
    script = (
        "import sys, jackfield_web; print([n for n in sys.modules if n.partition('.')[0] == 'playwright'])"
    )
    printed = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)

    assert printed.stdout.strip() == "[]"
