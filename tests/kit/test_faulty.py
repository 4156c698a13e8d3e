"""Each known-bad provider is found by its promise, and by no other one."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest

from jackfield import StreamEvent
from jackfield.testing import check_provider
from kit import FAULTY, Faulty, left_open
from kit.faulty import ReadsPieces
from kit.honest import ANSWER, Honest, checked, remote, spec_of, sse
from kit.table import IMPORTED, UNBREAKABLE

pytestmark = pytest.mark.anyio

FIRST = {faulty.finds: faulty for faulty in reversed(FAULTY)}
"""One for each promise; the others are tried with what is slow."""


def among(faulty: Faulty) -> Any:
    """Return a provider as what a test gets."""
    is_first = FIRST[faulty.finds] is faulty
    return pytest.param(faulty, id=faulty.sin, marks=() if is_first else pytest.mark.slow)


each = pytest.mark.parametrize("faulty", [among(faulty) for faulty in FAULTY])


async def broken_by(faulty: Faulty, answer: bytes = ANSWER, **given: Any) -> set[str]:
    """Return the promises that a provider breaks, and close what it left open."""
    async with remote(answer) as standing:
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


async def test_a_client_left_open_is_found_beside_long_answers() -> None:
    """It shows whether or not the rest of an answer had come when that was left: here it never had."""
    (faulty,) = [one for one in FAULTY if one.sin == "leaves its client open"]
    answer = sse({"begin": "small-1"}, *[{"text": "word " * 2000}] * 1000, {"end": "stop"})

    assert await broken_by(faulty, answer, only=[faulty.finds]) == {faulty.finds}


async def test_pieces_come_apart_however_slow_the_reader_is() -> None:
    """Who is slower than the remote writes still gets each piece by itself, and is found at each."""

    class ReadsSlowly(ReadsPieces):
        def feed(self, data: bytes) -> Iterator[StreamEvent]:
            time.sleep(0.02)
            return super().feed(data)

    slow = type("Slow", (Honest,), {"decoder": ReadsSlowly})
    faulty = Faulty("reads pieces, slowly", "takes any pieces", spec_of(slow))

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

    assert promises - {""} <= found | set(UNBREAKABLE) | set(IMPORTED)
    assert found.isdisjoint(UNBREAKABLE)
