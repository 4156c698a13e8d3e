"""The page of seeded faults is what the command writes."""

from __future__ import annotations

from jackfield.testing import promises
from kit.table import PAGE, table, written


def test_the_page() -> None:
    """The page has every fault that is seeded, and the promise that finds it: `python -m kit` writes it."""
    assert PAGE.read_text("utf-8") == written(table(promises()))
