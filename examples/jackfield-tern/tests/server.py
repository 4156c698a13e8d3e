"""The HTTP side of the stand-in: it knows its key, counts what it is sent, and fails on demand."""

from __future__ import annotations

import contextlib
import json
import threading
from collections.abc import Iterable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self


class Handler(BaseHTTPRequestHandler):
    """One request. A stand-in writes `get` and `post`, and answers with `say` or `stream`."""

    server: Server

    def get(self) -> None:
        """Answer what reads."""
        raise NotImplementedError

    def post(self, told: dict[str, Any]) -> None:
        """Answer what acts."""
        raise NotImplementedError

    def do_GET(self) -> None:
        """Refuse who has no key; answer the others."""
        if self._may():
            self.get()

    def do_POST(self) -> None:
        """Count it, and fail if that was asked for."""
        told = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if not self._may():
            return
        self.server.posts += 1
        if self.server.fault == "500":
            self.say({"error": {"code": "server_error", "message": "Something broke."}}, status=500)
        elif self.server.fault == "429":
            self.say({"error": {"code": "rate_limit_exceeded", "message": "Too fast."}}, status=429)
        else:
            self.post(told)

    def _may(self) -> bool:
        if self.headers["Authorization"] == f"Bearer {self.server.key}":
            return True
        self.say({"error": {"code": "invalid_api_key", "message": "Who is there?"}}, status=401)
        return False

    def say(self, told: Any, status: int = 200) -> None:
        """Answer with JSON."""
        body = json.dumps(told).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def stream(self, events: Iterable[Any]) -> None:
        """Answer with server-sent events; the end of the answer is the end of the connection."""
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        for event in events:
            data = event if isinstance(event, str) else json.dumps(event)
            self.wfile.write(f"data: {data}\n\n".encode())

    def log_message(self, format: str, *args: object) -> None:
        """Stay silent."""


class Server(ThreadingHTTPServer):
    """The stand-in.

    Attributes:
        key: The only key it knows.
        posts: How often something that acts arrived with that key.
        fault: What goes wrong: `500`, `429`, `cut` or `error`; empty for nothing.
    """

    key = "the-key-of-the-stand-in"
    handler: type[Handler]

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), self.handler)
        self.posts = 0
        self.fault = ""

    @property
    def url(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self.server_port}"

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
            self.server_close()

    def handle_error(self, *_: Any) -> None:
        """Stay silent: who leaves early hangs up, and that is no fault."""
