"""What a caller reads: the events of one request, their text, and at the end the response."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from functools import partial
from typing import Any, Self

import anyio
import attrs

from ._accumulator import Accumulator
from ._blame import as_ours, is_plugins_fault
from ._error_context import closed_meanwhile, stamp, without_secrets
from ._events import ResponseStarted, StreamEvent, TextDelta
from ._exceptions import (
    Certainty,
    ContractBroken,
    DeadlineExceeded,
    EmptyResponse,
    JackfieldError,
    ProviderClosed,
    ProviderError,
    RunTimeout,
    StreamConsumed,
    StreamInterrupted,
    worst_of,
)
from ._misses import Miss
from ._policy import Run
from ._provider import ProviderSpec
from ._requests import AttachRequest
from ._types import ChatRequest, ChatResponse


@attrs.define(eq=False, repr=False, kw_only=True)
class ResponseStream:
    """The events of one request, read once, inside the `async with` block that made it.

        async with connection.stream("Hello") as stream:
            async for event in stream: ...
        print(stream.response.usage)

    Attributes:
        request: What was asked.
        run: Its way to the remote.
        misses: Who was asked before and did not answer, when a choice of several connections was asked.
    """

    request: ChatRequest | AttachRequest
    _spec: ProviderSpec
    _can_attach: bool
    _connection: str
    _operation: str
    run: Run[StreamEvent] = attrs.field(repr=False)
    _admit: Callable[[ResponseStream], None]
    _event_came: Callable[[StreamEvent], None] | None
    _over: Callable[[ResponseStream], None]
    misses: tuple[Miss, ...] = attrs.field(default=(), init=False)
    _folded: Accumulator = attrs.field(factory=Accumulator, init=False)
    _started_at: float | None = attrs.field(default=None, init=False)
    _ended_at: float | None = attrs.field(default=None, init=False)
    _error: JackfieldError | None = attrs.field(default=None, init=False)
    _left: anyio.Event | None = attrs.field(default=None, init=False)
    _ready: Iterator[StreamEvent] = attrs.field(factory=partial(iter, ()), init=False)
    _ahead: StreamEvent | None = attrs.field(default=None, init=False)
    _whole: ChatResponse | None = attrs.field(default=None, init=False)

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
    def certainty(self) -> Certainty:
        """Whether the remote can have acted until now: for whoever gives the request up."""
        if not self.run.count:
            return Certainty.NOT_SENT
        return worst_of(self.run.certainty, self.run.deadline.told()[0])

    @property
    def response(self) -> ChatResponse:
        """The answer, or how far it came."""
        if (whole := self._whole) is not None and whole.error is self._error and whole.misses is self.misses:
            return whole
        response = self._folded.response(
            error=self._error,
            provider=self._spec.name,
            connection=self._connection,
            elapsed=self._elapsed,
            attempts=max(1, self.run.count),
            request_id=self.request.id,
            adaptations=self.run.adaptations,
            misses=self.misses,
        )
        # After the end nothing is added but an error; an answer is made once, however often it is looked at.
        if self._ended_at is not None:
            self._whole = response
        return response

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

    def hurry(self) -> None:
        """Let it fail at once where it would wait or be tried again: another connection is asked then.

        For whoever asks several. Call it before the stream is entered; `read_ahead` takes it back.
        """
        self.run.deadline.hurried = True

    async def read_ahead(self) -> None:
        """Read the first event and keep it for the reader: from then on this connection is the one."""
        self._ahead = await self.__anext__()
        # What a provider waits for in the middle of its answer, as for its next poll, it waits for as ever.
        self.run.deadline.hurried = False

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> StreamEvent:
        if self._ahead is not None:
            event, self._ahead = self._ahead, None
            return event
        if self._ended_at is not None or self._started_at is None:
            self._refuse_if_failed()
            raise StopAsyncIteration
        try:
            ready = next(self._ready, None)
            event = ready or await self.run.__anext__()
            if ready is None:
                self._ready = iter(self.run.take_ready())
            self._folded.add(event)
        except StopAsyncIteration:
            self._end()
            raise
        except BaseException as error:
            if not is_plugins_fault(error):
                raise
            failure = self._failure(error)
            raise failure from failure.__cause__
        if self._event_came is not None:
            self._event_came(event)
        return event

    def _refuse_if_failed(self) -> None:
        if self._error is not None or self._folded.finished is None:
            ended = "has ended" if self._started_at is not None else "was not entered"
            raise StreamConsumed(f"the stream {ended}; a stream is read once, inside its `async with` block")

    def _end(self) -> None:
        if self._folded.finished is None:
            # Attempts see to it for a provider; a middleware may answer by itself, or drop the last event.
            raise self._failure(StreamInterrupted("the stream ended before the answer did")) from None
        if self._folded.is_empty:
            raise self._failure(EmptyResponse("the remote finished without saying anything")) from None
        self._end_clock()

    async def __aenter__(self) -> Self:
        if self._started_at is not None:
            # Before anything else: to enter it is to ask, and to ask twice may cost twice.
            raise StreamConsumed("the stream was entered before; for the same question again, make another")
        self._started_at = anyio.current_time()
        try:
            self._admit(self)
            await self.run.__aenter__()
        except BaseException as error:
            if not is_plugins_fault(error):
                self._conclude()
                raise
            failure = self._failure(error)
            self._conclude()
            raise failure from failure.__cause__
        return self

    async def __aexit__(self, *exc: Any) -> None:
        try:
            await self.run.__aexit__(*exc)
        finally:
            self._conclude()

    @property
    def _elapsed(self) -> float:
        if self._started_at is None:
            return 0.0
        return (anyio.current_time() if self._ended_at is None else self._ended_at) - self._started_at

    def _conclude(self) -> None:
        self._end_clock()
        self._over(self)

    def _end_clock(self) -> None:
        if self._ended_at is None:
            self._ended_at = anyio.current_time()
        if self._left is not None:
            self._left.set()

    def cut(self) -> anyio.Event | None:
        """End the request: its connection is being closed.

        A reader that waits just now hears of it at once, in its own task, and then leaves what lies below; a
        reader that is elsewhere hears of it when it comes back.

        Returns:
            What is set when a waiting reader has left, or None where nobody waits.
        """
        deadline = self.run.deadline
        is_waited_for = deadline.is_stepping
        deadline.cut()
        if not is_waited_for:
            return None
        self._left = anyio.Event()
        return self._left

    def _failure(self, error: BaseException) -> JackfieldError:
        """Return the error as ours, with everything that is known about the request on it."""
        self._end_clock()
        self._error = without_secrets(self._completed(self._in_our_words(error)))
        return self._error

    def _in_our_words(self, error: BaseException) -> JackfieldError:
        if isinstance(error, DeadlineExceeded) and self.handle and not isinstance(error, RunTimeout):
            return self._run_timeout(error)
        if self.run.deadline.is_cut and not isinstance(error, ProviderClosed | DeadlineExceeded):
            return closed_meanwhile(error)
        return as_ours(error, self._spec.name)

    def _run_timeout(self, error: DeadlineExceeded) -> RunTimeout:
        if self._can_attach:
            hint = f"Take the answer up again with attach({self.handle!r})."
        else:
            hint = f"{self._spec.name} cannot take it up again; a longer timeout waits for it."
        return RunTimeout(f"{error.message}; the remote goes on", phase=error.phase, hint=hint)

    def _completed(self, error: JackfieldError) -> JackfieldError:
        started = self._folded.started or ResponseStarted()
        if not isinstance(error, ProviderError | ContractBroken):
            return error
        stamp(
            error,
            handle=started.handle,
            url=started.url,
            partial=self._folded.text,
            attempts=max(1, self.run.count),
            request_id=self.request.id,
        )
        if isinstance(error, ContractBroken):
            error.certainty = self.run.certainty
            return error
        stamp(
            error,
            provider=self._spec.name,
            connection=self._connection,
            operation=self._operation,
            elapsed=self._elapsed,
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
