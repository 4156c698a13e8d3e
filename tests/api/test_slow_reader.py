"""A reader that is slower than the remote."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import anyio
import attrs
import pytest

pytestmark = pytest.mark.anyio

CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
PIECE = b"10000\r\n" + b"x" * 2**16 + b"\r\n"
PIECES = 1000
BUFFERED = 400
"""Pieces that the system may keep between the two ends, generously: 25 MiB of 63."""


@attrs.define(eq=False)
class Counted:
    """Steps of a reply that count how many were taken."""

    steps: list[bytes]
    taken: int = 0

    def __iter__(self) -> Iterator[bytes]:
        for step in self.steps:
            self.taken += 1
            yield step


async def test_the_socket_feels_it(api: Any, serve: Any) -> None:
    """C3: what nobody reads stays with the remote; when it is read, every byte is there."""
    steps = Counted([CHUNKED, *[PIECE] * PIECES, b"0\r\n\r\n"])
    server = serve(steps)

    async with api.ApiClient(server.url) as client, client.stream("GET", "/") as reply:
        size, before = len(await anext(reply)), -1
        while steps.taken > before:
            before = steps.taken
            await anyio.sleep(0.2)
        assert steps.taken < BUFFERED

        async for chunk in reply:
            size += len(chunk)

    assert size == PIECES * 2**16
