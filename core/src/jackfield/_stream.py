"""What a caller reads: the events of one request, their text, and at the end the response."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import TYPE_CHECKING, Any, Self

import anyio
import attrs

from ._error_context import closed_meanwhile, in_our_words, stamp
from ._events import Accumulator, ResponseStarted, StreamEvent, TextDelta
from ._exceptions import (
    ContractBroken,
    DeadlineExceeded,
    EmptyResponse,
    JackfieldError,
    ProviderClosed,
    ProviderError,
    RunTimeout,
    StreamConsumed,
)
from ._policy import Attempts
from ._types import ChatRequest, ChatResponse

if TYPE_CHECKING:
    from ._connection import Connection


@attrs.define(eq=False, repr=False)
class ResponseStream:
    """The events of one request, read once, inside the `async with` block that made it.

        async with connection.stream("Hello") as stream:
            async for event in stream: ...
        print(stream.response.usage)

    Attributes:
        request: What was asked.
    """

    request: ChatRequest
    _connection: Connection
    _operation: str
    _attempts: Attempts
    _notify: Callable[..., None] | None
    _folded: Accumulator = attrs.field(factory=Accumulator, init=False)
    _started_at: float = attrs.field(factory=anyio.current_time, init=False)
    _ended_at: float | None = attrs.field(default=None, init=False)
    _error: JackfieldError | None = attrs.field(default=None, init=False)

    @property
    def partial(self) -> str:
        """The text so far."""
        return self._folded.text

    @property
    def handle(self) -> str | None:
        """The provider's name for the answer, as soon as the provider knows the request."""
        return self._folded.started.handle if self._folded.started else None

    @property
    def finished(self) -> bool:
        """Whether the whole answer arrived."""
        return self._folded.finished is not None and self._error is None

    @property
    def response(self) -> ChatResponse:
        """The answer, or how far it came."""
        ended = self._ended_at if self._ended_at is not None else anyio.current_time()
        return self._folded.response(
            error=self._error,
            provider=self._connection.spec.name,
            connection=self._connection.name,
            elapsed=ended - self._started_at,
            attempts=max(1, self._attempts.count),
            request_id=self.request.id,
        )

    @property
    def text(self) -> AsyncIterator[str]:
        """The answer's text as it arrives, without the other events.

        A text that the remote takes back cannot be taken back here: read the events where that matters.
        """
        return _Text(self)

    async def collect(self) -> ChatResponse:
        """Read to the end and return the response."""
        async for _ in self:
            pass
        return self.response

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> StreamEvent:
        if self._ended_at is not None:
            self._refuse_if_failed()
            raise StopAsyncIteration
        try:
            event = await self._attempts.__anext__()
            self._folded.add(event)
        except StopAsyncIteration:
            self._end()
            raise
        except Exception as error:  # noqa: BLE001  a plugin's bug becomes an error of ours
            failure = self._failure(error)
            raise failure from failure.__cause__
        if self._notify is not None:
            self._notify(event=event)
        return event

    def _refuse_if_failed(self) -> None:
        if self._error is not None or self._folded.finished is None:
            raise StreamConsumed("the stream has ended; a stream is read once, inside its `async with` block")

    def _end(self) -> None:
        finished = self._folded.finished
        if finished and not (self._folded.text or finished.finish_reason == "tool_call"):
            raise self._failure(EmptyResponse("the remote finished without saying anything")) from None
        self._ended_at = anyio.current_time()

    async def __aenter__(self) -> Self:
        try:
            await self._attempts.__aenter__()
        except Exception as error:  # noqa: BLE001  a plugin's bug becomes an error of ours
            failure = self._failure(error)
            raise failure from failure.__cause__
        return self

    async def __aexit__(self, *exc: Any) -> None:
        try:
            await self._attempts.__aexit__(*exc)
        finally:
            if self._ended_at is None:
                self._ended_at = anyio.current_time()

    def _failure(self, error: Exception) -> JackfieldError:
        """Return the error as ours, with everything that is known about the request on it."""
        self._ended_at = anyio.current_time()
        self._error = self._completed(self._in_our_words(error))
        return self._error

    def _in_our_words(self, error: Exception) -> JackfieldError:
        if isinstance(error, DeadlineExceeded) and self.handle and not isinstance(error, RunTimeout):
            return RunTimeout(
                f"{error.message}; the remote goes on",
                phase=error.phase,
                hint=f"Take the answer up again with attach({self.handle!r}).",
            )
        if self._connection.closed and not isinstance(error, ProviderClosed | DeadlineExceeded):
            return closed_meanwhile(error)
        return in_our_words(self._connection.spec.name, error)

    def _completed(self, error: JackfieldError) -> JackfieldError:
        started = self._folded.started or ResponseStarted()
        if isinstance(error, ProviderError | ContractBroken):
            stamp(error, handle=started.handle, url=started.url, partial=self._folded.text)
        if isinstance(error, ProviderError):
            stamp(
                error,
                provider=self._connection.spec.name,
                connection=self._connection.name,
                operation=self._operation,
                attempts=max(1, self._attempts.count),
                elapsed=(self._ended_at or 0.0) - self._started_at,
                request_id=self.request.id,
            )
        return error


@attrs.define(eq=False, repr=False)
class _Text:
    """The text deltas of a stream."""

    _stream: ResponseStream

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> str:
        while True:
            event = await self._stream.__anext__()
            if isinstance(event, TextDelta) and event.text:
                return event.text
