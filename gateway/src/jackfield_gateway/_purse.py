"""What a client's token spends of its budget.

Law: what would go over is refused before anything is sent. A question is written down with its estimate
before it is asked, and what it took in truth replaces that: a door that dies meanwhile gives nothing away.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import attrs

from ._budget import Budget
from ._fault import Refusal
from ._spending import Spending
from ._spent import Spent


@attrs.define(eq=False)
class Purse:
    """What one token spends.

    Args:
        name: The token's name.
        budget: The most that it may spend; None sets no limit, and nothing is written down.
        spending: Where it is written down.
        clock: Tells the time in seconds since 1970.
    """

    _name: str
    _budget: Budget | None
    _spending: Spending
    _clock: Callable[[], float] = time.time

    @contextlib.asynccontextmanager
    async def paying(
        self, estimate: Callable[[], int], spent: Callable[[], Spent]
    ) -> AsyncIterator[Callable[[], Awaitable[None]]]:
        """Have a question asked inside the block, and paid for at its end, however it ends.

        Yields what pays for it earlier, so that who asked is told of the end when it is paid for. An answer
        under way is not cut off: several at once may go over by what they write.

        Args:
            estimate: Tells about how many tokens will be read.
            spent: Tells at the end what was read and written in truth; called once.

        Raises:
            Refusal: It would go over.
        """
        settle = (
            self._without_limit if self._budget is None else await self._set_aside(self._budget, estimate())
        )
        is_paid = False

        async def pay() -> None:
            nonlocal is_paid
            if not is_paid:
                is_paid = True
                await settle(spent())

        try:
            yield pay
        finally:
            await pay()  # noqa: ASYNC102  the book shields what it writes

    async def _without_limit(self, spent: Spent) -> None:
        pass

    async def _set_aside(self, budget: Budget, tokens: int) -> Callable[[Spent], Awaitable[None]]:
        first, today, after = budget.days(self._clock())
        ahead = Spent(tokens, tokens)
        left = budget.tokens - (await self._add(today, ahead, first)).tokens

        async def settle(spent: Spent) -> None:
            await self._add(today, spent + -ahead, first)

        if left < 0:
            await settle(Spent())
            raise _too_much(budget, left + tokens, tokens, after)
        return settle

    async def _add(self, today: str, spent: Spent, first: str) -> Spent:
        return await self._spending.add(self._name, today, spent, since=first)

    async def told(self) -> dict[str, Any] | None:
        """Return how far it is spent, as JSON; None without a budget."""
        if self._budget is None:
            return None
        first, today, after = self._budget.days(self._clock())
        spent = await self._add(today, Spent(), first)
        about = {"caller": self._name, "tokens": self._budget.tokens, "period": self._budget.period}
        return {**about, "spent": spent.tokens, "estimated": spent.estimated, "begins_anew": after}


def _too_much(budget: Budget, left: int, asked: int, after: str) -> Refusal:
    return Refusal(
        "quota",
        f"this token may spend {budget.tokens} tokens of models a {budget.period}, of which {max(0, left)} "
        f"are left; the question has about {asked}. It begins anew on {after} (UTC)",
    )
