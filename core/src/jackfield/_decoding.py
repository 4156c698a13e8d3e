"""Decoders, and the one pull loop under api and web.

A decoder is a protocol without I/O: bytes or frames in, events out. It can be cut anywhere, so it is
tested by cutting it everywhere.
"""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from functools import partial
from typing import ClassVar, Generic, Protocol, TypeVar

import attrs

from ._blame import is_plugins_fault
from ._events import ResponseFinished, StreamEvent
from ._exceptions import Certainty, ProviderError
from ._policy import running

Wire_contra = TypeVar("Wire_contra", contravariant=True)
Wire = TypeVar("Wire")


class Decoder(Protocol[Wire_contra]):
    """Turns what arrives on the wire into events."""

    def feed(self, data: Wire_contra, /) -> Iterable[StreamEvent]:
        """Take one piece of the wire and return the events that are now complete, best as a generator.

        What was yielded before an error is handed out before it, however the bytes were cut; of a `feed` that
        builds a list, an error takes along what the list held.

        Raises:
            ProviderError: The piece does not make sense, or the remote reports an error. Unless it says
                another certainty, it is `STARTED`: what arrives is an answer.
        """

    def finish(self) -> Iterable[StreamEvent]:
        """Say that the wire has ended; return the last events. Empty when the end was not a good one."""


@attrs.define(eq=False)
class DecodedStream(Generic[Wire]):
    """Events of a decoder, pulled from a wire one piece at a time. Owns neither: close the wire's context.

    Each read of the wire, whether it brings an event or a ping, ends with the request's time. Two attributes
    of a wire are used where it has them: `read_timeout`, seconds after which its transport ends a read by
    itself (reads cost less then), and `finish()`, called when the answer is complete: what follows
    `ResponseFinished` is not read, and the wire may let its end go by.
    """

    keeps_deadline: ClassVar[bool] = True

    _wire: AsyncIterator[Wire]
    _decoder: Decoder[Wire]
    _ready: list[StreamEvent] = attrs.field(factory=list, init=False)
    _error: BaseException | None = attrs.field(default=None, init=False)
    _ended: bool = attrs.field(default=False, init=False)
    _limit: float | None = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        self._limit = getattr(self._wire, "read_timeout", None)

    def __aiter__(self) -> DecodedStream[Wire]:
        return self

    async def __anext__(self) -> StreamEvent:
        while not self._ready:
            self._raise_what_is_kept()
            if self._ended:
                raise StopAsyncIteration
            try:
                deadline = running()
                if deadline is None or deadline.may_read_freely(self._limit):
                    piece = await self._wire.__anext__()
                else:
                    piece = await deadline.bound(self._wire.__anext__, "event")
            except StopAsyncIteration:
                self._ended = True
                self._take(self._decoder.finish)
            else:
                self._take(partial(self._decoder.feed, piece))
        event = self._ready.pop()
        if type(event) is ResponseFinished:
            self._finish()
        return event

    def take_ready(self) -> Sequence[StreamEvent]:
        """Take what is there already: the next events, but for the last one of the answer."""
        taken: list[StreamEvent] = []
        while self._ready and type(self._ready[-1]) is not ResponseFinished:
            taken.append(self._ready.pop())
        return taken

    def _take(self, decode: Callable[[], Iterable[StreamEvent]]) -> None:
        """Take events in. An error that comes with them waits until they were handed out."""
        events: list[StreamEvent] = []
        try:
            events.extend(decode())
        except BaseException as error:
            if not is_plugins_fault(error):
                raise
            if isinstance(error, ProviderError) and not error.certainty_is_told:
                error.certainty = Certainty.STARTED
            self._error = error
        # The next one is the last: a deque would be longer than all else that a held stream is made of here.
        self._ready = events[::-1]

    def _raise_what_is_kept(self) -> None:
        error, self._error = self._error, None
        if error is not None:
            self._ended = True
            raise error

    def _finish(self) -> None:
        self._ended, self._error = True, None
        self._ready.clear()
        if finish := getattr(self._wire, "finish", None):
            finish()


@attrs.define(eq=False, init=False)
class WholeStream:
    """The events of an answer that came in one piece, for a provider that has waited for all of it.

        body = await client.request_json("POST", "/ask", json=asked)
        yield WholeStream(ResponseStarted(handle=body["id"]), TextDelta(body["text"]), ResponseFinished())

    Nothing is waited for in between, so that no event costs a watch over the request's time.

    Args:
        *events: The events, the last of them a `ResponseFinished`.
    """

    keeps_deadline: ClassVar[bool] = True

    _ready: deque[StreamEvent]

    def __init__(self, *events: StreamEvent) -> None:
        self._ready = deque(events)

    def __aiter__(self) -> WholeStream:
        return self

    async def __anext__(self) -> StreamEvent:
        if (deadline := running()) is not None:
            deadline.refuse_if_cut()
        if not self._ready:
            raise StopAsyncIteration
        return self._ready.popleft()
