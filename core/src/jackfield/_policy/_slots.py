"""The queue in front of a connection, and the requests it lets onto the wire at once."""

from __future__ import annotations

from collections import deque

import anyio
import attrs

from .._exceptions import ProviderClosed, QueueFull


@attrs.define(eq=False, repr=False)
class Slots:
    """At most *limit* holders at once, at most *max_queue* waiting, first come first served.

    `async with slots:` holds one. A slot is handed over, not given back and fought for: who leaves gives it
    to the first in the queue.
    """

    limit: int
    max_queue: int
    in_flight: int = attrs.field(default=0, init=False)
    _queue: deque[anyio.Event] = attrs.field(factory=deque, init=False)
    _closed: bool = attrs.field(default=False, init=False)

    @property
    def waiting(self) -> int:
        """How many wait for a slot."""
        return len(self._queue)

    async def __aenter__(self) -> None:
        """Take one slot, for the length of the block.

        Raises:
            QueueFull: The queue is full already.
            ProviderClosed: The connection was closed meanwhile.
        """
        if self._closed:
            raise ProviderClosed("the connection is closed")
        if self.in_flight < self.limit:
            self.in_flight += 1
            return
        if len(self._queue) >= self.max_queue:
            raise QueueFull(
                f"{len(self._queue)} requests wait already and {self.in_flight} are on the wire",
                hint="Send fewer at once, or raise max_queue or max_concurrency.",
            )
        await self._queue_up()

    async def __aexit__(self, *_: object) -> None:
        self._give_back()

    async def _queue_up(self) -> None:
        turn = anyio.Event()
        self._queue.append(turn)
        try:
            await turn.wait()
        except BaseException:
            if turn.is_set():
                self._give_back()
            else:
                self._queue.remove(turn)
            raise
        if self._closed:
            self._give_back()
            raise ProviderClosed("the connection was closed while the request waited for its turn")

    def _give_back(self) -> None:
        if self._queue:
            self._queue.popleft().set()
        else:
            self.in_flight -= 1

    def close(self) -> None:
        """Turn away everybody who waits, and everybody who comes."""
        self._closed = True
        while self._queue:
            self.in_flight += 1
            self._queue.popleft().set()
