"""How many requests are worked on at once, and whose turn it is where there are more.

Law: a token that asks a thousand things does not keep another one waiting for more than what is under way:
each token has a queue of its own, and a place that becomes free goes round them.
"""

from __future__ import annotations

import contextlib
from collections import deque
from collections.abc import AsyncIterator
from typing import Final

import anyio
import attrs

from ._fault import Refusal

_RETRY_SECONDS: Final = 1.0


@attrs.define(eq=False)
class Places:
    """A number of places for requests.

    Args:
        capacity: How many requests are worked on at once.
        wait_seconds: How long one waits for a place.
        most_waiting: How many of one token wait; more are told to come back at once.
    """

    _capacity: int
    _wait_seconds: float
    _most_waiting: int
    _taken: int = attrs.field(default=0, init=False)
    _waiting: dict[str, deque[anyio.Event]] = attrs.field(factory=dict, init=False)

    @property
    def taken(self) -> int:
        """How many requests are worked on."""
        return self._taken

    @contextlib.asynccontextmanager
    async def one(self, token: str) -> AsyncIterator[None]:
        """Have a place for a request of *token*, in its turn.

        Raises:
            Refusal: As many of this token wait already, or no place became free in time.
        """
        if self._taken < self._capacity:
            self._taken += 1
        else:
            await self._wait(token)
        try:
            yield
        finally:
            self._pass_on()

    async def _wait(self, token: str) -> None:
        if len(self._waiting.get(token, ())) >= self._most_waiting:
            raise _busy()
        turn = anyio.Event()
        self._waiting.setdefault(token, deque()).append(turn)
        try:
            with anyio.move_on_after(self._wait_seconds):
                await turn.wait()
        except BaseException:
            self._leave(token, turn)
            if turn.is_set():
                # Called in the moment in which it left: the place is handed on, or it would be lost for good.
                self._pass_on()
            raise
        self._leave(token, turn)
        if not turn.is_set():
            raise _busy()

    def _leave(self, token: str, turn: anyio.Event) -> None:
        queue = self._waiting.get(token, deque())
        if turn in queue:
            queue.remove(turn)
            if not queue:
                del self._waiting[token]

    def _pass_on(self) -> None:
        """Give a place to the next token's first one; a token that was served goes behind the others."""
        if not self._waiting:
            self._taken -= 1
            return
        token = next(iter(self._waiting))
        queue = self._waiting.pop(token)
        queue.popleft().set()
        if queue:
            self._waiting[token] = queue


def _busy() -> Refusal:
    return Refusal("busy", "too many requests are under way", retry=True, retry_after=_RETRY_SECONDS)
