"""Tests are repeatable: what they leave to chance follows from the seed."""

from __future__ import annotations

import trio
from hypothesis import settings


def order_of_tasks() -> list[int]:
    """Return the order in which trio runs tasks that are ready at the same time."""
    order = list[int]()

    async def note(number: int) -> None:
        order.append(number)

    async def main() -> None:
        async with trio.open_nursery() as tasks:
            for number in range(100):
                tasks.start_soon(note, number)

    trio.run(main)
    return order


def test_trio_draws_the_same_order() -> None:
    """Tasks that are ready together run in an order that follows from the seed, not from their start."""
    orders = []
    for seed in (1, 1, 2):
        trio._core._run._r.seed(seed)
        orders.append(order_of_tasks())

    assert orders[0] == orders[1] != orders[2]
    assert all(order != sorted(order) for order in orders)


def test_hypothesis_keeps_nothing() -> None:
    """No run depends on the failures of the one before: Hypothesis has no database."""
    assert settings().database is None
