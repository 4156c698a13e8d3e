"""From a client's hang-up to what is upstream being left: in rounds of the event loop, whatever the load.

How long that takes is measured by `nox -s bench-gateway`, where a machine is doing something else too.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import anyio
import anyio.lowlevel
import attrs
import pytest

from jackfield import (
    Provider,
    ProviderManager,
    ProviderType,
    ResponseStarted,
    ResponseStream,
    TextDelta,
)
from jackfield_gateway import Gateway, GatewaySettings, Token

from .bringing import Bringing
from .conftest import TOKEN
from .test_every_wire import STREAMS, WHOLE

pytestmark = pytest.mark.anyio
MOST_STEPS = 20


@attrs.define(eq=False)
class _Silent(Provider):
    """Says one word and then nothing more, and knows whether somebody is still there."""

    is_asked: bool = False
    is_left: bool = False

    @asynccontextmanager
    async def stream(self, request: Any) -> AsyncIterator[ResponseStream]:
        async def events() -> AsyncIterator[Any]:
            yield ResponseStarted()
            yield TextDelta("word")
            self.is_asked = True
            await anyio.sleep_forever()

        try:
            yield events()  # type: ignore[misc]
        finally:
            self.is_left = True


async def steps_until(is_so: Callable[[], bool], most: int) -> int:
    """Return how many rounds of the event loop it takes."""
    for step in range(most):
        if is_so():
            return step
        await anyio.lowlevel.checkpoint()
    pytest.fail(f"not within {most} rounds of the event loop")


@pytest.mark.parametrize("streamed", [True, False])
@pytest.mark.parametrize("wire", WHOLE)
async def test_a_hang_up_is_handed_on_at_once(wire: str, streamed: bool) -> None:
    """Nothing on the way looks now and then, or waits for a while: streamed or not, on every wire."""
    silent, hung_up = _Silent(), anyio.Event()
    path, body = (STREAMS if streamed else WHOLE)[wire]
    path, _, query = path.partition("?")
    coming = [json.dumps(body).encode()]

    async def receive() -> Any:
        if coming:
            return {"type": "http.request", "body": coming.pop(), "more_body": False}
        await hung_up.wait()
        return {"type": "http.disconnect"}

    async def send(_: Any) -> None:
        pass

    head = {"host": "localhost:1", "authorization": f"Bearer {TOKEN}", "content-type": "application/json"}
    scope = {
        "type": "http",
        "method": "POST",
        "path": path,
        "query_string": query.encode(),
        "headers": [(name.encode(), value.encode()) for name, value in head.items()],
        "server": ("127.0.0.1", 1),
    }
    async with ProviderManager(plugins=[Bringing("work", ProviderType.API_BASED, silent)]) as manager:
        await manager.add_provider("work")
        app = Gateway(manager, Token(TOKEN), settings=GatewaySettings(ollama=True))
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(app, scope, receive, send)
            await steps_until(lambda: silent.is_asked, 100_000)
            hung_up.set()
            await steps_until(lambda: silent.is_left, MOST_STEPS)
