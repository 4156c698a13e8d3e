"""One opened provider, for programs without an event loop."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any

import attrs

from .._capability import Capability
from .._connection import Connection as AsyncConnection
from .._findings import Finding
from .._messages import Message
from .._models import Model
from .._options import ProviderOptions
from .._plan import Plan
from .._provider import ProviderSpec
from .._requests import Embeddings
from .._stats import ProviderStats
from .._status import ProviderStatus
from .._stream import ResponseStream as AsyncResponseStream
from .._types import ChatResponse, Said
from ._choice import Batch
from ._loop import Loop
from ._stream import Conversation, ResponseStream


@attrs.frozen(repr=False)
class Connection:
    """A provider opened for one account. Made by a `ProviderManager` or by `connect`.

    Two of these are equal when they are of the same connection.
    """

    _loop: Loop
    _connection: AsyncConnection

    def __repr__(self) -> str:
        return repr(self._connection)

    @property
    def name(self) -> str:
        """Its name in the manager."""
        return self._connection.name

    @property
    def spec(self) -> ProviderSpec:
        """The provider."""
        return self._connection.spec

    @property
    def options(self) -> ProviderOptions:
        """Its settings."""
        return self._connection.options

    @property
    def stats(self) -> ProviderStats:
        """What it has done so far."""
        return self._connection.stats

    @property
    def status(self) -> ProviderStatus:
        """Its state, told from the facts as they are now."""
        return self._loop.look(lambda: self._connection.status)

    @property
    def closed(self) -> bool:
        """Whether it is not open: not yet, or not any more."""
        return self._connection.closed

    @property
    def status_reason(self) -> str:
        """Why it is in that state."""
        return self._loop.look(lambda: self._connection.status_reason)

    @property
    def capabilities(self) -> frozenset[Capability]:
        """What the provider can do beyond answering, as far as it is known: some tell once they are open."""
        return self._connection.capabilities

    def plan(self, messages: Said, **settings: Any) -> Plan:
        """Say what would become of a request, without sending it; arguments as for `send`.

        Returns:
            The request as the provider would get it, the wishes that would not be granted, and why it would
            be refused. While the connection is closed, what its options alone decide is not known.
        """
        return self._loop.look(partial(self._connection.plan, messages, **settings))

    def send(self, messages: Said, **settings: Any) -> ChatResponse:
        """Ask and return the whole answer.

        Args:
            messages: Text, a message, several, or a whole `ChatRequest`.
            **settings: Fields of `ChatRequest`: `model`, `conversation_id`, `timeout` …

        Raises:
            ProviderError: What went wrong, with its certainty, the handle and the partial text.
        """
        return self._loop.call(partial(self._connection.send, messages, **settings))

    def stream(self, messages: Said, **settings: Any) -> ResponseStream:
        """Ask and read the answer's events as they arrive; arguments and errors as for `send`."""
        return self._stream(partial(self._connection.stream, messages, **settings))

    def answer(self, messages: Said, **settings: Any) -> ChatResponse:
        """Ask and return the answer as far as it came: a failure is in its `error` instead of raised."""
        return self._loop.call(partial(self._connection.answer, messages, **settings))

    def attach(self, handle: str | int, **settings: Any) -> ResponseStream:
        """Take up an answer that was asked for earlier, by its *handle*. Nothing is asked again.

        Args:
            handle: The handle from a response, an event or an error.
            **settings: `timeout`, in seconds, as in `ChatRequest`.

        Raises:
            Unsupported: The provider cannot do that.
        """
        return self._stream(partial(self._connection.attach, handle, **settings))

    def _stream(self, begin: Callable[[], AsyncResponseStream]) -> ResponseStream:
        return ResponseStream(self._loop, self._loop.do(begin))

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
        begin = partial(self._connection.conversation, conversation_id, system=system, messages=messages)
        return Conversation(self._loop, self._loop.do(begin))

    def check_health(self) -> None:
        """Return when the remote answers, within 5 seconds; raise what is wrong otherwise.

        Never a paid call, never retried, and it waits behind no request: but the remote's own wish to be left
        alone holds for it too.
        """
        self._loop.call(self._connection.check_health)

    def list_models(self) -> Sequence[Model]:
        """Return the models on offer.

        Raises:
            Unsupported: The provider does not list its models.
        """
        return self._loop.call(self._connection.list_models)

    def embed(self, texts: str | Iterable[str], **settings: Any) -> Embeddings:
        """Turn *texts* into vectors.

        Args:
            texts: The texts; a plain string is one of them.
            **settings: Fields of `EmbedRequest`: `model`, `dimensions`, `timeout`.

        Raises:
            Unsupported: The provider has no embeddings.
            ProviderError: What went wrong, with its certainty.
        """
        return self._loop.call(partial(self._connection.embed, texts, **settings))

    def batch(self, requests: Iterable[Said], **settings: Any) -> Batch:
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
        return Batch(self._loop, self._loop.call(partial(self._connection.batch, requests, **settings)))

    def attach_batch(self, handle: str) -> Batch:
        """Find a batch again that was handed over earlier, by its *handle*. Asks nothing yet.

        Raises:
            Unsupported: The provider takes no batches.
        """
        return Batch(self._loop, self._connection.attach_batch(handle))

    def examine(self) -> Sequence[Finding]:
        """Return what the provider finds when it looks whether the remote is still as it knows it.

        Raises:
            DeadlineExceeded: It took longer than `open_timeout`.
        """
        return self._loop.call(self._connection.examine)
