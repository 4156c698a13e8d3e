"""How many requests are worked on at once, and whose turn it is where there are more.

Law: a token that asks a thousand things does not keep another one waiting for more than what is under way:
each token has a queue of its own, and a place that becomes free goes round them.
"""

from __future__ import annotations

import contextlib
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Final

import anyio
import attrs

from ._fault import Refusal
from ._http import Gone

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
    async def one(self, token: str, hang_up: Callable[[], Awaitable[None]]) -> AsyncIterator[None]:
        """Have a place for a request of *token*, in its turn.

        Args:
            token: Whose queue it waits in.
            hang_up: Returns when its client has left; called where it has to wait.

        Raises:
            Refusal: As many of this token wait already, or no place became free in time.
            Gone: Its client left while it waited.
        """
        if self._taken < self._capacity:
            self._taken += 1
        else:
            await self._wait(token, hang_up)
        try:
            yield
        finally:
            self._pass_on()

    async def _wait(self, token: str, hang_up: Callable[[], Awaitable[None]]) -> None:
        if len(self._waiting.get(token, ())) >= self._most_waiting:
            raise _busy()
        turn, is_gone = anyio.Event(), False
        self._waiting.setdefault(token, deque()).append(turn)

        async def watch() -> None:
            nonlocal is_gone
            await hang_up()
            is_gone = True
            waiting.cancel_scope.cancel()

        try:
            with anyio.move_on_after(self._wait_seconds):
                async with anyio.create_task_group() as waiting:
                    waiting.start_soon(watch)
                    await turn.wait()
                    waiting.cancel_scope.cancel()
        except BaseException:
            self._give_up(token, turn)
            raise
        if is_gone:
            self._give_up(token, turn)
            raise Gone
        if not turn.is_set():
            self._leave(token, turn)
            raise _busy()

    def _give_up(self, token: str, turn: anyio.Event) -> None:
        """Leave the queue for good, or hand on the place of one that was called in that very moment."""
        self._leave(token, turn)
        if turn.is_set():
            self._pass_on()

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
