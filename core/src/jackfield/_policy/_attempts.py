"""One operation's attempts: the deadline round all of them and the one layer that sends again.

Each attempt is a context of the handler below. It is left as soon as its outcome is known: after the last
event, or with the error that ended it, so that what lies below learns the truth and gives back its slot and
its connection at once. Nothing is tried again after an event was handed out.
"""

from __future__ import annotations

import inspect
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from functools import partial
from typing import TYPE_CHECKING, Any, Final, Generic, Self, TypeVar

import anyio
import attrs

from .. import _log
from .._blame import is_plugins_fault
from .._events import ResponseFinished
from .._exceptions import (
    AuthenticationRequired,
    Certainty,
    ContractBroken,
    DeadlineExceeded,
    JackfieldError,
    ProviderError,
    RateLimited,
    StreamInterrupted,
    worst_of,
)
from .._values import describe
from ._deadline import BEFORE_THE_WIRE, LOGGING_IN, if_cut_off

if TYPE_CHECKING:
    from types import TracebackType

    from ._deadline import Deadline
    from ._retry import RetryBudget, RetryPolicy

CLEANUP_SECONDS: Final = 5.0
Item = TypeVar("Item")
Handler = Callable[[], AbstractAsyncContextManager[AsyncIterator[Item]]]


@attrs.define(eq=False, repr=False, kw_only=True)
class Attempts(Generic[Item]):
    """The events of an operation, through as many attempts as it takes. A context manager and its iterator.

    Args:
        handler: Makes one attempt.
        deadline: The time for all of them, and the connection's gate and login.
        policy: When to try again.
        budget: What retries are paid from that may act twice.
        uncertain: Whether this operation may act twice.
        retrying: Told before each retry: the error and the seconds to wait.

    Attributes:
        count: How many attempts were made; one that only waited in our own queue is none.
    """

    _handler: Handler[Item]
    deadline: Deadline
    _policy: RetryPolicy
    _budget: RetryBudget
    _uncertain: bool = False
    _retrying: Callable[[ProviderError, float], None] | None = None
    count: int = attrs.field(default=0, init=False)
    _attempt: AbstractAsyncContextManager[Any] | None = attrs.field(default=None, init=False)
    _events: AsyncIterator[Item] | None = attrs.field(default=None, init=False)
    _delivered: bool = attrs.field(default=False, init=False)
    _finished: bool = attrs.field(default=False, init=False)
    _renewed: bool = attrs.field(default=False, init=False)
    _certainty: Certainty = attrs.field(default=Certainty.NOT_SENT, init=False)
    _last: ProviderError | None = attrs.field(default=None, init=False)

    async def __aenter__(self) -> Self:
        await self._begin()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        # An error of the caller's own block is none of the remote's; what lies below must not learn from it.
        await self._leave(None if isinstance(error, Exception) else error)

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Item:
        while self._events is not None:
            if self._finished:
                if not _keeps_deadline(self._events):
                    await self._let_end(self._events)
                break
            try:
                event = await self._next(self._events)
            except BaseException as error:
                if not is_plugins_fault(error):
                    raise
                failure = await self._leave(error)
                if self._delivered or not isinstance(failure, ProviderError):
                    raise self._judged(failure) from failure.__cause__
                await self._pause(failure)
                await self._begin()
            else:
                if (tell := self.deadline.first_event) is not None:
                    self.deadline.first_event = None
                    tell()
                self._delivered, self._finished = True, type(event) is ResponseFinished
                return event
        await self._leave(None)
        raise StopAsyncIteration

    def take_ready(self) -> Sequence[Item]:
        """Take the events that came with the last one: none is waited for, and nothing can fail in between.

        Whoever hands events on takes them here, past all that each one would be passed through.
        """
        take = _said_by_its_own_class(self._events, "take_ready")
        return take(self._events) if take is not None and not self._finished else ()

    async def _next(self, events: AsyncIterator[Item]) -> Item:
        try:
            if _keeps_deadline(events):
                self.deadline.enter()
                return await events.__anext__()
            return await self.deadline.bound(events.__anext__, "event")
        except StopAsyncIteration:
            raise StreamInterrupted("the stream ended before the answer did") from None

    async def _let_end(self, events: AsyncIterator[Item]) -> None:
        """Let the iterator come to its end, which a generator needs. What it still says does not count."""
        with anyio.move_on_after(CLEANUP_SECONDS), suppress(Exception):
            await events.__anext__()

    async def _begin(self) -> None:
        """Make attempts until one is answered."""
        while True:
            self.count += 1
            self.deadline.sent, self.deadline.first_event = False, None
            try:
                attempt, events = await self.deadline.bound(self._enter, "answer")
            except ProviderError as error:
                await self._pause(error)
            except BaseException as error:
                if is_plugins_fault(error):
                    self._judged(error)
                raise
            else:
                # Nothing is awaited between entering and here: a cancellation cannot lose what was entered.
                self._attempt, self._events = attempt, events
                return

    async def _enter(self) -> tuple[AbstractAsyncContextManager[Any], AsyncIterator[Item]]:
        attempt, events = await enter(self._handler())
        if not hasattr(events, "__anext__"):
            broken = ContractBroken(f"stream gave {type(events).__name__}, not an iterator of events")
            await attempt.__aexit__(ContractBroken, broken, None)
            raise broken
        return attempt, events

    async def _leave(self, error: BaseException | None) -> Any:
        """Leave the attempt; return *error*, or what the contexts below made of it."""
        attempt, self._attempt, self._events = self._attempt, None, None
        if attempt is None:
            return error
        if self._finished and self.count == 1:
            self._budget.earn()
        return await leave(attempt, self.deadline, error)

    async def _pause(self, error: ProviderError) -> None:
        """Wait before the next attempt, or raise *error* if there is none."""
        if self._is_wait_of_ours(error):
            self.count -= 1
            raise self._judged(self._last or error)
        self._certainty = worst_of(self._certainty, error.certainty)
        if isinstance(error, AuthenticationRequired) and await self._log_in_anew(error):
            return
        retries = self.count - 1 - self._renewed
        wait = self._policy.wait(error, retries)
        if (
            self.deadline.hurried
            or retries >= min(self._policy.max_retries, error.most_retries)
            or not self._policy.may_retry(error, uncertain=self._uncertain)
            or not self.deadline.leaves(wait)
            or not self._budget.pay(error)
        ):
            raise self._judged(error)
        self._last = error
        if self._retrying is not None:
            self._retrying(error, wait)
        await self._wait(wait)

    async def _wait(self, seconds: float) -> None:
        self.deadline.sent = False
        try:
            await self.deadline.bound(partial(anyio.sleep, seconds), "retry")
        except ProviderError as error:
            raise self._judged(error) from self._last

    async def _log_in_anew(self, error: AuthenticationRequired) -> bool:
        """Log in anew, once for an operation; return whether to try again.

        The login is renewed, or marked as needed, whatever is to become of this request: nothing more may go
        out with what was refused. Asked again is only what certainly was not acted on.
        """
        again, self._renewed = self._renewed, True
        try:
            renewed = await self.deadline.bound(partial(self._renew, error), "login")
        except ProviderError as late:
            raise self._judged(late) from late.__cause__
        self._renewed = again or renewed
        return renewed and not again and self._policy.may_repeat(error, uncertain=self._uncertain)

    async def _renew(self, error: AuthenticationRequired) -> bool:
        assert self.deadline.login is not None, "who is refused was logged in"
        with if_cut_off(LOGGING_IN, Certainty.NOT_SENT):
            return await self.deadline.login.renew(error, self.deadline.generation)

    @staticmethod
    def _is_wait_of_ours(error: ProviderError) -> bool:
        """Whether nothing was tried: a wait in our own queue, gate or limiter would have been in vain."""
        if error.certainty is not Certainty.NOT_SENT:
            return False
        in_line = isinstance(error, DeadlineExceeded) and error.phase in BEFORE_THE_WIRE - {"connect"}
        return in_line or isinstance(error, RateLimited)

    @property
    def certainty(self) -> Certainty:
        """Whether the remote can have acted, by what all attempts until now have shown: the worst of them."""
        return Certainty.STARTED if self._delivered else self._certainty

    def _judged(self, error: BaseException) -> BaseException:
        if isinstance(error, ProviderError):
            error.certainty = worst_of(self.certainty, error.certainty)
            error.attempts = error.attempts or self.count
        else:
            # A plugin that breaks may have sent by then, unless it broke where we wait ourselves.
            self._certainty = worst_of(self._certainty, self.deadline.told()[0])
        return error


def _keeps_deadline(events: Any) -> bool:
    """Whether each read of *events* ends in time by itself, and nothing is read once the answer is whole."""
    return _said_by_its_own_class(events, "keeps_deadline") is True


def _said_by_its_own_class(events: Any, name: str) -> Any:
    """Return what the class of *events* itself says of them, or None.

    A class of its author's that inherits from one of ours, or passes on what it is asked for, may do
    something with each event, and wait for it: what ours can promise is not promised by that.
    """
    return vars(type(events)).get(name)


def as_context(given: Any) -> AbstractAsyncContextManager[Any]:
    """Return what a plugin *gave* as a context.

    Raises:
        TypeError: It is none, such as a coroutine, which is closed: nobody will await it.
    """
    if isinstance(given, AbstractAsyncContextManager):
        return given
    if inspect.iscoroutine(given):
        given.close()
        raise TypeError("an asynchronous context manager is due here, not a coroutine: @asynccontextmanager")
    raise TypeError(f"an asynchronous context manager is due here, not {describe(given)}")


async def enter(given: Any) -> tuple[AbstractAsyncContextManager[Any], Any]:
    """Enter what a plugin *gave* as a context; return it, to be left with `leave`, and what it gives."""
    context = as_context(given)
    return context, await context.__aenter__()


async def leave(
    context: AbstractAsyncContextManager[Any], deadline: Deadline, error: BaseException | None
) -> Any:
    """Leave *context* because of *error*, or at a good end; return the error, or what they made of it.

    That a handler or a middleware answers an error with one of ours is what a context manager is for. What
    closing raises by itself, after a good end or as a plugin's bug, never replaces the outcome.
    """
    deadline.enter()
    with anyio.move_on_after(CLEANUP_SECONDS, shield=True):
        try:
            # With its traceback: a generator's context puts what it is given on the error.
            kind, trace = (None, None) if error is None else (type(error), error.__traceback__)
            await context.__aexit__(kind, error, trace)
        except BaseException as late:
            if not is_plugins_fault(late):
                raise
            if error is not None and is_plugins_fault(error) and isinstance(late, JackfieldError):
                return late
            if late is not error:
                _log.debug("attempt.close_failed", error=type(late).__name__)
    return error


async def answer_of(operation: AbstractAsyncContextManager[AsyncIterator[Item]]) -> Item:
    """Return the one answer of an *operation* that has one."""
    async with operation as answers:
        return await anext(answers)


@asynccontextmanager
async def one_answer(call: Callable[[], Awaitable[Item]]) -> AsyncIterator[AsyncIterator[Item]]:
    """Make one attempt at an operation that has one answer: what awaiting *call* gives."""
    yield _Once(await call())


@attrs.define(eq=False)
class _Once(Generic[Item]):
    """An iterator of one item."""

    _item: Item

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Item:
        return self._item
