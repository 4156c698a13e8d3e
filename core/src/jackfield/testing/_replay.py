"""The remote of a wire of server-sent events: it replays one recorded answer, and makes faults of its bytes.

Law: it listens on 127.0.0.1, from threads of its own, so that a provider which blocks its event loop does not
block what it is measured by. All of them end with the block.
"""

from __future__ import annotations

import contextlib
import json
import re
import socket
import threading
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final

import anyio.to_thread
import attrs

from .._from_threads import caller_from_threads
from ._remote import RETRY_AFTER, Arrived

_BETWEEN_EVENTS: Final = re.compile(rb"(?<=\n\n)|(?<=\r\n\r\n)|(?<=\r\r)")
_PAUSE: Final = 0.02
_WHERE_IT_HURTS: Final = re.compile(rb"[^\r\n\xc0-\xff]{1,24}|.", re.DOTALL)
"""Pieces that end inside each letter of several bytes and inside each end of a line, and every few bytes."""
_BREATH: Final = 0.001
"""Seconds between two pieces, for who reads in a thread: what is there together may be taken together."""
_TURNS: Final = 5
"""Turns of the event loop between two pieces, for who reads in it: it reads in the first one that it can."""
_PATIENCE: Final = 0.5
"""Seconds that a turn is waited for: a provider that blocks its loop may be waiting for the next piece."""
_WAITS: Final = {"slow": _PAUSE, "in pieces": _BREATH}
_LAST_SECONDS: Final = 30.0
_STATUS: Final = {
    "500": (500, "server_error", {}),
    "429": (429, "rate_limit_exceeded", {}),
    "come back later": (429, "rate_limit_exceeded", {"Retry-After": f"{RETRY_AFTER:g}"}),
    "no key": (401, "invalid_api_key", {}),
}
_IN_THE_MIDDLE: Final = frozenset({"cut", "drop", "garbled", "hang", "pings"})
_WITH_AN_ERROR: Final = frozenset({"error in stream", "error with text"})
_OTHERS: Final = frozenset({"none", "empty", "silent", "slow", "in pieces", "500", "429", "come back later"})


@contextlib.asynccontextmanager
async def replay(
    answer: bytes,
    *,
    key: str = "",
    reads: Mapping[str, Any] | None = None,
    error: bytes = b"",
    before: int | None = None,
) -> AsyncIterator[Replay]:
    r"""Serve one recorded answer to every request for one, until the block is left.

        async with replay(recorded, key="the-key", error=b'data: {"error": …}\n\n') as remote:
            report = await check_provider(SPEC, {"base_url": remote.url}, login, remote=remote)

    Args:
        answer: The body of an answer, server-sent events, as it came from the remote.
        key: What has to be in some header, or in the query; who does not bring it gets a 401. Empty: nothing.
        reads: What a GET gives, as JSON, by the end of its path; an empty object elsewhere.
        error: The event by which the remote reports an error in the middle of an answer; without it that is
            not played.
        before: How many events come before a fault in the middle; half of them unless given. Some text should
            be among them: whether it is kept is one of the promises.

    Raises:
        ValueError: The recorded answer has fewer than two events.
    """
    events = [event for event in _BETWEEN_EVENTS.split(answer) if event.strip()]
    if len(events) < 2:  # noqa: PLR2004  a fault in the middle needs a middle
        raise ValueError(f"an answer of {len(events)} events has no middle; record one that streams")
    middle = len(events) // 2 if before is None else before
    script = _Script(tuple(events), key, dict(reads or {}), error, middle, caller_from_threads())
    remote = Replay(script)
    try:
        await anyio.to_thread.run_sync(remote.start)
        yield remote
    finally:
        with anyio.move_on_after(_LAST_SECONDS, shield=True):
            await anyio.to_thread.run_sync(remote.stop)


@attrs.define(eq=False, repr=False)
class _Script:
    """What the remote plays, and what it has seen. The server's threads alone add to what it has seen."""

    events: tuple[bytes, ...]
    key: str
    reads: Mapping[str, Any]
    error: bytes
    before: int
    call_in_loop: Callable[[Callable[[], object]], object]
    fault: str = "none"
    arrived: list[Arrived] = attrs.field(factory=list)
    sockets: set[socket.socket] = attrs.field(factory=set)

    def pieces(self, fault: str) -> Iterator[bytes]:
        """Yield what is written before a fault; all of the answer where none is in its middle."""
        begun = self.events[: self.before]
        match fault:
            case "in pieces":
                yield from _WHERE_IT_HURTS.findall(b"".join(self.events))
            case "error with text":
                yield b"".join([*begun, self.error])
            case "error in stream":
                yield from [*begun, self.error]
            case "garbled":
                yield from [*begun, _garbled(self.events[self.before :])]
            case "empty":
                pass
            case _:
                yield from begun if fault in _IN_THE_MIDDLE else self.events


@attrs.define(eq=False)
class Replay:
    """A remote that replays one answer; see `replay`.

    Attributes:
        url: Where it listens.
    """

    _script: _Script
    url: str = attrs.field(default="", init=False)
    _server: _Server = attrs.field(init=False, repr=False)

    def start(self) -> None:
        """Begin to serve. Blocks for a moment."""
        self._server = _Server(self._script)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, args=(0.02,), name="jackfield-replay").start()

    def stop(self) -> None:
        """Drop every connection, and return when nothing is left. Blocks for a moment."""
        self._server.shutdown()
        for one in tuple(self._script.sockets):
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
        self._server.server_close()

    def play(self, fault: str) -> None:
        """Let a fault befall every request for an answer from now on; see `Remote.play`."""
        known = _IN_THE_MIDDLE | _OTHERS | (_WITH_AN_ERROR if self._script.error else frozenset())
        if fault not in known:
            raise ValueError(f"no fault {fault!r} can be made from these bytes")
        self._script.fault = fault

    def posts(self) -> int:
        """Return how many requests for an answer have arrived."""
        return len(self._script.arrived)

    def open_connections(self) -> int:
        """Return how many connections clients have open."""
        return len(self._script.sockets)

    def arrived(self) -> tuple[Arrived, ...]:
        """Return every request for an answer so far."""
        return tuple(self._script.arrived)


def _garbled(events: tuple[bytes, ...]) -> bytes:
    """Return the first event that has JSON in it, with half of it."""
    whole = next((event for event in events if b"{" in event), b"data: {}\n\n").rstrip()
    begin = whole.index(b"{")
    return whole[: begin + (len(whole) - begin + 1) // 2] + b"\n\n"


class _Server(ThreadingHTTPServer):
    daemon_threads = False

    def __init__(self, script: _Script) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.script = script

    def handle_error(self, *_: Any) -> None:
        """Stay silent: who leaves early hangs up, and that is no fault."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Server

    def setup(self) -> None:
        super().setup()
        self.server.script.sockets.add(self.connection)

    def finish(self) -> None:
        self.server.script.sockets.discard(self.connection)
        super().finish()

    def do_GET(self) -> None:
        path, reads = self.path.partition("?")[0], self.server.script.reads
        if self._may():
            self._say(200, next((told for end, told in reads.items() if path.endswith(end)), {}))

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        if not self._may():
            return
        script = self.server.script
        fault = script.fault
        headers = {name.lower(): value for name, value in self.headers.items()}
        script.arrived.append(Arrived(self.path, headers, body))
        if fault in _STATUS:
            self._refuse(fault)
        elif fault == "silent":
            self._wait_until_left()
        else:
            self._stream(script.pieces(fault), fault)

    def _may(self) -> bool:
        key = self.server.script.key
        known = key in self.path or any(key in value for value in self.headers.values())
        if not known:
            self._refuse("no key")
        return known

    def _refuse(self, why: str) -> None:
        status, code, headers = _STATUS[why]
        told = {"type": code, "code": code, "message": f"The remote says {status}."}
        self._say(status, {"error": told}, **headers)

    def _say(self, status: int, told: Any, **headers: str) -> None:
        body = json.dumps(told).encode()
        self.send_response(status)
        usual = {"Content-Type": "application/json", "Content-Length": str(len(body))}
        for name, value in {**usual, **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def _stream(self, pieces: Iterator[bytes], fault: str) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for piece in pieces:
            if fault in _WAITS:
                threading.Event().wait(_WAITS[fault])
            self._write(piece)
            if fault == "in pieces":
                self._wait_until_read()
        if fault == "drop":
            self.close_connection = True
        elif fault == "hang":
            self._wait_until_left()
        elif fault == "pings":
            while True:
                threading.Event().wait(_PAUSE)
                self._write(b": ping\n\n")
        else:
            self.wfile.write(b"0\r\n\r\n")

    def _write(self, piece: bytes) -> None:
        self.wfile.write(b"%x\r\n%b\r\n" % (len(piece), piece))

    def _wait_until_read(self) -> None:
        """Wait until whoever reads in the event loop had its turn: a busy one would take pieces together."""
        for _ in range(_TURNS):
            turn = threading.Event()
            self.server.script.call_in_loop(turn.set)
            turn.wait(_PATIENCE)

    def _wait_until_left(self) -> None:
        self.close_connection = True
        self.connection.recv(1)

    def log_message(self, *_: Any) -> None:
        """Stay silent."""
