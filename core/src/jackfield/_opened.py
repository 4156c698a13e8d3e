"""What a connection is while it is open: a value that its owner puts there and takes away."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import cast

import anyio.lowlevel
import attrs

from ._policy import Limits
from ._provider import Middleware, Provider, StreamHandler


@attrs.frozen(eq=False)
class Opened:
    """What a connection is while it is open.

    Attributes:
        provider: The provider.
        handler: Its `stream` in all that wraps each attempt.
        whole: What begins all attempts of a request, in all that wraps the request.
        process: The process that opened it.
        loop: The event loop that it was opened in.
    """

    provider: Provider
    _attempts: Sequence[Middleware]
    _requests: Sequence[Middleware]
    _limits: Limits
    _begin: StreamHandler
    handler: StreamHandler = attrs.field(init=False)
    whole: StreamHandler = attrs.field(init=False)
    process: int = attrs.field(factory=os.getpid, init=False)
    loop: object = attrs.field(factory=anyio.lowlevel.current_token, init=False)

    @handler.default
    def _stream_of_provider(self) -> StreamHandler:
        return self.wrap(cast("StreamHandler", self.provider.stream))

    @whole.default
    def _all_attempts(self) -> StreamHandler:
        return _in(self._requests, self._begin)

    def wrap(self, handler: StreamHandler) -> StreamHandler:
        """Return *handler* in all that wraps each attempt, and that in the connection's limits."""
        return self._limits.wrap(_in(self._attempts, handler))


def _in(middlewares: Sequence[Middleware], handler: StreamHandler) -> StreamHandler:
    for middleware in reversed(middlewares):
        handler = middleware(handler)
    return handler
