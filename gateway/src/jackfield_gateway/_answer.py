"""One answer: written by the request that asked for it first, read by everybody who asks the same again.

Law: what is upstream goes on as long as somebody reads, and no longer, where it can be stopped. A run that
cannot be stopped is read to its end, so that a repeat finds it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Protocol

import anyio
import attrs

from jackfield import ChatRequest, ChatResponse, JackfieldError, ProviderError, StreamEvent, log_event

from ._fault import Refusal, surely_not_acted_on
from ._routing import Route

_MOST_KEPT: Final = 256


class Keeper(Protocol):
    """Who takes down what must outlive an answer."""

    async def begun(self, response: ChatResponse) -> None:
        """Take down that the provider has a name for the answer: `response.handle`."""

    async def remember(self, response: ChatResponse | None, error: BaseException | None) -> None:
        """Take down how it ended."""


@attrs.define(eq=False)
class Answer:
    """An answer while it comes, and after it.

    Attributes:
        connection: Who answers; empty before somebody does.
        response: The whole answer, when it is over and good.
        error: Why it failed, when it did.
        asked: Whether somebody is asked, or was.
        over: Whether nothing more comes.
        readers: How many requests read it.
    """

    connection: str = ""
    response: ChatResponse | None = None
    error: BaseException | None = None
    asked: bool = False
    over: bool = False
    readers: int = 0
    _events: list[StreamEvent] = attrs.field(factory=list, init=False)
    _grown: anyio.Event | None = attrs.field(default=None, init=False)
    _scope: anyio.CancelScope = attrs.field(factory=anyio.CancelScope, init=False)

    async def write(self, route: Route, request: ChatRequest, keeper: Keeper) -> None:
        """Ask and take down what comes, until it is over or everybody left.

        Args:
            route: Whom to ask.
            request: What.
            keeper: Told of the answer's name at the provider, and of its end before anybody else is: a client
                may go on at once with what is remembered then.
        """
        self.asked = True
        try:
            await self._write(route, request, keeper)
            if self.response is not None or self.error is not None:
                await keeper.remember(self.response, self.error)
        finally:
            self.over = True
            self._tell()

    async def _write(self, route: Route, request: ChatRequest, keeper: Keeper) -> None:
        try:
            with self._scope:
                async with route.stream(request) as stream:
                    async for event in stream:
                        self.connection = self.connection or stream.response.connection
                        if not self._events and stream.response.handle:
                            await keeper.begun(stream.response)
                        self._events.append(event)
                        self._tell()
                    self.response = stream.response
                    self.connection = self.response.connection
        except JackfieldError as error:
            self.error = error
            self.connection = self.connection or getattr(error, "connection", "")
        except Exception as error:  # noqa: BLE001  a client is told that we failed, the log which class it was
            self.error = error
            log_event("gateway.failed", error=type(error).__name__, request=request.id)

    def close(self, refusal: Refusal | None = None) -> None:
        """End it where nobody was asked: who reads it is told why, and waits for nothing."""
        if not self.over:
            self.error, self.over = refusal, True
            self._tell()

    @property
    def may_be_given_again(self) -> bool:
        """Whether a repeat gets the same: an answer, or a failure that is not to be sent again."""
        if self.error is None:
            return self.response is not None
        return isinstance(self.error, ProviderError) and not surely_not_acted_on(self.error)

    def good(self) -> ChatResponse:
        """Return the whole answer.

        Raises:
            Refusal: There is none, or we failed.
            JackfieldError: Why there is none.
        """
        if isinstance(self.error, JackfieldError | Refusal):
            raise self.error
        if self.error is not None:
            raise Refusal("internal", "the front door itself failed")
        if self.response is None:
            raise Refusal("uncertain", "the answer was stopped when whoever asked for it left")
        if self.response.finish_reason == "error":
            raise Refusal("uncertain", "the remote ended its answer with a fault of its own")
        return self.response

    def stop(self) -> None:
        """Leave what is upstream."""
        self._scope.cancel()

    def _tell(self) -> None:
        if self._grown is not None:
            self._grown.set()
            self._grown = None

    @property
    def events(self) -> Sequence[StreamEvent]:
        """What came so far."""
        return self._events

    async def since(self, place: int) -> Sequence[StreamEvent]:
        """Return the events from *place* on, as soon as there are some; none when it is over."""
        while place >= len(self._events) and not self.over:
            if self._grown is None:
                self._grown = anyio.Event()
            await self._grown.wait()
        return self._events[place:]

    async def wait(self) -> None:
        """Return when it is over."""
        while not self.over:
            await self.since(len(self._events))


@attrs.define(eq=False)
class Answers:
    """The answers under way, and those that were over a short while ago, by what was asked and by whom."""

    _seconds: float
    _kept: dict[bytes, tuple[float, Answer]] = attrs.field(factory=dict, init=False)

    def find(self, key: bytes) -> Answer | None:
        """Return the answer to the same question, where a repeat is to be given it.

        One that failed so that it may be sent again is none: then it is sent again.
        """
        self._forget()
        kept = self._kept.get(key)
        return kept[1] if kept else None

    def keep(self, key: bytes, answer: Answer) -> None:
        """Keep an answer for those who ask the same again."""
        self._forget()
        while len(self._kept) >= _MOST_KEPT:
            del self._kept[next(iter(self._kept))]
        self._kept[key] = (anyio.current_time(), answer)

    def drop(self, key: bytes, answer: Answer) -> None:
        """Forget an answer that a repeat must not be given."""
        if (kept := self._kept.get(key)) and kept[1] is answer:
            del self._kept[key]

    def _forget(self) -> None:
        now = anyio.current_time()
        old = [key for key, (at, answer) in self._kept.items() if answer.over and now - at > self._seconds]
        for key in old:
            del self._kept[key]
