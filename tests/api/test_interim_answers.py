"""Answers of the kind 1xx, which a server may send before its own."""

from __future__ import annotations

from functools import partial
from typing import Any

import anyio
import pytest

pytestmark = pytest.mark.anyio

OK = b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 8\r\n\r\n{"a": 1}'
INTERIM = (b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n")


async def test_a_few(api: Any, serve: Any) -> None:
    """N20: interim answers are passed over, and the connection serves the next request."""
    server = serve((*INTERIM * 5, OK))

    async with api.ApiClient(server.url) as client:
        for _ in range(2):
            assert await client.request_json("POST", "/", json={}) == {"a": 1}

    assert (len(server.requests), server.connections) == (2, 1)


async def test_flood(api: Any, serve: Any) -> None:
    """N20: a flood of them without an answer ends when its caller leaves, and its connection is closed."""
    server = serve(tuple(step for _ in range(500) for step in (*INTERIM, 0.01)))

    async with api.ApiClient(server.url) as client:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(partial(client.request, "POST", "/", json={}))
            assert await anyio.to_thread.run_sync(server.wait_until_asked)
            tasks.cancel_scope.cancel()
        assert await anyio.to_thread.run_sync(server.wait_until_left)

    assert len(server.requests) == 1
