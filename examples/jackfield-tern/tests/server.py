"""The HTTP side of the stand-in: it knows its key, shows what it was sent, and plays faults for the kit."""

from __future__ import annotations

import contextlib
import json
import socket
import threading
import time
from collections.abc import Iterable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar, Final, Self

from jackfield.testing import RETRY_AFTER, Arrived

PAUSE: Final = 0.02
ERROR: Final = {"error": {"code": "overloaded", "message": "Too many people are here."}}
"""How the remote reports an error in the middle of an answer."""
REFUSALS: Final[dict[str, tuple[int, str, dict[str, str]]]] = {
    "500": (500, "server_error", {}),
    "429": (429, "rate_limit_exceeded", {}),
    "come back later": (429, "rate_limit_exceeded", {"Retry-After": f"{RETRY_AFTER:g}"}),
}


class Handler(BaseHTTPRequestHandler):
    """One connection. A stand-in writes `get` and `post`, and answers with `say` or `stream`."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: Server

    def get(self) -> None:
        """Answer what reads."""
        raise NotImplementedError

    def post(self, told: dict[str, Any]) -> None:
        """Answer what acts."""
        raise NotImplementedError

    def setup(self) -> None:
        """Count the connection."""
        super().setup()
        self.server.connections.add(self.connection)

    def finish(self) -> None:
        """Count it no more."""
        self.server.connections.discard(self.connection)
        super().finish()

    def do_GET(self) -> None:
        """Refuse who has no key; answer the others."""
        if self._may():
            self.get()

    def do_POST(self) -> None:
        """Note it, and fail if that is played."""
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if not self._may():
            return
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.server.requests.append(Arrived(self.path, headers, body))
        if refusal := REFUSALS.get(self.server.fault):
            self._refuse(*refusal)
        elif self.server.fault == "silent":
            self.wait_until_left()
        else:
            self.post(json.loads(body))

    def _may(self) -> bool:
        known = self.headers["Authorization"] == f"Bearer {self.server.key}"
        if not known:
            self._refuse(401, "invalid_api_key", {})
        return known

    def _refuse(self, status: int, code: str, headers: dict[str, str]) -> None:
        self.say({"error": {"code": code, "message": "No."}}, status, **headers)

    def say(self, told: Any, status: int = 200, **headers: str) -> None:
        """Answer with JSON."""
        body = json.dumps(told).encode()
        self.begin(status, {"Content-Type": "application/json", "Content-Length": str(len(body)), **headers})
        self.wfile.write(body)

    def begin(self, status: int, headers: dict[str, str]) -> None:
        """Write the head of an answer."""
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()

    def stream(self, events: Iterable[Any]) -> None:
        """Answer with server-sent events, as what is played lets it."""
        fault = self.server.fault
        self.begin(200, {"Content-Type": "text/event-stream", "Transfer-Encoding": "chunked"})
        for piece in _pieces([_event(event) for event in events], fault):
            if fault == "slow":
                time.sleep(PAUSE)
            self._write(piece)
        while fault == "pings":
            time.sleep(PAUSE)
            self._write(b": ping\n\n")
        if fault == "hang":
            self.wait_until_left()
        elif fault == "drop":
            self.close_connection = True
        else:
            self.wfile.write(b"0\r\n\r\n")

    def _write(self, piece: bytes) -> None:
        self.wfile.write(b"%x\r\n%b\r\n" % (len(piece), piece))

    def wait_until_left(self) -> None:
        """Say nothing more."""
        self.close_connection = True
        self.connection.recv(1)

    def log_message(self, format: str, *args: object) -> None:
        """Stay silent."""


def _event(told: Any) -> bytes:
    return f"data: {told if isinstance(told, str) else json.dumps(told)}\n\n".encode()


def _pieces(events: list[bytes], fault: str) -> list[bytes]:
    """Return what is written of an answer before it ends, or stops."""
    begun, error = events[: len(events) // 2], _event(ERROR)
    match fault:
        case "cut" | "drop" | "hang" | "pings":
            return begun
        case "error in stream":
            return [*begun, error]
        case "error with text":
            return [b"".join([*begun, error])]
        case "garbled":
            return [*begun, b'data: {"half\n\n']
        case "empty":
            return []
        case "in pieces":
            return [bytes([byte]) for byte in b"".join(events)]
    return events


class Server(ThreadingHTTPServer):
    """The stand-in, as the kit of Jackfield steers it.

    Attributes:
        key: The only key it knows.
        fault: What it plays.
        requests: What acts, as it arrived with that key.
        connections: Who is connected.
    """

    key: ClassVar = "the-key-of-the-stand-in"
    handler: ClassVar[type[Handler]]
    plays: ClassVar = frozenset(
        {"none", "cut", "drop", "error in stream", "error with text", "garbled", "empty", "hang", "pings"}
        | {"silent", "slow", "in pieces", *REFUSALS}
    )

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), self.handler)
        self.fault = "none"
        self.requests: list[Arrived] = []
        self.connections: set[socket.socket] = set()

    @property
    def url(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self.server_port}"

    def play(self, fault: str) -> None:
        """Let a fault befall every question from now on; `none` ends that."""
        if fault not in self.plays:
            raise ValueError(f"the stand-in cannot play {fault!r}")
        self.fault = fault

    def posts(self) -> int:
        """Return how many questions arrived."""
        return len(self.requests)

    def arrived(self) -> list[Arrived]:
        """Return every question."""
        return list(self.requests)

    def open_connections(self) -> int:
        """Return how many are connected."""
        return len(self.connections)

    @contextlib.contextmanager
    def running(self) -> Iterator[Self]:
        """Serve until the block is left."""
        thread = threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield self
        finally:
            self.shutdown()
            thread.join()
            for one in tuple(self.connections):
                with contextlib.suppress(OSError):
                    one.shutdown(socket.SHUT_RDWR)
            self.server_close()

    def handle_error(self, *_: Any) -> None:
        """Stay silent: who leaves early hangs up, and that is no fault."""
