"""Asking one connection after another, and handing many requests over, for programs without an event loop."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from typing import Any

import attrs

from .._batches import PAUSE_SECONDS, BatchReading
from .._batches import Batch as AsyncBatch
from .._choices import Choice as AsyncChoice
from .._targets import Target
from .._types import Adaptation, ChatResponse, Said
from ._loop import Held, Loop
from ._stream import ResponseStream


@attrs.frozen(eq=False, repr=False)
class Choice:
    """Whom to ask, in an order: the first that answers is the one. Usually made by a `ProviderManager`.

    The next one is asked only when the one before certainly did not act on the request (or where
    `retry_uncertain` allows that both do). While another one is left, none is waited for or tried again: not
    for a remote that is to be left alone, not after a failure. The last one is asked as if it were alone.

    `response.connection` says who answered, and `response.misses` why the others did not.
    """

    _loop: Loop
    _choice: AsyncChoice

    def __repr__(self) -> str:
        return repr(self._choice)

    @property
    def name(self) -> str:
        """Its name in the manager; empty for one that has none."""
        return self._choice.name

    @property
    def targets(self) -> tuple[Target, ...]:
        """The connections, each with its model."""
        return self._choice.targets

    def send(self, messages: Said, **settings: Any) -> ChatResponse:
        """Ask and return the whole answer.

        Args:
            messages: Text, a message, several, or a whole `ChatRequest`.
            **settings: Fields of `ChatRequest`. *timeout* is for all of them together, what opening
                one takes apart; *model* is for those that no model is named for.

        Raises:
            ProviderError: What went wrong with the last one that was asked; notes on it tell of the others.
            InvalidRequest: See `stream`.
        """
        return self._loop.call(partial(self._choice.send, messages, **settings))

    def answer(self, messages: Said, **settings: Any) -> ChatResponse:
        """Ask and return the answer as far as it came: a failure is in its `error` instead of raised."""
        return self._loop.call(partial(self._choice.answer, messages, **settings))

    @contextmanager
    def stream(self, messages: Said, **settings: Any) -> Iterator[ResponseStream]:
        """Ask and read the answer's events as they arrive; arguments and errors as for `send`.

            with choice.stream("Hello") as stream:
                for event in stream: ...

        Raises:
            Unsupported: It goes on with a conversation, which only one of several can know.
            InvalidRequest: It names a model, and so does the choice for each of its connections.
        """
        asking = self._loop.do(partial(self._choice.stream, messages, **settings))
        with Held(self._loop, asking) as stream:
            yield ResponseStream(self._loop, stream)


@attrs.frozen(eq=False, repr=False)
class Batch:
    """Many requests that were handed over. Keep *handle*: it finds the batch again from anywhere."""

    _loop: Loop
    _batch: AsyncBatch

    def __repr__(self) -> str:
        return repr(self._batch)

    @property
    def handle(self) -> str:
        """The batch's name at the provider."""
        return self._batch.handle

    @property
    def adaptations(self) -> Mapping[str, tuple[Adaptation, ...]]:
        """By the id of each request, its wishes that are not granted as they were said."""
        return self._batch.adaptations

    def read(self) -> BatchReading:
        """Return how far it is, now; each answer has the adaptations of its request."""
        return self._loop.call(self._batch.read)

    def wait(self, pause: float = PAUSE_SECONDS) -> BatchReading:
        """Return when it is over, looking every *pause* seconds.

        Raises:
            ProviderClosed: The connection was closed meanwhile; the batch goes on.
            ProviderError: A look failed; see `read`.
        """
        return self._loop.call(self._batch.wait, pause)
