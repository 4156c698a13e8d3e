"""The list of faults, and the page that is written from it."""

from __future__ import annotations

import pytest

import faults

ROWS = faults.read_rows()
COUNTS = {"N": 20, "F": 16, "P": 21, "X": 25, "G": 14, "I": 15, "C": 10}
FIRST = 61


def test_every_fault_has_a_row() -> None:
    """No row is lost, and the rows stand in their order."""
    expected = [f"{letter}{number}" for letter, count in COUNTS.items() for number in range(1, count + 1)]

    assert [row.id for row in ROWS] == expected
    assert sum(row.first for row in ROWS) == FIRST


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.id)
def test_row(row: faults.Row) -> None:
    """A row says what happens, what is right and where it is shown or why not; its tests are there."""
    assert row.fault.endswith(".")
    assert row.right.endswith(".")
    assert row.tests or row.browser or row.open
    assert [test for test in row.tests + row.browser if not faults.is_there(test)] == []


def test_the_page_is_current() -> None:
    """docs/faults.md is what `python tools/faults.py --page` writes."""
    assert faults.PAGE.read_text("utf-8") == faults.page()


@pytest.mark.parametrize(
    ("told", "green"),
    [
        ({}, False),
        ({"": True}, True),
        ({"asyncio": True, "trio": True}, True),
        ({"asyncio": True}, False),
        ({"asyncio": True, "trio": False}, False),
    ],
)
def test_a_test_shows_its_row_on_both_loops(told: dict[str, bool], *, green: bool) -> None:
    """A test that did not run, failed, or ran on one loop alone shows nothing."""
    assert faults.is_green(told) is green
