"""What some providers can do besides chat: vectors, and many requests handed over at once."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import Any, Final, Literal, Protocol, TypeAlias, TypeVar, get_args, runtime_checkable

import attrs

from ._capability import Capability
from ._exceptions import Certainty, ContractBroken, MalformedResponse
from ._requests import Embeddings, EmbedRequest
from ._types import Adaptation, ChatRequest, ChatResponse
from ._values import describe, frozen_mapping

BatchState: TypeAlias = Literal["running", "finished", "failed", "cancelled", "expired"]
Listed = TypeVar("Listed")
PAUSE_SECONDS: Final = 60.0


def _to_responses(responses: Iterable[ChatResponse]) -> tuple[ChatResponse, ...]:
    return tuple(responses)


@attrs.frozen(kw_only=True)
class BatchReading:
    """How far a batch is.

    Attributes:
        state: Whether it still runs, or how it ended.
        responses: The answers that are there, each with the `request_id` of its request; failed ones have
            their error.
        waiting: How many requests have no answer yet; None where the remote does not tell.
    """

    state: BatchState = attrs.field(validator=attrs.validators.in_(get_args(BatchState)))
    responses: tuple[ChatResponse, ...] = attrs.field(default=(), converter=_to_responses)
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
        adaptations: By the id of each request, its wishes that are not granted as they were said; empty where
            the batch was found again by its handle.
    """

    handle: str
    _read: Callable[[], Awaitable[BatchReading]] = attrs.field(repr=False)
    _pause: Callable[[float], Awaitable[None]] = attrs.field(repr=False)
    adaptations: Mapping[str, tuple[Adaptation, ...]] = attrs.field(factory=dict, converter=frozen_mapping)

    async def read(self) -> BatchReading:
        """Return how far it is, now; each answer has the adaptations of its request."""
        reading = await self._read()
        return attrs.evolve(reading, responses=[self._told(response) for response in reading.responses])

    def _told(self, response: ChatResponse) -> ChatResponse:
        ours = self.adaptations.get(response.request_id, ())
        return attrs.evolve(response, adaptations=(*ours, *response.adaptations)) if ours else response

    async def wait(self, pause: float = PAUSE_SECONDS) -> BatchReading:
        """Return when it is over, looking every *pause* seconds.

        Raises:
            ProviderClosed: The connection was closed meanwhile; the batch goes on.
            ProviderError: A look failed; see `read`.
        """
        while True:
            reading = await self.read()
            if reading.state != "running":
                return reading
            await self._pause(pause)


def whole_embeddings(answer: Any, asked: EmbedRequest) -> Embeddings:
    """Return what a provider gave for *asked*.

    Raises:
        ContractBroken: It is none.
        MalformedResponse: There are more or fewer vectors than texts: nobody could tell whose each is.
    """
    if not isinstance(answer, Embeddings):
        raise ContractBroken(f"embed gave {describe(answer)}, not Embeddings")
    if len(answer.vectors) != len(asked.texts):
        raise MalformedResponse(
            f"{len(answer.vectors)} vectors came for {len(asked.texts)} texts", certainty=Certainty.STARTED
        )
    return answer


def handle_of(answer: Any) -> str:
    """Return the handle that a provider gave.

    Raises:
        ContractBroken: It is none: the batch could never be found again.
    """
    if not (isinstance(answer, str) and answer):
        raise ContractBroken(f"submit gave {describe(answer)}, not the batch's handle")
    return answer


def whole_reading(answer: Any) -> BatchReading:
    """Return what a provider read of a batch.

    Raises:
        ContractBroken: It is no reading.
    """
    if not isinstance(answer, BatchReading):
        raise ContractBroken(f"read gave {describe(answer)}, not a BatchReading")
    return answer


def whole_list(kind: type[Listed], answer: Any, deed: str) -> Sequence[Listed]:
    """Return the list that a provider gave.

    Args:
        kind: What is in it.
        answer: What the provider gave.
        deed: What it was asked to do.

    Raises:
        ContractBroken: It is none, or something else is in it.
    """
    if not isinstance(answer, Sequence) or isinstance(answer, str):
        raise ContractBroken(f"{deed} gave {describe(answer)}, not a list of {kind.__name__}")
    for one in answer:
        if not isinstance(one, kind):
            raise ContractBroken(f"{deed} gave a list with {describe(one)} in it, not of {kind.__name__}")
    return answer


_METHODS: Final[Mapping[Capability, type]] = {Capability.EMBEDDINGS: Embeds, Capability.BATCHES: Batches}


def hold_to_claim(provider: Any, capability: Capability, name: str) -> None:
    """Refuse a call for which an opened *provider* claims *capability* and has no methods.

    Only then: a claim too many keeps nobody from what the provider can do.

    Raises:
        ContractBroken: It has none; nothing was sent.
    """
    methods = _METHODS.get(capability, object)
    if not isinstance(provider, methods):
        raise ContractBroken(
            f"{name} claims {capability}, and its {type(provider).__name__} is no {methods.__name__}",
            plugin=name,
            hint=f"Write the methods of jackfield.{methods.__name__}, or leave {capability} out.",
        )
