"""A server of OpenAI's chat completions, for applications that only show what a model says elsewhere."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import scripted

MODEL = "scripted"
PORT = int(sys.argv[1])


class Handler(BaseHTTPRequestHandler):
    """Answers as the application's model."""

    def do_GET(self) -> None:
        """List the one model."""
        self._send(json.dumps({"object": "list", "data": [{"id": MODEL, "object": "model"}]}).encode())

    def do_POST(self) -> None:
        """Say the pieces of an answer as server-sent events."""
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        said = [turn["content"] for turn in asked["messages"] if turn["role"] == "user"]
        if not asked.get("stream"):
            self._send(
                json.dumps(completion({"message": {"role": "assistant", "content": "A title"}})).encode()
            )
            return
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        for data in events(said):
            self.wfile.write(data)

    def _send(self, body: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Stay silent."""


def events(said: list[str]) -> Iterator[bytes]:
    """Yield an answer's events, and comments while the test holds it back: so a closed connection is seen."""
    # What the application asks for itself, which comes as a stream where a front door stands between.
    is_aside = said[-1].startswith("### Task:")
    for piece in ["A title"] if is_aside else scripted.answer(said[-1], len(said) - 1):
        if piece == scripted.WAIT:
            time.sleep(scripted.PAUSE_SECONDS)
            yield b": waiting\n\n"
        else:
            yield event({"delta": {"content": piece}})
    yield event({"delta": {}, "finish_reason": "stop"})
    yield b"data: [DONE]\n\n"


def event(choice: dict[str, Any]) -> bytes:
    """Return a piece of an answer as an event."""
    return f"data: {json.dumps(completion(choice))}\n\n".encode()


def completion(choice: dict[str, Any]) -> dict[str, Any]:
    """Return a choice as the API wraps it."""
    choices = [{"index": 0, **choice}]
    return {"id": "1", "object": "chat.completion.chunk", "model": MODEL, "choices": choices}


ThreadingHTTPServer(("127.0.0.1", PORT), Handler).serve_forever()
