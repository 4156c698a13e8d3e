"""What a connection is while it is open: a value that its owner puts there and takes away."""

from __future__ import annotations

import os
from collections.abc import Sequence

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
        process: The process that opened it.
        loop: The event loop that it was opened in.
    """

    provider: Provider
    _middlewares: Sequence[Middleware]
    _limits: Limits
    handler: StreamHandler = attrs.field(init=False)
    process: int = attrs.field(factory=os.getpid, init=False)
    loop: object = attrs.field(factory=anyio.lowlevel.current_token, init=False)

    @handler.default
    def _stream_of_provider(self) -> StreamHandler:
        return self.wrap(self.provider.stream)

    def wrap(self, handler: StreamHandler) -> StreamHandler:
        """Return *handler* in all middlewares, and those in the connection's limits."""
        for middleware in reversed(self._middlewares):
            handler = middleware(handler)
        return self._limits.wrap(handler)
