"""Providers that break a promise in how they answer or behave: more of what `faulty` begins."""

from __future__ import annotations

import logging
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import anyio

from jackfield import (
    Capability,
    ChatRequest,
    DecodedStream,
    ProviderContext,
    ResponseFinished,
    ResponseStarted,
    StreamEvent,
    TextDelta,
    TextReplaced,
)

from .faulty import Reading, Through, sinner
from .honest import CAPABILITIES, Honest, KitDecoder


@sinner("tells text before it has begun", "answers", others=None)
class BeginsLate(KitDecoder):
    """See `sinner`."""

    def take(self, told: Mapping[str, Any], event: str) -> Iterator[StreamEvent]:
        """Swallow the beginning until there was text."""
        if "text" in told:
            yield TextDelta(told["text"])
            yield self.started
        elif "begin" not in told:
            yield from super().take(told, event)


@sinner("never says that an answer begins", "answers", others=None)
class NeverBegins(KitDecoder):
    """See `sinner`."""

    def take(self, told: Mapping[str, Any], event: str) -> Iterator[StreamEvent]:
        """Leave the beginning out."""
        for one in super().take(told, event):
            if not isinstance(one, ResponseStarted):
                yield one


@sinner("keeps more of the text than it told", "answers", others=None)
class KeepsTooMuch(KitDecoder):
    """See `sinner`."""

    def take(self, told: Mapping[str, Any], event: str) -> Iterator[StreamEvent]:
        """Take the last words back, which were never told."""
        if "end" in told:
            yield TextReplaced("!", keep=9999)
        yield from super().take(told, event)


@sinner("has answers without a word", "answers", others=None)
class SaysNothing(KitDecoder):
    """See `sinner`."""

    def take(self, told: Mapping[str, Any], event: str) -> Iterator[StreamEvent]:
        """Leave the text out."""
        yield from super().take({name: value for name, value in told.items() if name != "text"}, event)


@sinner("never comes to an end", "answers", others=None, seconds=1.0)
class NeverEnds(Reading):
    """See `sinner`."""

    class through(Through):  # noqa: N801, D106
        async def __anext__(self) -> StreamEvent:
            event = await self.events.__anext__()
            if isinstance(event, ResponseFinished):
                await anyio.sleep_forever()
            return event


@sinner("raises ValueError, whatever is asked", "answers", others=None)
class Raises(Honest):
    """See `sinner`."""

    def body_of(self, request: ChatRequest) -> dict[str, Any]:
        """Raise."""
        del request
        raise ValueError("out of order")


class Once(KitDecoder):
    """Reads one answer, as a decoder may."""

    over = False

    def take(self, told: Mapping[str, Any], event: str) -> Iterator[StreamEvent]:
        """Say nothing once it is over."""
        if not self.over:
            self.over = "end" in told
            yield from super().take(told, event)


@sinner("reads all answers with one decoder", "answers at once", others=None)
class SharesItsDecoder(Honest):
    """See `sinner`."""

    decoder = Once

    @asynccontextmanager
    async def stream(self, request: ChatRequest) -> AsyncIterator[AsyncIterator[StreamEvent]]:
        """Use the decoder that is there."""
        body = self.body_of(request)
        async with self.http.stream("POST", "/answers", json=body) as reply:
            known = getattr(self, "shared", None) or self.decoder(reply.started(body["model"]))
            self.shared = known
            yield DecodedStream(reply, known)


@sinner("gives an asynchronous generator", "gives an iterator")
class Generates(Honest):
    """See `sinner`."""

    @asynccontextmanager
    async def stream(self, request: ChatRequest) -> AsyncIterator[AsyncIterator[StreamEvent]]:
        """Generate."""
        async with super().stream(request) as events:

            async def generate() -> AsyncIterator[StreamEvent]:
                async for event in events:
                    yield event

            generated = generate()
            try:
                yield generated
            finally:
                await generated.aclose()  # type: ignore[attr-defined]


@sinner("works for 0.6 s on the event loop", "lets the loop turn", others=None)
class Blocks(Honest):
    """See `sinner`."""

    def body_of(self, request: ChatRequest) -> dict[str, Any]:
        """Keep a processor busy."""
        end = time.thread_time() + 0.6
        while time.thread_time() < end:
            pass
        return super().body_of(request)


@sinner("prints what it is asked", "prints nothing")
class Prints(Honest):
    """See `sinner`."""

    def body_of(self, request: ChatRequest) -> dict[str, Any]:
        """Print it."""
        print("asked:", request.messages[-1].text)  # noqa: T201
        return super().body_of(request)


@sinner("logs its key", "tells no secrets")
class Logs(Honest):
    """See `sinner`."""

    async def authenticate(self, context: ProviderContext) -> None:
        """Log it."""
        logging.getLogger("kit").info("logging in with %s", context.secret("token").reveal())
        await super().authenticate(context)


@sinner(
    "claims images, and drops them",
    "sends what is asked",
    changes={"capabilities": CAPABILITIES | {Capability.IMAGES}},
)
class DropsImages(Honest):
    """See `sinner`."""
