"""Each known-bad provider is found by its promise, and by no other one."""

from __future__ import annotations

from typing import Any

import pytest

from jackfield.testing import check_provider
from kit.faulty import FAULTY, Faulty, left_open
from kit.honest import checked, remote, spec_of

pytestmark = pytest.mark.anyio

UNBREAKABLE = {"refuses before sending": "the core refuses and tells by the capabilities, whoever is asked"}
"""The promises that the core keeps for every provider, and why no provider can break one."""

each = pytest.mark.parametrize("faulty", FAULTY, ids=lambda faulty: faulty.sin)


async def broken_by(faulty: Faulty, **given: Any) -> set[str]:
    """Return the promises that a provider breaks, and close what it left open."""
    async with remote() as standing:
        try:
            report = await checked(faulty.spec, standing, seconds=faulty.seconds, **given)
        finally:
            await left_open.aclose()
    assert all(outcome.detail for outcome in report.broken)
    return {outcome.name for outcome in report.broken}


@each
async def test_is_found(faulty: Faulty) -> None:
    """A provider that breaks a promise is found by that promise."""
    assert await broken_by(faulty, only=[faulty.finds]) == {faulty.finds}


@pytest.mark.slow
@each
async def test_is_found_by_no_other(faulty: Faulty) -> None:
    """Of all promises it breaks that one or those beside it, and no other; where chance decides, that one.

    Who takes its time when it is ended may be found by what counts that time first.
    """
    broken = await broken_by(faulty)

    if faulty.others is None:
        assert faulty.finds in broken
    else:
        assert broken & {faulty.finds, *faulty.others}
        assert broken <= {faulty.finds, *faulty.others}


async def test_every_promise_is_broken_by_somebody() -> None:
    """No promise of the kit is kept by all of them: each is there for something."""
    with pytest.raises(LookupError, match="there is") as raised:
        await check_provider(spec_of(), only=["no such promise"])
    promises = set(str(raised.value).partition("there is answers")[2].split(", "))
    found = {faulty.finds for faulty in FAULTY}

    assert promises - {""} <= found | set(UNBREAKABLE)
    assert found.isdisjoint(UNBREAKABLE)
