"""The queue in front of a connection, and the requests it lets onto the wire at once."""

from __future__ import annotations

from collections import deque
from contextlib import AbstractAsyncContextManager
from typing import Any

import anyio
import attrs

from .._exceptions import ProviderClosed, QueueFull


@attrs.define(eq=False, repr=False)
class Slots:
    """At most *limit* holders at once, at most *max_queue* waiting, first come first served.

    A slot is handed over, not given back and fought for: who leaves gives it to the first in the queue.

    Attributes:
        limit: How many may hold a slot.
        max_queue: How many may wait for one.
        in_flight: How many hold one.
    """

    limit: int
    max_queue: int
    in_flight: int = attrs.field(default=0, init=False)
    _queue: deque[anyio.Event] = attrs.field(factory=deque, init=False)
    _era: object = attrs.field(factory=object, init=False)

    @property
    def waiting(self) -> int:
        """How many wait for a slot."""
        return len(self._queue)

    def hold(self) -> AbstractAsyncContextManager[None]:
        """Take one slot, for the length of the block.

        Raises:
            QueueFull: The queue is full already.
            ProviderClosed: The connection was closed meanwhile.
        """
        return _Slot(self)

    async def take(self) -> object:
        """Take one slot; return the era that it belongs to, to be given back with it. See `hold`."""
        era = self._era
        if self.in_flight < self.limit:
            self.in_flight += 1
        else:
            await self._queue_up(era)
        return era

    async def _queue_up(self, era: object) -> None:
        if len(self._queue) >= self.max_queue:
            raise QueueFull(
                f"{len(self._queue)} requests wait already and {self.in_flight} are on the wire",
                hint="Send fewer at once, or raise max_queue or max_concurrency.",
            )
        turn = anyio.Event()
        self._queue.append(turn)
        try:
            await turn.wait()
        except BaseException:
            # Whoever is cancelled in the very moment of its turn owns the slot already and hands it on.
            if turn.is_set():
                self.give_back(era)
            else:
                self._queue.remove(turn)
            raise
        if era is not self._era:
            raise ProviderClosed("the connection was closed while the request waited for its turn")

    def give_back(self, era: object) -> None:
        """Give a slot to the first in the queue, or let it be free; not one of an *era* that is over."""
        if era is not self._era:
            return
        if self._queue:
            self._queue.popleft().set()
        else:
            self.in_flight -= 1

    def clear(self) -> None:
        """Turn away everybody who waits and take every slot back: the connection was closed.

        A reader that sits on its stream gives its slot back much later; that it belongs to an era that is
        over keeps it from freeing somebody else's.
        """
        self._era = object()
        self.in_flight = 0
        while self._queue:
            self._queue.popleft().set()


@attrs.define(eq=False)
class _Slot(AbstractAsyncContextManager[None]):
    """One slot for the length of a block. Each request on the wire has one: a generator would be dearer."""

    _slots: Slots
    _era: object = None

    async def __aenter__(self) -> None:
        self._era = await self._slots.take()

    async def __aexit__(self, *_: Any) -> None:
        self._slots.give_back(self._era)
