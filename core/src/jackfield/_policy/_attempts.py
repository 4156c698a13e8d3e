"""One request's attempts: the deadline round all of them and the one retry layer.

Each attempt is a context of the handler below. It is left as soon as its outcome is known: after the last
event, or with the error that ended it, so that what lies below learns the truth and gives back its slot and
its connection at once. Nothing is tried again after an event was handed out.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, suppress
from typing import TYPE_CHECKING, Final, Self

import anyio
import attrs

from .. import _log
from .._events import ResponseFinished
from .._exceptions import AuthenticationRequired, ProviderError, StreamInterrupted
from ._deadline import Deadline

if TYPE_CHECKING:
    from types import TracebackType

    from .._events import StreamEvent
    from .._provider import StreamHandler
    from .._types import ChatRequest
    from ._retry import RetryBudget, RetryPolicy

CLEANUP_SECONDS: Final = 5.0


@attrs.frozen(kw_only=True)
class Call:
    """What trying one request takes.

    Attributes:
        request: What is asked.
        handler: Makes one attempt.
        policy: When to try again.
        budget: What retries are paid from.
        timeout: Seconds for everything, or None.
        read_timeout: The provider's own limit for a step of a stream; see `Provider.read_timeout`.
        generation: Tells how often the connection was logged in.
        renew: Logs in anew after a refusal of that generation; tells whether that helped.
        retrying: Told before each retry: the error and the seconds to wait.
    """

    request: ChatRequest
    handler: StreamHandler
    policy: RetryPolicy
    budget: RetryBudget
    timeout: float | None
    read_timeout: float | None
    generation: Callable[[], int]
    renew: Callable[[AuthenticationRequired, int], Awaitable[bool]]
    retrying: Callable[[ProviderError, float], None]


@attrs.define(eq=False, repr=False)
class Attempts:
    """The events of a request, through as many attempts as it takes. A context manager and its iterator."""

    _call: Call
    count: int = attrs.field(default=0, init=False)
    _deadline: Deadline = attrs.field(init=False)
    _unlimited_until: float = attrs.field(default=float("-inf"), init=False)
    _attempt: AsyncExitStack | None = attrs.field(default=None, init=False)
    _events: AsyncIterator[StreamEvent] | None = attrs.field(default=None, init=False)
    _delivered: bool = attrs.field(default=False, init=False)
    _finished: bool = attrs.field(default=False, init=False)
    _renewed: bool = attrs.field(default=False, init=False)
    _generation: int = attrs.field(default=0, init=False)

    async def __aenter__(self) -> Self:
        self._deadline = Deadline(self._call.timeout)
        if self._call.read_timeout is not None:
            self._unlimited_until = self._deadline.at - self._call.read_timeout
        await self._open()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        # An error of the caller's own block is none of the remote's; what lies below must not learn from it.
        await self._leave(None if isinstance(error, Exception) else error)

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> StreamEvent:
        while self._events is not None:
            if self._finished:
                await self._end(self._events)
                break
            try:
                event = await self._next(self._events)
            except Exception as error:
                await self._leave(error)
                if self._delivered or not isinstance(error, ProviderError):
                    raise
                await self._pause(error)
                await self._open()
            else:
                self._delivered, self._finished = True, type(event) is ResponseFinished
                return event
        await self._leave(None)
        raise StopAsyncIteration

    async def _next(self, events: AsyncIterator[StreamEvent]) -> StreamEvent:
        try:
            if anyio.current_time() < self._unlimited_until:
                return await events.__anext__()
            return await self._deadline.bound(events.__anext__(), "event")
        except StopAsyncIteration:
            raise StreamInterrupted("the stream ended before the answer did") from None

    async def _end(self, events: AsyncIterator[StreamEvent]) -> None:
        """Let the iterator come to its end, which a generator needs. What it still says does not count."""
        with anyio.move_on_after(CLEANUP_SECONDS), suppress(Exception):
            await events.__anext__()

    async def _open(self) -> None:
        while True:
            self.count += 1
            self._generation = self._call.generation()
            attempt = AsyncExitStack()
            try:
                entering = attempt.enter_async_context(self._call.handler(self._call.request))
                self._events = await self._deadline.bound(entering, "answer")
            except ProviderError as error:
                await self._pause(error)
            else:
                self._attempt = attempt
                return

    async def _leave(self, error: BaseException | None) -> None:
        attempt, self._attempt, self._events = self._attempt, None, None
        if attempt is None:
            return
        if self._finished and self.count == 1:
            self._call.budget.earn()
        with anyio.move_on_after(CLEANUP_SECONDS, shield=True):
            try:
                await attempt.__aexit__(type(error) if error else None, error, None)
            except Exception as late:  # noqa: BLE001  the outcome is known; closing cannot change it
                if late is not error:
                    _log.debug("attempt.close_failed", error=type(late).__name__)

    async def _pause(self, error: ProviderError) -> None:
        """Wait before the next attempt, or raise *error* if there is none."""
        if isinstance(error, AuthenticationRequired) and await self._logged_in_anew(error):
            return
        policy, retries = self._call.policy, self.count - 1 - self._renewed
        wait = policy.wait(error, retries)
        if (
            retries >= policy.max_retries
            or not policy.may_retry(error, uncertain=self._call.request.retry_uncertain)
            or not self._deadline.leaves(wait)
            or not self._call.budget.pay(error)
        ):
            raise error
        self._call.retrying(error, wait)
        await anyio.sleep(wait)

    async def _logged_in_anew(self, error: AuthenticationRequired) -> bool:
        """Log in anew, once for a request; a second refusal marks the login as needed."""
        again, self._renewed = self._renewed, True
        renewed = await self._deadline.bound(self._call.renew(error, self._generation), "login")
        self._renewed = again or renewed
        return renewed and not again
