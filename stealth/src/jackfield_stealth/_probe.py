"""The page that asks a browser what it tells, served on loopback. Law: it is told nothing, it only asks.

The browser posts what it found to the server that the page came from, so an undriven browser can be asked
as well as a driven one.
"""

from __future__ import annotations

import importlib.resources
import json
import threading
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from queue import Empty, SimpleQueue
from typing import Any, Final
from urllib.parse import urlsplit

import anyio
import attrs
from anyio import to_thread

from jackfield import DeadlineExceeded

_FILES: Final = importlib.resources.files(__package__).joinpath("probe")
_KINDS: Final = {"html": "text/html; charset=utf-8", "js": "text/javascript", "json": "application/json"}
_OF_THE_CONNECTION: Final = frozenset({"Connection", "Content-Length", "Host", "Origin", "Referer"})
_HINTS: Final = "Sec-CH-Prefers-Color-Scheme, Sec-CH-Prefers-Reduced-Motion"
"""What a browser is asked to say in its requests: a page's own media queries must agree with it."""
_MOST_BYTES: Final = 4_000_000
_STOP_SECONDS: Final = 5.0


@attrs.define(eq=False)
class Probe:
    """A served probe page, to be visited by one browser.

    Attributes:
        url: The page's address.
        tab: The address of another page, which asks how it and the first are as tabs of one window.
    """

    url: str
    tab: str
    _reports: SimpleQueue[dict[str, Any]]
    _hands: SimpleQueue[dict[str, Any]]
    _tabs: SimpleQueue[dict[str, Any]]
    _headers: dict[str, dict[str, str]]

    async def report(self, seconds: float) -> dict[str, dict[str, Any]]:
        """Return what the browser told: place, name, value. The request headers are places too.

        Raises:
            DeadlineExceeded: It told nothing within *seconds*.
        """
        told = await _next(self._reports, seconds, "what the browser tells")
        return {**told, **{f"headers of {place}": said for place, said in sorted(self._headers.items())}}

    async def hand(self, seconds: float) -> dict[str, Any]:
        """Return what the page saw of the hand that pressed and wrote, the next time that it rests.

        Raises:
            DeadlineExceeded: It saw nothing within *seconds*.
        """
        return await _next(self._hands, seconds, "what the page saw of the hand")

    async def tabs(self, seconds: float) -> dict[str, Any]:
        """Return of how many of the two tabs what is so.

        Raises:
            DeadlineExceeded: The second told nothing within *seconds*.
        """
        return await _next(self._tabs, seconds, "what the tabs are like")


async def _next(queue: SimpleQueue[dict[str, Any]], seconds: float, what: str) -> dict[str, Any]:
    try:
        return await to_thread.run_sync(queue.get, True, seconds, abandon_on_cancel=True)
    except Empty:
        raise DeadlineExceeded(f"{what} did not come within {seconds:g} seconds", phase="probe") from None


@asynccontextmanager
async def serve_probe(detectors: Mapping[str, bytes]) -> AsyncIterator[Probe]:
    """Serve the probe page for the length of a block.

    Args:
        detectors: More to ask: the names and sources of JavaScript modules. What a module's default function
            returns, names and values, becomes signals. A name with a dot is a file that they may import.
    """
    server, probe = await to_thread.run_sync(_start, detectors)
    try:
        yield probe
    finally:
        # Neither waits for a browser: handlers are daemons. Unshielded, a cancellation leaves the server.
        with anyio.move_on_after(_STOP_SECONDS, shield=True):
            await to_thread.run_sync(_stop, server)


def _start(detectors: Mapping[str, bytes]) -> tuple[ThreadingHTTPServer, Probe]:
    class Handler(_Handler):
        reports: SimpleQueue[dict[str, Any]] = SimpleQueue()
        hands: SimpleQueue[dict[str, Any]] = SimpleQueue()
        tabs: SimpleQueue[dict[str, Any]] = SimpleQueue()
        seen: dict[str, dict[str, str]] = {}  # noqa: RUF012
        more = detectors

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_port}"
    queues = Handler.reports, Handler.hands, Handler.tabs
    return server, Probe(f"{url}/page.html", f"{url}/tab.html", *queues, Handler.seen)


def _stop(server: ThreadingHTTPServer) -> None:
    server.shutdown()
    server.socket.close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    reports: SimpleQueue[dict[str, Any]]
    hands: SimpleQueue[dict[str, Any]]
    tabs: SimpleQueue[dict[str, Any]]
    seen: dict[str, dict[str, str]]
    more: Mapping[str, bytes]

    def do_GET(self) -> None:
        path = urlsplit(self.path).path.lstrip("/")
        content = self._content(path)
        if path == "page.html" or path.startswith("echo/"):
            said = {name: value for name, value in self.headers.items() if name not in _OF_THE_CONNECTION}
            self.seen[path.removeprefix("echo/")] = {"names": ",".join(said), **said}
        kind = _KINDS.get(path.rpartition(".")[2], "text/plain")
        self._answer(content or b"", kind, 200 if content is not None else 404)

    def do_POST(self) -> None:
        content = self.rfile.read(min(int(self.headers["Content-Length"]), _MOST_BYTES))
        queues = {"/hand": self.hands, "/tabs": self.tabs}
        queues.get(self.path, self.reports).put(json.loads(content))
        self._answer(b"", "text/plain")

    def _content(self, path: str) -> bytes | None:
        if path.startswith("echo/"):
            return b""
        if path == "detectors.json":
            return json.dumps([name for name in self.more if "." not in name]).encode()
        folder, _, name = path.rpartition("/")
        if folder:
            return self.more.get(name, self.more.get(name.removesuffix(".js")))
        file = _FILES.joinpath(name)
        return file.read_bytes() if file.is_file() else None

    def _answer(self, content: bytes, kind: str, status: int = 200) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Cache-Control", "no-store")
        self.send_header("Accept-CH", _HINTS)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Stay silent."""
