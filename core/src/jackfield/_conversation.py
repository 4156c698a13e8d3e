"""A conversation: several requests in one thread, one at a time."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Protocol

import anyio
import attrs

from ._capability import Capability
from ._exceptions import Unsupported
from ._messages import Message
from ._types import ChatRequest, ChatResponse, to_messages
from ._values import describe

if TYPE_CHECKING:
    from ._provider import ProviderSpec
    from ._stream import ResponseStream


class Asks(Protocol):
    """What a conversation is held over: a connection, as far as this module knows it."""

    spec: ProviderSpec

    @property
    def capabilities(self) -> frozenset[Capability]:
        """What the provider can do, as far as it is known."""

    def stream(self, messages: ChatRequest) -> ResponseStream:
        """Ask and read the answer's events as they arrive."""


def _one_at_a_time() -> anyio.Semaphore:
    # No lock: a lock is its task's, and a turn may be begun in one task and ended in another, as by a server
    # whose handler opens the stream and whose response is sent elsewhere.
    return anyio.Semaphore(1)


def _to_messages(messages: Iterable[Message]) -> tuple[Message, ...]:
    found = tuple(messages)
    for message in found:
        if not isinstance(message, Message):
            raise TypeError(f"what was said is Message objects; found {describe(message)}")
    return found


@attrs.define(eq=False, repr=False)
class Conversation:
    """A thread with one provider. Where the provider keeps the thread it does; elsewhere we send it again.

    Only a finished answer goes into `messages`, with all its parts: what a remote signed goes back to it. An
    answer that wants tools called goes on with what came of them:

        response = await conversation.send("What time is it?", tools=[clock])
        results = [ToolResultPart(call.id, call.name, "noon") for call in response.tool_calls]
        response = await conversation.send(Message("tool", results), tools=[clock])

    Once the provider has told its thread's name, the next turn
    goes on there, whichever way this one ends. Two requests at once take turns.

    Attributes:
        id: The provider's own name for the thread, once it has one.
    """

    _connection: Asks
    id: str | None = None
    _messages: tuple[Message, ...] = attrs.field(default=(), converter=_to_messages)
    _turn: anyio.Semaphore = attrs.field(factory=_one_at_a_time, init=False)

    @property
    def messages(self) -> tuple[Message, ...]:
        """What was said so far. Set it to begin with what was said elsewhere; the next request sends it.

        Raises:
            Unsupported: On setting: the provider keeps the thread already, and what it keeps stays as it is.
        """
        return self._messages

    @messages.setter
    def messages(self, messages: Iterable[Message]) -> None:
        if self._is_kept_there:
            name = self._connection.spec.name
            raise Unsupported(
                f"{name} keeps this thread, and what was said in it cannot be changed here",
                hint="Begin another conversation and set its messages before the first request.",
                provider=name,
            )
        self._messages = tuple(messages)

    @property
    def _is_kept_there(self) -> bool:
        return self.id is not None and Capability.CONVERSATIONS in self._connection.capabilities

    async def send(self, messages: str | Message | Iterable[Message], **settings: Any) -> ChatResponse:
        """Say the next thing and return the whole answer; errors as for `Connection.send`."""
        async with self.stream(messages, **settings) as stream:
            return await stream.collect()

    @asynccontextmanager
    async def stream(
        self, messages: str | Message | Iterable[Message], **settings: Any
    ) -> AsyncIterator[ResponseStream]:
        """Say the next thing and read the answer's events; errors as for `Connection.send`."""
        said = to_messages(messages)
        stream: ResponseStream | None = None
        async with self._turn:
            try:
                async with self._connection.stream(self._request(said, settings)) as stream:
                    yield stream
            finally:
                if stream is not None:
                    self._remember(said, stream)

    def _request(self, said: tuple[Message, ...], settings: dict[str, Any]) -> ChatRequest:
        if self._is_kept_there:
            return ChatRequest(messages=said, conversation_id=self.id, **settings)
        return ChatRequest(messages=(*self.messages, *said), **settings)

    def _remember(self, said: tuple[Message, ...], stream: ResponseStream) -> None:
        response = stream.response
        self.id = response.conversation_id or self.id
        if stream.finished:
            self._messages = (*self._messages, *said, response.message)
