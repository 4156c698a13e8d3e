"""What some providers can do besides chat: vectors, and many requests handed over at once."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Final, Literal, Protocol, TypeAlias, runtime_checkable

import anyio
import attrs

from ._requests import Embeddings, EmbedRequest
from ._types import ChatRequest, ChatResponse

BatchState: TypeAlias = Literal["running", "finished", "failed", "cancelled", "expired"]
_PAUSE_SECONDS: Final = 60.0


@attrs.frozen(kw_only=True)
class BatchReading:
    """How far a batch is.

    Attributes:
        state: Whether it still runs, or how it ended.
        responses: The answers that are there, each with the `request_id` of its request; failed ones have
            their error.
        waiting: How many requests have no answer yet; None where the remote does not tell.
    """

    state: BatchState
    responses: tuple[ChatResponse, ...] = ()
    waiting: int | None = None


@runtime_checkable
class Embeds(Protocol):
    """A provider that has `Capability.EMBEDDINGS`."""

    async def embed(self, request: EmbedRequest) -> Embeddings:
        """Return the vectors of the request's texts, in their order."""


@runtime_checkable
class Batches(Protocol):
    """A provider that has `Capability.BATCHES`."""

    async def submit(self, requests: Sequence[ChatRequest]) -> str:
        """Hand *requests* over at once; return the batch's handle."""

    async def read(self, handle: str) -> BatchReading:
        """Say how far the batch is, with the answers that are there. Asks nothing of a model."""


@attrs.frozen(eq=False)
class Batch:
    """Many requests that were handed over. Keep *handle*: it finds the batch again from anywhere.

    Attributes:
        handle: The batch's name at the provider.
    """

    handle: str
    _read: Callable[[], Awaitable[BatchReading]] = attrs.field(repr=False)

    async def read(self) -> BatchReading:
        """Return how far it is, now."""
        return await self._read()

    async def wait(self, pause: float = _PAUSE_SECONDS) -> BatchReading:
        """Return when it is over, looking every *pause* seconds."""
        while True:
            reading = await self._read()
            if reading.state != "running":
                return reading
            await anyio.sleep(pause)
