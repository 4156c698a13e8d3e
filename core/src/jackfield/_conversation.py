"""A conversation: several requests in one thread, one at a time."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import anyio
import attrs

from ._messages import Message
from ._provider import Capability
from ._types import ChatRequest, ChatResponse

if TYPE_CHECKING:
    from ._connection import Connection
    from ._stream import ResponseStream


@attrs.define(eq=False, repr=False)
class Conversation:
    """A thread with one provider. Where the provider keeps the thread it does; elsewhere we send it again.

    Only a finished answer goes into the thread: a failed request leaves it as it was. Two requests at once
    take turns.

    Attributes:
        id: The provider's own name for the thread, once it has one.
        messages: What was said so far.
    """

    _connection: Connection
    id: str | None = None
    messages: tuple[Message, ...] = ()
    _turn: anyio.Lock = attrs.field(factory=anyio.Lock, init=False)

    async def send(self, message: str | Message, **settings: Any) -> ChatResponse:
        """Say the next thing and return the whole answer; errors as for `Connection.send`."""
        async with self.stream(message, **settings) as stream:
            return await stream.collect()

    @asynccontextmanager
    async def stream(self, message: str | Message, **settings: Any) -> AsyncIterator[ResponseStream]:
        """Say the next thing and read the answer's events; errors as for `Connection.send`."""
        said = Message("user", message) if isinstance(message, str) else message
        async with self._turn:
            async with self._connection.stream(self._request(said, settings)) as stream:
                yield stream
            self._remember(said, stream)

    def _request(self, said: Message, settings: dict[str, Any]) -> ChatRequest:
        if Capability.CONVERSATIONS in self._connection.spec.capabilities:
            return ChatRequest(messages=said, conversation_id=self.id, **settings)
        return ChatRequest(messages=(*self.messages, said), **settings)

    def _remember(self, said: Message, stream: ResponseStream) -> None:
        response = stream.response
        self.id = response.conversation_id or self.id
        if stream.finished:
            self.messages = (*self.messages, said, Message("assistant", response.content))
