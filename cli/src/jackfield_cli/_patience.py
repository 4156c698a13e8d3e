"""What a person waits for, and how long where nobody listens."""

from __future__ import annotations

import logging
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from typing import Any, Final

import attrs

from jackfield import ConnectFailed, Connection, Middleware, ProviderSpec, StreamHandler, hookimpl

CONNECT_SECONDS: Final = 30.0


@attrs.define(eq=False)
class Patience:
    """A plugin that ends the attempts to connect once none was answered for so many seconds.

    A program may wait through a night; a person has mistyped an address. Nothing was sent, so that giving up
    loses nothing. A wait that the remote itself asked for, or an answer lost on its way, is not its business.

    Attributes:
        seconds: From the first attempt that reached nobody.
        clock: Tells seconds.
    """

    seconds: float = CONNECT_SECONDS
    clock: Callable[[], float] = time.monotonic

    @hookimpl
    def jackfield_wrap_attempt(self, spec: ProviderSpec, connection: Connection) -> Middleware:  # noqa: ARG002
        """Wrap the attempts of one connection."""
        since: float | None = None

        def wrap(handler: StreamHandler) -> StreamHandler:
            @asynccontextmanager
            async def attempt(request: Any) -> AsyncIterator[Any]:
                nonlocal since
                try:
                    async with handler(request) as events:
                        since = None
                        yield events
                except ConnectFailed as error:
                    now = self.clock()
                    since = now if since is None else since
                    if now - since >= self.seconds:
                        since = None
                        error.should_retry = False
                    raise

            return attempt

        return wrap


class _Waits(logging.Handler):
    """Tells a person that the library waits for another program's turn on an account."""

    def __init__(self, tell: Callable[[str], None]) -> None:
        super().__init__(logging.WARNING)
        self._tell = tell

    def emit(self, record: logging.LogRecord) -> None:
        said = record.msg
        if isinstance(said, Mapping) and said.get("event") == "session.waiting":
            self._tell(f"Waiting for its turn: {said['why']}.")


@contextmanager
def told_waits(tell: Callable[[str], None]) -> Iterator[None]:
    """Have *tell* told, for the length of a block, who is waited for."""
    logger, waits = logging.getLogger("jackfield"), _Waits(tell)
    logger.addHandler(waits)
    try:
        yield
    finally:
        logger.removeHandler(waits)
