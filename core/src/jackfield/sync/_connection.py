"""One opened provider, for programs without an event loop."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import attrs

from .._connection import Connection as AsyncConnection
from .._findings import Finding
from .._options import ProviderOptions
from .._provider import ProviderSpec
from .._stats import ProviderStats
from .._status import ProviderStatus
from .._stream import ResponseStream as AsyncResponseStream
from .._types import ChatResponse, Model, Said
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

    def attach(self, handle: str, **settings: Any) -> ResponseStream:
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

    def conversation(self, conversation_id: str | None = None) -> Conversation:
        """Begin a conversation, or go on with the provider's thread *conversation_id*.

        Raises:
            Unsupported: The provider keeps no threads to go on with.
        """
        return Conversation(
            self._loop, self._loop.do(partial(self._connection.conversation, conversation_id))
        )

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

    def examine(self) -> Sequence[Finding]:
        """Return what the provider finds when it looks whether the remote is still as it knows it.

        Raises:
            DeadlineExceeded: It took longer than `open_timeout`.
        """
        return self._loop.call(self._connection.examine)
