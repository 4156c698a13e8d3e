"""Answers that tell their length twice, and not the same."""

from __future__ import annotations

from typing import Any

import pytest

pytestmark = pytest.mark.anyio

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
TWICE = HEAD + b"Content-Length: %d\r\nTransfer-Encoding: chunked\r\n\r\n" + b'8\r\n{"a": 1}\r\n0\r\n\r\n'
OK = HEAD + b'Content-Length: 8\r\n\r\n{"a": 2}'


@pytest.mark.parametrize("length", [3, 8, 500])
async def test_length_and_chunks(api: Any, serve: Any, length: int) -> None:
    """N17: of a length and chunks chunks count (RFC 9112 §6.3), and each question has its own answer."""
    server = serve((TWICE % length,), (OK,))

    async with api.ApiClient(server.url) as client:
        assert await client.request_json("GET", "/") == {"a": 1}
        assert await client.request_json("GET", "/") == {"a": 2}
