"""What a caller reads, for programs without an event loop: a stream, and a conversation."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any, Self

import attrs

from .._conversation import Conversation as AsyncConversation
from .._events import StreamEvent
from .._exceptions import Certainty
from .._messages import Message
from .._misses import Miss
from .._requests import AttachRequest
from .._stream import ResponseStream as AsyncResponseStream
from .._types import ChatRequest, ChatResponse
from ._loop import Held, Items, Loop


@attrs.frozen(eq=False, repr=False)
class ResponseStream:
    """The events of one request, read once, inside the `with` block that made it.

        with connection.stream("Hello") as stream:
            for event in stream: ...
        print(stream.response.usage)

    Leaving the block early stops the answer, at the remote too where it can be stopped.
    """

    _loop: Loop
    _stream: AsyncResponseStream

    @property
    def request(self) -> ChatRequest | AttachRequest:
        """What was asked."""
        return self._stream.request

    @property
    def misses(self) -> tuple[Miss, ...]:
        """Who was asked before and did not answer, when a choice of several connections was asked."""
        return self._stream.misses

    @property
    def partial(self) -> str:
        """The text so far."""
        return self._stream.partial

    @property
    def handle(self) -> str | None:
        """The provider's name for the answer, as soon as the provider knows the request."""
        return self._stream.handle

    @property
    def finished(self) -> bool:
        """Whether the whole answer arrived."""
        return self._stream.finished

    @property
    def certainty(self) -> Certainty:
        """Whether the remote can have acted until now: for whoever gives the request up."""
        return self._stream.certainty

    @property
    def response(self) -> ChatResponse:
        """The answer, or how far it came."""
        return self._loop.look(lambda: self._stream.response)

    @property
    def text(self) -> Iterator[str]:
        """The answer's text as it arrives, without the other events.

        A text that the remote takes back cannot be taken back here: read the events where that matters.
        """
        return Items(self._loop, self._stream.text)

    def collect(self) -> ChatResponse:
        """Read to the end and return the response."""
        return self._loop.call(self._stream.collect)

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> StreamEvent:
        return self._loop.next(self._stream)

    def __enter__(self) -> Self:
        self._loop.enter(self._stream)
        return self

    def __exit__(self, *exc: Any) -> None:
        self._loop.leave(self._stream, *exc)


@attrs.define(eq=False, repr=False)
class Conversation:
    """A thread with one provider. Where the provider keeps the thread it does; elsewhere we send it again.

    Only a finished answer goes into `messages`. Once the provider has told its thread's name, the next turn
    goes on there, whichever way this one ends. Two requests at once take turns.
    """

    _loop: Loop
    _conversation: AsyncConversation

    @property
    def id(self) -> str | None:
        """The provider's own name for the thread, once it has one."""
        return self._conversation.id

    @property
    def messages(self) -> tuple[Message, ...]:
        """What was said so far. Set it to begin with what was said elsewhere; the next request sends it.

        Raises:
            Unsupported: On setting: the provider keeps the thread already, and what it keeps stays as it is.
        """
        return self._conversation.messages

    @messages.setter
    def messages(self, messages: Iterable[Message]) -> None:
        self._conversation.messages = tuple(messages)

    def send(self, messages: str | Message | Iterable[Message], **settings: Any) -> ChatResponse:
        """Say the next thing and return the whole answer; errors as for `Connection.send`."""
        return self._loop.call(partial(self._conversation.send, messages, **settings))

    @contextmanager
    def stream(
        self, messages: str | Message | Iterable[Message], **settings: Any
    ) -> Iterator[ResponseStream]:
        """Say the next thing and read the answer's events; errors as for `Connection.send`."""
        with Held(self._loop, self._conversation.stream(messages, **settings)) as stream:
            yield ResponseStream(self._loop, stream)
