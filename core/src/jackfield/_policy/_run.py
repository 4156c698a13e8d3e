"""One operation on its way, a stream or a call with one answer: what wraps all of it, then its attempts."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from functools import partial
from typing import Any, Generic, Self, TypeAlias, TypeVar

import attrs

from .._blame import is_plugins_fault
from .._exceptions import Certainty, ContractBroken, worst_of
from .._types import Adaptation
from ._attempts import Attempts, enter, leave
from ._deadline import Deadline

Item = TypeVar("Item")
Handler: TypeAlias = Callable[[Any], AbstractAsyncContextManager[AsyncIterator[Item]]]


@attrs.define(eq=False, repr=False, kw_only=True)
class Run(Generic[Item]):
    """One operation on its way. A context manager, and the iterator of what it gives.

    Without middlewares that wrap all of it, it is its attempts and costs nothing more.

    Attributes:
        request: What is asked.
        deadline: The time for all of it.
        attempts: What was begun for it: nothing where a cache answered, several where a middleware asked
            again.
        adaptations: The wishes that are not granted as they were said.
    """

    request: Any
    deadline: Deadline
    _admit: Callable[[Run[Item]], Handler[Item]]
    _attempt: Callable[[Run[Item], Any], Attempts[Item]]
    attempts: list[Attempts[Item]] = attrs.field(factory=list, init=False)
    adaptations: tuple[Adaptation, ...] = attrs.field(default=(), init=False)
    _wrapped: AbstractAsyncContextManager[Any] | None = attrs.field(default=None, init=False)
    _events: AsyncIterator[Item] | None = attrs.field(default=None, init=False)

    @property
    def count(self) -> int:
        """How many attempts were made."""
        return sum(attempts.count for attempts in self.attempts)

    @property
    def certainty(self) -> Certainty:
        """Whether the remote can have acted: the worst of all attempts."""
        certainty = Certainty.NOT_SENT
        for attempts in self.attempts:
            certainty = worst_of(certainty, attempts.certainty)
        return certainty

    def begin(self, request: Any) -> Attempts[Item]:
        """Return new attempts at *request*, which a middleware may have changed."""
        attempts = self._attempt(self, request)
        self.attempts.append(attempts)
        return attempts

    async def __aenter__(self) -> Self:
        self.deadline.start()
        entered = self._admit(self)(self.request)
        if isinstance(entered, Attempts):
            self._events = await entered.__aenter__()
            return self
        try:
            wrapped, events = await self.deadline.bound(partial(enter, entered), "answer")
        except BaseException as error:
            # A middleware that is a class may fail, or be cancelled, with what it has begun still open.
            await self._end_attempts(error)
            raise
        # Nothing is awaited between entering and here: a cancellation cannot lose what was entered.
        self._wrapped, self._events = wrapped, events
        if not hasattr(events, "__anext__"):
            broken = ContractBroken(f"a middleware gave {type(events).__name__}, not an iterator of events")
            await self._leave(broken)
            await self._end_attempts(broken)
            raise broken
        return self

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Item:
        if self._events is None:
            raise StopAsyncIteration
        if self._wrapped is None:
            return await self._events.__anext__()
        try:
            return await self.deadline.bound(self._events.__anext__, "event")
        except StopAsyncIteration:
            await self._leave(None)
            raise
        except BaseException as error:
            if not is_plugins_fault(error):
                raise
            failure = await self._leave(error)
            raise failure from failure.__cause__

    def take_ready(self) -> Sequence[Item]:
        """Take the events that came with the last one; see `Attempts.take_ready`."""
        return self._events.take_ready() if isinstance(self._events, Attempts) else ()

    async def __aexit__(self, _: Any, error: BaseException | None, __: Any) -> None:
        try:
            if self._wrapped is not None:
                # An error of the caller's own block is none of the remote's: nothing below must hear it.
                await self._leave(None if isinstance(error, Exception) else error)
        finally:
            await self._end_attempts(error)

    async def _end_attempts(self, error: BaseException | None) -> None:
        """Leave what no middleware has left; whoever has does not notice."""
        for attempts in self.attempts:
            await attempts.__aexit__(None, error, None)

    async def _leave(self, error: BaseException | None) -> Any:
        wrapped, self._wrapped, self._events = self._wrapped, None, None
        return error if wrapped is None else await leave(wrapped, self.deadline, error)
