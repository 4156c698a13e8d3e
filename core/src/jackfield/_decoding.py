"""Decoders, and the one pull loop under api and web.

A decoder is a protocol without I/O: bytes or frames in, events out. It can be cut anywhere, so it is
tested by cutting it everywhere.
"""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncIterator, Iterable
from typing import Generic, Protocol, TypeVar

import attrs

from ._events import ResponseFinished, StreamEvent

Wire_contra = TypeVar("Wire_contra", contravariant=True)
Wire = TypeVar("Wire")


class Decoder(Protocol[Wire_contra]):
    """Turns what arrives on the wire into events."""

    def feed(self, data: Wire_contra, /) -> Iterable[StreamEvent]:
        """Take one piece of the wire and return the events that are now complete.

        Raises:
            ProviderError: The piece does not make sense, or the remote reports an error.
        """

    def finish(self) -> Iterable[StreamEvent]:
        """Say that the wire has ended; return the last events. Empty when the end was not a good one."""


@attrs.define(eq=False)
class DecodedStream(Generic[Wire]):
    """Events of a decoder, pulled from a wire one piece at a time. Owns neither: close the wire's context.

    What follows `ResponseFinished` on the wire is not read.
    """

    _wire: AsyncIterator[Wire]
    _decoder: Decoder[Wire]
    _ready: deque[StreamEvent] = attrs.field(factory=deque, init=False)
    _ended: bool = attrs.field(default=False, init=False)

    def __aiter__(self) -> DecodedStream[Wire]:
        return self

    async def __anext__(self) -> StreamEvent:
        while not self._ready:
            if self._ended:
                raise StopAsyncIteration
            try:
                piece = await self._wire.__anext__()
            except StopAsyncIteration:
                self._ended = True
                self._ready.extend(self._decoder.finish())
            else:
                self._ready.extend(self._decoder.feed(piece))
        event = self._ready.popleft()
        if type(event) is ResponseFinished:
            self._ended = True
            self._ready.clear()
        return event
