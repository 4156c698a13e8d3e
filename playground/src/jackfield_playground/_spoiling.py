"""What can go wrong with an answer of an API, and the faults of a stream, made of its events on any wire."""

from __future__ import annotations

from enum import StrEnum
from itertools import cycle
from typing import TYPE_CHECKING, Final

import anyio
import attrs
from starlette.responses import StreamingResponse

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator, Mapping, Sequence

    from starlette.requests import Request

    from ._books import Posted

RETRY_AFTER: Final = 7.0
"""Seconds that `come back later` asks to wait, unless the settings say another time."""
_SIZES: Final = (1, 2, 3, 5, 7, 11, 13)
BREATH: Final = 0.001
"""Seconds between two pieces: whoever reads may take together what is there together."""
"""Sizes of pieces: such that every place of an answer is cut sooner or later."""


class Fault(StrEnum):
    """What befalls the requests that cost money, from `play` on until something else is played."""

    NONE = "none"
    CUT = "cut"
    """The stream ends in the middle of the answer, as if it were over."""
    DROP = "drop"
    """The connection is dropped in the middle of the answer."""
    ERROR_IN_STREAM = "error in stream"
    """The answer begins with a good status, and an error comes in the middle of it."""
    ERROR_WITH_TEXT = "error with text"
    """The same, in one piece with all that came before it."""
    GARBLED = "garbled"
    """A piece in the middle of the answer is no JSON."""
    EMPTY = "empty"
    """The answer has a good status and nothing in it."""
    HANG = "hang"
    """The answer begins and does not go on."""
    PINGS = "pings"
    """The answer begins, and signs of life come for ever."""
    SILENT = "silent"
    """The request is taken and nothing ever comes."""
    SLOW = "slow"
    """Each event waits for `slow_seconds`."""
    IN_PIECES = "in pieces"
    """The answer comes cut anywhere, a few bytes at a time."""
    SERVER_ERROR = "500"
    RATE_LIMIT = "429"
    LATER = "come back later"
    """429 as well, and it says when to come back."""
    FLAKY = "flaky"
    """Every other request gets a 500, the first one does."""
    QUOTA = "quota"
    """429 as well; only the details say that waiting does not help."""
    SPENT = "spent"
    """The same at Anthropic."""
    NO_MONEY = "402"
    UNAVAILABLE = "503"
    OVERLOADED = "529"
    CONTEXT = "context"
    """The request is refused as too long."""
    FILTER = "filter"
    """The request is refused for what it says."""


_OF_SOME: Final = {
    Fault.QUOTA,
    Fault.SPENT,
    Fault.NO_MONEY,
    Fault.UNAVAILABLE,
    Fault.OVERLOADED,
    Fault.CONTEXT,
    Fault.FILTER,
}
EVERYWHERE: Final = frozenset(Fault) - _OF_SOME
"""What every stand-in of an API can play."""


@attrs.frozen(kw_only=True)
class Spoiling:
    """How a wire looks when something goes wrong.

    Attributes:
        error: The event by which it reports an error in the middle of an answer.
        ping: A sign of life.
        before: How many events come before a fault in the middle; half of them if None.
        slow_seconds: How long an event, and a sign of life, waits.
    """

    error: bytes
    ping: bytes = b": ping\n\n"
    before: int | None = None
    slow_seconds: float = 0.02


def streamed(
    events: Sequence[bytes],
    how: Spoiling,
    request: Request,
    posted: Posted,
    headers: Mapping[str, str] | None = None,
) -> StreamingResponse:
    """Return an answer of server-sent events, with what befalls the request; note how it ended."""
    told = _noted(events, how, request, posted)
    return StreamingResponse(told, media_type="text/event-stream", headers=headers)


async def _noted(
    events: Sequence[bytes], how: Spoiling, request: Request, posted: Posted
) -> AsyncIterator[bytes]:
    # Where we drop the connection ourselves, that the caller is gone then says nothing of the caller.
    posted.left = posted.fault is not Fault.DROP
    waits = {Fault.SLOW: how.slow_seconds, Fault.IN_PIECES: BREATH}
    try:
        for piece in _written(events, how, posted.fault):
            # A turn of the loop between two pieces: without it nobody would see that the caller has left.
            await anyio.sleep(waits.get(posted.fault, 0))
            yield piece
        while posted.fault is Fault.PINGS:
            await anyio.sleep(how.slow_seconds)
            yield how.ping
        if posted.fault is Fault.DROP:
            request.scope["state"]["transport"].abort()
        if posted.fault in {Fault.DROP, Fault.HANG}:
            await anyio.sleep_forever()
        posted.left = False
    finally:
        posted.over.set()


def _written(events: Sequence[bytes], how: Spoiling, fault: Fault) -> Iterator[bytes]:
    """Yield what is written of an answer before it ends, or nothing more comes."""
    middle = len(events) // 2 if how.before is None else how.before
    match fault:
        case Fault.NONE | Fault.SLOW:
            yield from events
        case Fault.IN_PIECES:
            yield from cut(b"".join(events))
        case Fault.ERROR_WITH_TEXT:
            yield b"".join([*events[:middle], how.error])
        case Fault.EMPTY:
            pass
        case _:
            yield from events[:middle]
    if fault is Fault.ERROR_IN_STREAM:
        yield how.error
    elif fault is Fault.GARBLED:
        yield _garbled(events[middle:])


def _garbled(events: Sequence[bytes]) -> bytes:
    """Return the first event that has JSON in it, with half of it."""
    event = next(event for event in events if b"{" in event)
    begin = event.index(b"{")
    return event[: begin + (len(event) - begin) // 2] + b"\n\n"


def cut(data: bytes) -> Iterator[bytes]:
    """Yield *data* in small pieces."""
    sizes = cycle(_SIZES)
    while data:
        size = next(sizes)
        yield data[:size]
        data = data[size:]
