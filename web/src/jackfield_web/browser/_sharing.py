"""One browser for all who ask for the same one. Law: the first to come starts it, the last to go ends it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

import anyio
import attrs
from anyio.lowlevel import EventLoopToken, current_token

from ._host import BrowserHost
from ._settings import BrowserSettings


@attrs.define(eq=False)
class _Shared:
    settings: BrowserSettings
    users: int = 0
    _host: BrowserHost | None = None
    _changing: anyio.Lock = attrs.field(factory=anyio.Lock, init=False)

    async def open(self) -> BrowserHost:
        """Return the open host. Who is cancelled while opening it leaves that to the next who waits."""
        async with self._changing:
            if self._host is None:
                host = BrowserHost(self.settings)
                self._host = await host.__aenter__()
            return self._host

    async def close_if_unused(self) -> None:
        """Close the host unless somebody came meanwhile."""
        with anyio.CancelScope(shield=True):
            async with self._changing:
                if self.users == 0 and self._host is not None:
                    host, self._host = self._host, None
                    await host.__aexit__(None, None, None)


_SHARED: Final[dict[tuple[EventLoopToken, BrowserSettings], _Shared]] = {}


@asynccontextmanager
async def lend_host(settings: BrowserSettings) -> AsyncIterator[BrowserHost]:
    """Lend the event loop's browser host with *settings* for the length of a block.

    Raises:
        LaunchFailed: As for `BrowserHost`.
        ProfileInUse: As for `BrowserHost`.
    """
    key = (current_token(), settings)
    shared = _SHARED.setdefault(key, _Shared(settings))
    shared.users += 1
    try:
        yield await shared.open()
    finally:
        shared.users -= 1
        await shared.close_if_unused()
        # Who left meanwhile may have made room for another one, which is not ours to take away.
        if shared.users == 0 and _SHARED.get(key) is shared:
            del _SHARED[key]
