"""A client by hand of OpenAI's wire: it costs little itself, counts what it gets, and can hang up."""

from __future__ import annotations

import asyncio
import json
import re
from typing import Any, Final

import attrs

_LENGTH: Final = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)
_LAST_CHUNK: Final = b"\r\n0\r\n\r\n"
_TEXT: Final = b'"content":'
_SECONDS: Final = 600


class Refused(Exception):
    """The door answered with something else than a 200, or not at all."""


@attrs.define(eq=False)
class Line:
    """One connection to a door, over which one request after the other goes.

    Args:
        port: The door's port on loopback.
        key: What it wants to see.
    """

    port: int
    key: str
    _streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = attrs.field(default=None, init=False)

    async def ask(self, model: str) -> None:
        """Ask for an answer in one piece."""
        async with asyncio.timeout(_SECONDS):
            reader, head = await self._send(model, is_streamed=False)
            length = _LENGTH.search(head)
            if length is None:
                raise Refused("an answer in one piece has no length")
            await reader.readexactly(int(length[1]))

    async def stream(self, model: str, *, leave_after: int | None = None) -> int:
        """Ask for an answer as it comes; return how many of its events had text.

        Args:
            model: Whom to ask.
            leave_after: Hang up after so many; None reads to the end.
        """
        events = 0
        async with asyncio.timeout(_SECONDS):
            reader, _ = await self._send(model, is_streamed=True)
            tail = b""
            while not tail.endswith(_LAST_CHUNK):
                piece = await reader.read(2**16)
                if not piece:
                    raise Refused(f"a stream broke off after {events} events")
                # What may have been cut is looked at again with the rest of it.
                seen = tail[-len(_TEXT) + 1 :] + piece
                events += seen.count(_TEXT)
                tail = (tail + piece)[-64:]
                if leave_after is not None and events >= leave_after:
                    self.close()
                    break
        return events

    async def begin(self, model: str, *, is_streamed: bool) -> None:
        """Ask, and wait for nothing of the answer but, of one that comes as it is made, its first bytes."""
        if is_streamed:
            reader, _ = await self._send(model, is_streamed=True)
            await reader.read(1)
        else:
            _, writer = await self._opened()
            writer.write(self._request(model, is_streamed=False))

    async def _opened(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if self._streams is None:
            self._streams = await asyncio.open_connection("127.0.0.1", self.port, limit=2**20)
        return self._streams

    async def _send(self, model: str, *, is_streamed: bool) -> tuple[asyncio.StreamReader, bytes]:
        reader, writer = await self._opened()
        writer.write(self._request(model, is_streamed=is_streamed))
        head = await reader.readuntil(b"\r\n\r\n")
        if b" 200 " not in head.partition(b"\r\n")[0]:
            raise Refused(head.partition(b"\r\n")[0].decode())
        return reader, head

    def _request(self, model: str, *, is_streamed: bool) -> bytes:
        told: dict[str, Any] = {"model": model, "messages": [{"role": "user", "content": "hello"}]}
        body = json.dumps({**told, "stream": True} if is_streamed else told).encode()
        head = (
            f"POST /v1/chat/completions HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\n"
            f"Content-Type: application/json\r\nAuthorization: Bearer {self.key}\r\n"
            f"Content-Length: {len(body)}\r\n\r\n"
        )
        return head.encode() + body

    def close(self) -> None:
        """Hang up, at once."""
        if self._streams is not None:
            self._streams[1].transport.abort()
            self._streams = None
