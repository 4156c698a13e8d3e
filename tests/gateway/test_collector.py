"""The collector of a front door: it looks rarely while that is open, and as before afterwards."""

from __future__ import annotations

import gc

import pytest

from jackfield_gateway._collector import rare_collections


def test_rare_collections() -> None:
    """While it is open what was there before is looked at no more; afterwards all is as it was."""
    before, frozen = gc.get_threshold(), gc.get_freeze_count()
    with rare_collections():
        assert gc.get_threshold()[0] > 10 * before[0]
        assert gc.get_freeze_count() > frozen + 1000
    assert (gc.get_threshold(), gc.get_freeze_count()) == (before, 0)


def test_as_before_after_a_failure() -> None:
    """A door that fails leaves the collector as it found it."""
    before = gc.get_threshold()
    with pytest.raises(LookupError), rare_collections():
        raise LookupError
    assert gc.get_threshold() == before


def test_what_goes_round_is_still_collected() -> None:
    """What refers to itself goes, sooner or later: nothing grows without end."""
    with rare_collections():
        before = gc.get_stats()[0]["collections"]
        for _ in range(2 * gc.get_threshold()[0]):
            (knot := []).append(knot)
        assert gc.get_stats()[0]["collections"] > before
