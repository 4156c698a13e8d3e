"""The limits of every connection: its queue, its slots on the wire, its gate."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from .._policy import waiting_for
from ..hookspecs import hookimpl

if TYPE_CHECKING:
    from .._connection import Connection
    from .._events import StreamEvent
    from .._provider import Middleware, StreamHandler
    from .._types import ChatRequest


@hookimpl(tryfirst=True)
def jackfield_wrap_request(connection: Connection) -> Middleware:
    """Let a request pass when there is a free slot and the gate is open."""

    def limit(handler: StreamHandler) -> StreamHandler:
        @asynccontextmanager
        async def limited(request: ChatRequest) -> AsyncIterator[AsyncIterator[StreamEvent]]:
            waiting_for("queue")
            async with connection.slots:
                waiting_for("gate")
                async with connection.gate.passage():
                    waiting_for("answer")
                    async with handler(request) as events:
                        yield events

        return limited

    return limit
