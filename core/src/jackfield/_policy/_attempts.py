"""One request's attempts: the deadline round all of them and the one retry layer.

Each attempt is a context of the handler below. It is left as soon as its outcome is known: after the last
event, or with the error that ended it, so that what lies below learns the truth and gives back its slot and
its connection at once. Nothing is tried again after an event was handed out.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Final, Self, TypeVar

import anyio
import attrs

from .. import _log
from .._exceptions import (
    AuthenticationRequired,
    ChallengeRequired,
    DeadlineExceeded,
    ProviderError,
)

if TYPE_CHECKING:
    from types import TracebackType

    from .._events import StreamEvent
    from .._provider import StreamHandler
    from .._types import ChatRequest
    from ._retry import RetryBudget, RetryPolicy

Result = TypeVar("Result")

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
        renew: Logs in anew after a refusal; tells whether that helped.
        retrying: Told before each retry: the error and the seconds to wait.
    """

    request: ChatRequest
    handler: StreamHandler
    policy: RetryPolicy
    budget: RetryBudget
    timeout: float | None
    read_timeout: float | None
    renew: Callable[[AuthenticationRequired], Awaitable[bool]]
    retrying: Callable[[ProviderError, float], None]


@attrs.define(eq=False, repr=False)
class Attempts:
    """The events of a request, through as many attempts as it takes. A context manager and its iterator."""

    _call: Call
    count: int = attrs.field(default=0, init=False)
    _deadline: float = attrs.field(default=float("inf"), init=False)
    _unlimited_until: float = attrs.field(default=float("-inf"), init=False)
    _clock: Callable[[], float] = attrs.field(default=anyio.current_time, init=False)
    _attempt: AsyncExitStack | None = attrs.field(default=None, init=False)
    _events: AsyncIterator[StreamEvent] | None = attrs.field(default=None, init=False)
    _delivered: bool = attrs.field(default=False, init=False)
    _renewed: bool = attrs.field(default=False, init=False)

    async def __aenter__(self) -> Self:
        if self._call.timeout is not None:
            self._deadline = self._clock() + self._call.timeout
        if self._call.read_timeout is not None:
            self._unlimited_until = self._deadline - self._call.read_timeout
        await self._open()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        await self._leave(error)

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> StreamEvent:
        while self._events is not None:
            try:
                event = await self._next(self._events)
            except StopAsyncIteration:
                break
            except ProviderError as error:
                await self._leave(error)
                if self._delivered:
                    raise
                await self._pause(error)
                await self._open()
            else:
                self._delivered = True
                return event
        await self._leave(None)
        raise StopAsyncIteration

    async def _next(self, events: AsyncIterator[StreamEvent]) -> StreamEvent:
        if self._clock() < self._unlimited_until:
            return await events.__anext__()
        return await self._within(events.__anext__(), "event")

    async def _open(self) -> None:
        while True:
            self.count += 1
            attempt = AsyncExitStack()
            try:
                entering = attempt.enter_async_context(self._call.handler(self._call.request))
                self._events = await self._within(entering, "open")
            except ProviderError as error:
                await self._pause(error)
            else:
                self._attempt = attempt
                return

    async def _leave(self, error: BaseException | None) -> None:
        attempt, self._attempt, self._events = self._attempt, None, None
        if attempt is None:
            return
        if error is None and self.count == 1:
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
        policy, retries = self._call.policy, self.count - 1
        wait = policy.wait(error, retries)
        if (
            retries >= policy.max_retries
            or not policy.may_retry(error, uncertain=self._call.request.retry_uncertain)
            or self._clock() + wait >= self._deadline
            or not self._call.budget.pay(error)
        ):
            raise error
        self._call.retrying(error, wait)
        await anyio.sleep(wait)

    async def _logged_in_anew(self, error: AuthenticationRequired) -> bool:
        if self._renewed or isinstance(error, ChallengeRequired):
            return False
        self._renewed = True
        return await self._call.renew(error)

    async def _within(self, step: Awaitable[Result], phase: str) -> Result:
        remaining = self._deadline - self._clock()
        with anyio.move_on_after(None if remaining == float("inf") else remaining):
            return await step
        raise DeadlineExceeded(f"no answer within {self._call.timeout:g} s", phase=phase)
