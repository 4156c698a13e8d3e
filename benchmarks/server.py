"""The remote: an OpenAI-wire server by hand, so that it is never what is measured.

The first part of the path says how it answers: `/whole` in one JSON body; `/burst/N` with N events in one
write; `/paced/N/MS` with N events, one every MS milliseconds; `/held` with one event, and the rest after
`GET /release`. `GET /served` tells how many answers it has given to the end, and over how many connections.
"""

from __future__ import annotations

import asyncio
import functools
import json
import re
import sys

from .cores import SERVER, allow_open_files, pin

_LENGTH = re.compile(rb"content-length: *(\d+)")
_MODEL = "bench-1"
_TEXT = "All the lines of the exchange end in a socket, and any of them can be patched to any other. "
_FILLER = "".join(f"X-Filler-{number}: {number:032}\r\n" for number in range(8))
_DONE = b"e\r\ndata: [DONE]\n\n\r\n0\r\n\r\n"
_STREAM_HEAD = (
    f"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n{_FILLER}\r\n"
).encode()


def _event(text: str, finish_reason: str | None = None) -> bytes:
    """Return one event of about 320 bytes as one HTTP chunk."""
    delta = {"role": "assistant", "content": text}
    told = {
        "id": "chatcmpl-0123456789abcdef0123456789abcdef",
        "object": "chat.completion.chunk",
        "created": 1760000000,
        "model": _MODEL,
        "service_tier": "default",
        "system_fingerprint": "fp_0123456789",
        "choices": [{"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish_reason}],
    }
    data = f"data: {json.dumps(told)}\n\n".encode()
    return b"%x\r\n%s\r\n" % (len(data), data)


_EVENT = _event("any line ")
_END = _event("", "stop") + _DONE


def _whole() -> bytes:
    """Return an answer of 12 headers and a JSON body of about 0.8 KB."""
    choice = {"index": 0, "message": {"role": "assistant", "content": _TEXT * 5}, "finish_reason": "stop"}
    told = {
        "id": "chatcmpl-0123456789abcdef0123456789abcdef",
        "object": "chat.completion",
        "created": 1760000000,
        "model": _MODEL,
        "choices": [choice],
        "usage": {"prompt_tokens": 9, "completion_tokens": 100, "total_tokens": 109},
    }
    return _plain(json.dumps(told))


def _plain(body: str) -> bytes:
    head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nServer: bench\r\nVary: Accept\r\n"
    return f"{head}{_FILLER}Content-Length: {len(body)}\r\n\r\n{body}".encode()


_WHOLE = _whole()


@functools.cache
def _burst(events: int) -> bytes:
    return _STREAM_HEAD + _EVENT * events + _END


class _Desk:
    """What the connections of one server share."""

    def __init__(self) -> None:
        self.served = 0
        self.lines = 0
        self.held: list[_Line] = []

    def release(self) -> None:
        held, self.held = self.held, []
        for line in held:
            line.finish(_END)


class _Line(asyncio.Protocol):
    """One connection."""

    def __init__(self, desk: _Desk) -> None:
        self._desk = desk
        self._received = b""
        self._counted = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, blank, rest = self._received.partition(b"\r\n\r\n")
        length = _LENGTH.search(head.lower())
        if blank and len(rest) >= (int(length[1]) if length else 0):
            self._received = b""
            self._answer(*head.split(b" ", 2)[1].decode().split("/")[1:])

    def _answer(self, how: str, *rest: str) -> None:
        match how:
            case "whole":
                self.finish(_WHOLE)
            case "burst":
                self.finish(_burst(int(rest[0])))
            case "paced":
                self._transport.write(_STREAM_HEAD)
                self._go_on(int(rest[0]), int(rest[1]) / 1000)
            case "held":
                self._transport.write(_STREAM_HEAD + _EVENT)
                self._desk.held.append(self)
            case "release":
                self._desk.release()
                self._transport.write(_plain("{}"))
            case _:
                told = {"served": self._desk.served, "lines": self._desk.lines}
                self._transport.write(_plain(json.dumps(told)))

    def _go_on(self, events: int, pause: float) -> None:
        if not events:
            self.finish(_END)
            return
        self._transport.write(_EVENT)
        asyncio.get_running_loop().call_later(pause, self._go_on, events - 1, pause)

    def finish(self, last: bytes) -> None:
        """End an answer."""
        self._transport.write(last)
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
