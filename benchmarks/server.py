"""The remote: a server by hand of OpenAI's wire and of Anthropic's, so that it is never what is measured.

The first part of the path says how it answers: `/whole` in one JSON body; `/burst/N` with N events in one
write; `/talk/N` in one of these two forms, as it is asked; `/paced/N/MS` with N events, one every MS
milliseconds; `/held` with one event, and the rest after `GET /release`. `GET /served` tells how many answers
it has given to the end, over how many connections, how many paced ones it has begun, and when each of those
was left before its end, on the machine's monotonic clock. The last part says which wire is spoken.
"""

from __future__ import annotations

import asyncio
import re
import sys
import time
from collections.abc import Sequence

from .answers import ANTHROPIC, OPENAI, STREAM_HEAD, Wire, plain
from .cores import SERVER, allow_open_files, pin

_LENGTH = re.compile(rb"content-length: *(\d+)")
_STREAMED = re.compile(rb'"stream": *true')
_WIRES = {"completions": OPENAI, "messages": ANTHROPIC}


class _Desk:
    """What the connections of one server share."""

    def __init__(self) -> None:
        self.served = 0
        self.lines = 0
        self.begun = 0
        self.left: list[float] = []
        self.held: list[_Line] = []

    def release(self) -> None:
        held, self.held = self.held, []
        for line in held:
            line.finish(OPENAI.end)


class _Line(asyncio.Protocol):
    """One connection."""

    def __init__(self, desk: _Desk) -> None:
        self._desk = desk
        self._received = b""
        self._counted = False
        self._is_paced = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def connection_lost(self, _: Exception | None) -> None:
        if self._is_paced:
            self._desk.left.append(time.monotonic())

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, blank, rest = self._received.partition(b"\r\n\r\n")
        length = _LENGTH.search(head.lower())
        if blank and len(rest) >= (int(length[1]) if length else 0):
            self._received = b""
            path = head.split(b" ", 2)[1].decode().partition("?")[0].split("/")[1:]
            if path[-1] in _WIRES or path[0] == "release":
                self._answer(path, is_streamed=bool(_STREAMED.search(rest)))
            else:
                # A client may try its key first, by asking for models; that is no answer that counts.
                lists = {"data": [], "has_more": False}
                desk = self._desk
                told = {"served": desk.served, "lines": desk.lines, "begun": desk.begun, "left": desk.left}
                self._transport.write(plain(told if path[0] == "served" else lists))

    def _answer(self, path: Sequence[str], *, is_streamed: bool) -> None:
        wire = _WIRES.get(path[-1], OPENAI)
        match path:
            case ["burst", count, *_]:
                self.finish(wire.burst(int(count)))
            case ["talk", count, *_] if is_streamed:
                self.finish(wire.burst(int(count)))
            case ["whole" | "talk", *_]:
                self.finish(wire.whole)
            case ["paced", count, pause, *_]:
                self._transport.write(STREAM_HEAD + wire.begin)
                self._desk.begun, self._is_paced = self._desk.begun + 1, True
                self._go_on(wire, int(count), int(pause) / 1000)
            case ["held", *_]:
                self._transport.write(STREAM_HEAD + OPENAI.begin + OPENAI.event)
                self._desk.held.append(self)
            case ["release"]:
                self._desk.release()
                self._transport.write(plain({}))

    def _go_on(self, wire: Wire, events: int, pause: float) -> None:
        if self._transport.is_closing():
            return
        if not events:
            self.finish(wire.end)
            return
        self._transport.write(wire.event)
        asyncio.get_running_loop().call_later(pause, self._go_on, wire, events - 1, pause)

    def finish(self, last: bytes) -> None:
        """End an answer."""
        self._transport.write(last)
        self._is_paced = False
        self._desk.served += 1
        self._desk.lines += not self._counted
        self._counted = True


async def serve() -> None:
    """Serve on a free port of loopback, tell the port on standard output, and end with standard input."""
    loop, desk = asyncio.get_running_loop(), _Desk()
    server = await loop.create_server(lambda: _Line(desk), "127.0.0.1", 0, backlog=16384)
    print(server.sockets[0].getsockname()[1], flush=True)
    await loop.run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    pin(SERVER)
    allow_open_files(2**15)
    asyncio.run(serve())
