"""Whose turn it is where more is asked than can be worked on."""

from __future__ import annotations

from typing import Any

import anyio
import pytest
from anyio.lowlevel import checkpoint

from jackfield_gateway._fault import Refusal
from jackfield_gateway._places import Places

pytestmark = pytest.mark.anyio


async def settle() -> None:
    """Let everybody who can go on go on."""
    for _ in range(20):
        await checkpoint()


async def test_tokens_take_turns() -> None:
    """One that asks ten things keeps another one waiting for one of them, not for ten."""
    places, order = Places(1, 30, 100), list[str]()

    async def ask(token: str) -> None:
        async with places.one(token):
            order.append(token)
            await checkpoint()

    async with anyio.create_task_group() as tasks, places.one("first"):
        for _ in range(10):
            tasks.start_soon(ask, "greedy")
        await settle()
        tasks.start_soon(ask, "modest")
        await settle()
        assert order == []
    assert order.index("modest") == 1
    assert len(order) == 11
    assert places.taken == 0


async def test_one_that_leaves_while_it_waits_keeps_no_place() -> None:
    """Cancelled in the queue, or in the very moment of its turn: the place is there for the next one."""
    places = Places(1, 30, 100)

    async def ask() -> None:
        async with places.one("own"):
            pytest.fail("it was cancelled before its turn")

    async with anyio.create_task_group() as tasks, places.one("own"):
        tasks.start_soon(ask)
        tasks.start_soon(ask)
        await settle()
        tasks.cancel_scope.cancel()
    assert places.taken == 0
    async with places.one("own"):
        assert places.taken == 1


@pytest.mark.parametrize(("seconds", "waiting"), [(0, 100), (30, 0)])
async def test_who_cannot_wait_is_told_to_come_back(seconds: float, waiting: int) -> None:
    """No turn within the time, or a queue that is full: refused, certainly without any effect."""
    places = Places(1, seconds, waiting)
    async with places.one("own"):
        with pytest.raises(Refusal, match="too many requests") as refused:
            async with places.one("own"):
                pytest.fail("there was no place")
    told: Any = refused.value
    assert (told.fault.retry, told.fault.retry_after) == (True, 1.0)
    assert places.taken == 0
