"""A host whose name takes for ever to look up."""

from __future__ import annotations

import socket
import threading
from typing import Any

import anyio
import attrs
import pytest

pytestmark = pytest.mark.anyio


@attrs.define(eq=False)
class Resolver:
    """Looks names up until it is let go, as the system's does when its server does not answer."""

    begun: threading.Semaphore = attrs.field(factory=lambda: threading.Semaphore(0))
    let_go: threading.Event = attrs.field(factory=threading.Event)

    def getaddrinfo(self, *facts: Any, flags: int = 0, **_: Any) -> list[Any]:
        if (flags or [*facts, 0][min(len(facts), 5)]) & socket.AI_NUMERICHOST:
            raise socket.gaierror(socket.EAI_NONAME, "a name, and no number")
        self.begun.release()
        self.let_go.wait(20)
        return []


@pytest.mark.parametrize("by", ["deadline", "cancellation"])
async def test_look_up_that_hangs(
    api: Any, anyio_backend: Any, monkeypatch: pytest.MonkeyPatch, by: str
) -> None:
    """N4: whoever waits for a name is free at its deadline and when cancelled, while the look-up goes on."""
    if not isinstance(anyio_backend, str):
        pytest.skip("uvloop looks names up in threads of libuv, where no test can hold one")
    resolver = Resolver()
    monkeypatch.setattr(socket, "getaddrinfo", resolver.getaddrinfo)

    async with api.ApiClient("https://slow.example") as client:
        with anyio.move_on_after(0.05 if by == "deadline" else 20) as scope:
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(client.request, "GET", "/")
                if by == "cancellation":
                    await anyio.to_thread.run_sync(resolver.begun.acquire)
                    scope.cancel()
        assert scope.cancelled_caught
        assert not resolver.let_go.is_set()

        # Only now may the look-ups end: on asyncio the loop waits for their threads when it is closed.
        resolver.let_go.set()
