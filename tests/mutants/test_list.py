"""The list of seeded bugs: it fits the code, the tests and the promises as they are."""

from __future__ import annotations

import pytest

import faults
import mutants

MUTANTS = mutants.read_mutants()


def test_every_promise_has_a_seeded_bug() -> None:
    """Each promise of docs/guarantees.md has a bug that breaks it, and every bug breaks one of them."""
    promises = mutants.read_promises()

    assert len(promises) == len(set(promises))
    assert {mutant.promise for mutant in MUTANTS} == set(promises)


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_mutant(mutant: mutants.Mutant) -> None:
    """The right text stands in its file exactly once, and the tests are there. Else: mend the entry."""
    text = (mutants.ROOT / mutant.file).read_text("utf-8")

    assert text.count(mutant.old) == 1
    assert mutant.old != mutant.new
    assert [test for test in mutant.tests if not faults.is_there(test)] == []
