"""One opened provider: what can be asked of it. `_line` has the way that all of it takes."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any, Final

import anyio
import attrs

from ._batches import (
    Batch,
    Batches,
    BatchReading,
    Embeds,
    handle_of,
    whole_embeddings,
    whole_list,
    whole_reading,
)
from ._capability import Capability, Need
from ._conversation import Conversation
from ._exceptions import ContractBroken, InvalidRequest, JackfieldError
from ._findings import Finding
from ._line import HEALTH_SECONDS
from ._messages import Message
from ._models import Model
from ._opened import Opened
from ._opening import Openable
from ._owner import opened
from ._plan import HISTORY_NEED, SYSTEM_NEED, Plan, require
from ._provider import Effect, Provider, ProviderContext, StreamHandler
from ._requests import (
    AttachRequest,
    BatchRequest,
    Embeddings,
    EmbedRequest,
    ModelsRequest,
    ReadBatchRequest,
)
from ._stream import ResponseStream
from ._types import Adaptation, ChatRequest, ChatResponse, Said, to_request
from ._values import describe

_ATTACH: Final = Need(Capability.ATTACH, "take up an answer again")
_CONVERSATION: Final = Need(Capability.CONVERSATIONS, "go on with a conversation_id")
_MODELS: Final = Need(Capability.MODELS, "list its models")
_EMBED: Final = Need(Capability.EMBEDDINGS, "turn texts into vectors")
_BATCH: Final = Need(Capability.BATCHES, "take batches")


@attrs.define(eq=False, repr=False)
class Connection(Openable):
    """A provider opened for one account. Made by a `ProviderManager` or by `connect`.

    What it is made of is told by `Line`: its name, provider, options, statistics, queue, gate and login.
    """

    def plan(self, messages: Said, **settings: Any) -> Plan:
        """Say what would become of a request, without sending it; arguments as for `send`.

        Returns:
            The request as the provider would get it, the wishes that would not be granted, and why it would
            be refused. While the connection is closed, what its options alone decide is not known.
        """
        with self._provider_errors("plan"):
            return self._plan(to_request(messages, **settings), self._opened)

    async def send(self, messages: Said, **settings: Any) -> ChatResponse:
        """Ask and return the whole answer.

        Args:
            messages: Text, a message, several, or a whole `ChatRequest`.
            **settings: Fields of `ChatRequest`: `model`, `conversation_id`, `timeout` …

        Raises:
            ProviderError: What went wrong, with its certainty, the handle and the partial text.
        """
        async with self._ask(to_request(messages, **settings), "send") as stream:
            return await stream.collect()

    def stream(self, messages: Said, **settings: Any) -> ResponseStream:
        """Ask and read the answer's events as they arrive; arguments and errors as for `send`."""
        return self._ask(to_request(messages, **settings), "stream")

    async def answer(self, messages: Said, **settings: Any) -> ChatResponse:
        """Ask and return the answer as far as it came: a failure is in its `error` instead of raised."""
        stream = self._ask(to_request(messages, **settings), "send")
        try:
            async with stream:
                return await stream.collect()
        except JackfieldError:
            return stream.response

    def attach(self, handle: str | int, **settings: Any) -> ResponseStream:
        """Take up an answer that was asked for earlier, by its *handle*. Nothing is asked again.

        Args:
            handle: The handle from a response, an event or an error.
            **settings: `timeout`, in seconds, as in `ChatRequest`.

        Raises:
            Unsupported: The provider cannot do that.
        """
        request = AttachRequest(handle=handle, **settings)

        def take_up(opened: Opened, asked: AttachRequest) -> tuple[StreamHandler, AttachRequest]:
            require(self.spec, self.capabilities, _ATTACH)
            return opened.wrap(lambda _: opened.provider.attach(asked.handle)), asked

        return self._stream(request, "attach", take_up, Effect.SAFE)

    def conversation(
        self,
        conversation_id: str | None = None,
        *,
        system: str | None = None,
        messages: Iterable[Message] = (),
    ) -> Conversation:
        """Begin a conversation, or go on with the provider's thread *conversation_id*.

        Args:
            conversation_id: The provider's thread to go on with; what was said in it is there already.
            system: What the program says before everything else; the first request sends it.
            messages: What was said earlier, elsewhere; the first request sends it after *system*.

        Raises:
            InvalidRequest: It is to go on with a thread, and to begin with something else.
            Unsupported: The provider keeps no threads, or takes no system messages or earlier ones.
        """
        said = (*([Message("system", system)] if system is not None else []), *messages)
        for need, is_needed in (
            (_CONVERSATION, conversation_id is not None),
            (SYSTEM_NEED, system is not None),
            (HISTORY_NEED, len(said) > (system is not None)),
        ):
            if is_needed:
                require(self.spec, self.capabilities, need)
        if conversation_id is not None and said:
            raise InvalidRequest(
                f"the thread {conversation_id!r} has begun already, and something is to be said before it",
                hint="Leave conversation_id out to begin anew with it, or system and messages to go on.",
                provider=self.spec.name,
            )
        return Conversation(self, conversation_id, said)

    async def check_health(self) -> None:
        """Return when the remote answers, within 5 seconds; raise what is wrong otherwise.

        Never a paid call, never retried, and it waits behind no request: but the remote's own wish to be left
        alone holds for it too.
        """
        with self._provider_errors("health"):
            provider = self._usable().provider
            deadline = self._deadline(HEALTH_SECONDS)
            if wait := self.gate.told_to_wait(anyio.current_time()):
                self.gate.weigh(wait, deadline)
            check: Callable[[], Awaitable[object]] = provider.check_health
            told = await deadline.bound(check, "health")
            if told is not None:
                raise ContractBroken(f"check_health gave {describe(told)}; it returns nothing, or raises")

    async def list_models(self) -> Sequence[Model]:
        """Return the models on offer.

        Raises:
            Unsupported: The provider does not list its models.
        """

        async def listed(provider: Provider, _: ModelsRequest) -> Sequence[Model]:
            return whole_list(Model, await provider.list_models(), "list_models")

        models: Sequence[Model] = await self._call("models", ModelsRequest(), _MODELS, listed)
        return models

    async def embed(self, texts: str | Iterable[str], **settings: Any) -> Embeddings:
        """Turn *texts* into vectors.

        Args:
            texts: The texts; a plain string is one of them.
            **settings: Fields of `EmbedRequest`: `model`, `dimensions`, `timeout`.

        Raises:
            Unsupported: The provider has no embeddings.
            ProviderError: What went wrong, with its certainty.
        """
        request = EmbedRequest(texts=texts, **settings)

        async def embed(provider: Embeds, asked: EmbedRequest) -> Embeddings:
            return whole_embeddings(await provider.embed(asked), asked)

        embeddings: Embeddings = await self._call("embed", request, _EMBED, embed, effect=self.spec.effect)
        return embeddings

    async def batch(self, requests: Iterable[Said], **settings: Any) -> Batch:
        """Hand many requests over at once, to be answered when the remote finds time.

        Each is checked as if it were sent alone, and each gets an id, by which its answer is found.

        Args:
            requests: What is asked, each as for `send`.
            **settings: `timeout`: seconds that handing them over may take; None leaves it to the options.

        Raises:
            InvalidRequest: One of them would be refused, or there is none; nothing was sent.
            Unsupported: The provider takes no batches.
            ProviderError: What went wrong, with its certainty.
        """
        asked = BatchRequest(requests=[to_request(said) for said in requests], **settings)
        adaptations: dict[str, tuple[Adaptation, ...]] = {}

        def plan(opened: Opened, batch: BatchRequest) -> BatchRequest:
            plans = [self._plan(one, opened).raise_for_refusal() for one in batch.requests]
            adaptations.update((plan.request.id, plan.adaptations) for plan in plans)
            return attrs.evolve(batch, requests=[plan.request for plan in plans])

        async def submit(provider: Batches, batch: BatchRequest) -> str:
            return handle_of(await provider.submit(batch.requests))

        handle: str = await self._call("batch", asked, _BATCH, submit, effect=self.spec.effect, plan=plan)
        return Batch(handle, self._reader(handle), self._pause, adaptations)

    def attach_batch(self, handle: str) -> Batch:
        """Find a batch again that was handed over earlier, by its *handle*. Asks nothing yet.

        Raises:
            Unsupported: The provider takes no batches.
        """
        require(self.spec, self.capabilities, _BATCH)
        return Batch(handle, self._reader(handle), self._pause)

    def _reader(self, handle: str) -> Callable[[], Awaitable[BatchReading]]:
        async def look(provider: Batches, asked: ReadBatchRequest) -> BatchReading:
            return whole_reading(await provider.read(asked.handle))

        async def read() -> BatchReading:
            reading: BatchReading = await self._call(
                "read_batch", ReadBatchRequest(handle=handle), _BATCH, look
            )
            return reading

        return read

    async def examine(self) -> Sequence[Finding]:
        """Return what the provider finds when it looks whether the remote is still as it knows it.

        Raises:
            DeadlineExceeded: It took longer than `open_timeout`.
        """
        with self._provider_errors("examine"):
            provider = self._usable().provider
            found = await self._deadline(self.options.open_timeout).bound(provider.examine, "health")
            return whole_list(Finding, found, "examine")

    def _ask(self, request: ChatRequest, operation: str) -> ResponseStream:
        return self._stream(request, operation, self._as_planned, self.spec.effect)

    def _as_planned(self, opened: Opened, asked: ChatRequest) -> tuple[StreamHandler, ChatRequest]:
        plan = self._plan(asked, opened).raise_for_refusal()
        self._runs[asked.id].adaptations = plan.adaptations
        return opened.handler, plan.request

    def open(self, context: ProviderContext | None = None) -> AbstractAsyncContextManager[Connection]:
        """Open it for the length of a block, and log in with *context*; for one that `prepare` gave.

        Raises:
            JackfieldError: As for `ProviderManager.add_provider` and `ProviderManager.set_provider_context`.
        """
        return opened(self, context)
