"""What the tests of the web side share: a browser, a host opened once a module, and pages on loopback."""

from __future__ import annotations

import asyncio
import contextlib
import os
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AbstractContextManager
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import ClassVar
from urllib.parse import parse_qs, urlsplit

import anyio
import attrs
import pytest
from anyio.lowlevel import EventLoopToken, current_token
from blockbuster import BlockBuster

from jackfield_web import BrowserHost, BrowserSettings, PageHandle, find_browser

MARK = "JACKFIELD_TEST_MARK"
LOOPBACK_ONLY = "MAP * ~NOTFOUND , EXCLUDE 127.0.0.1 , EXCLUDE localhost"
FORM = """<!doctype html><title>A form</title>
<input id=question><button id=ask onclick="
    const answer = document.createElement('p');
    answer.id = 'answer';
    answer.textContent = 'You asked: ' + document.querySelector('#question').value;
    setTimeout(() => document.body.append(answer), 50)">Ask</button>"""


@pytest.fixture(scope="module", params=["asyncio", "trio"])
def anyio_backend(request: pytest.FixtureRequest) -> str:
    """Run a module's tests on one event loop, then on the other, so that they can share a host."""
    backend: str = request.param
    return backend


@pytest.fixture(autouse=True)
def _never_block_the_host(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fail an async test in which the web side's code blocks a loop, the test's own or the host's."""
    with contextlib.ExitStack() as stack:
        if "anyio_backend" in request.fixturenames:
            guard = BlockBuster("jackfield_web")
            guard.activate()
            stack.callback(guard.deactivate)
        yield


@pytest.fixture(scope="session")
def browser() -> str:
    """Return the path of a browser; without one, the tests that need it fail and say how to install one."""
    return str(find_browser().path)


@pytest.fixture(scope="session")
def browser_settings(browser: str) -> BrowserSettings:
    """Return settings for a browser that reaches loopback only."""
    return BrowserSettings(browser=browser, host_rules=LOOPBACK_ONLY)


@pytest.fixture(scope="module")
async def host(anyio_backend: str, browser_settings: BrowserSettings) -> AsyncIterator[BrowserHost]:
    """Return a browser host that the module's tests share."""
    async with BrowserHost(browser_settings) as host:
        yield host


@pytest.fixture
async def page(host: BrowserHost) -> AsyncIterator[PageHandle]:
    """Return an empty page of a session of its own."""
    async with host.session() as session, session.page() as page:
        yield page


@attrs.define(eq=False)
class Begun:
    """Lets a test wait for its own work on the host's loop to be under way; made on the test's loop."""

    _told: anyio.Event = attrs.field(factory=anyio.Event, init=False)
    _loop: EventLoopToken = attrs.field(factory=current_token, init=False)

    def tell(self) -> None:
        """Say it, from the host's loop."""
        self._loop.backend_class.run_sync_soon(self._told.set, (), self._loop.native_token)

    async def wait(self) -> None:
        """Wait for it, on the test's loop."""
        await self._told.wait()


@pytest.fixture
def begin() -> Callable[[], Begun]:
    """Return what makes a sign that work inside the host is under way."""
    return Begun


@attrs.define(eq=False)
class HostSteps:
    """Counts the steps of the hosts' loops, and acts at one of them.

    Attributes:
        done: How many were taken since the last `act_at`.
    """

    done: int = 0
    _wanted: int | None = None
    _act: Callable[[], None] | None = None

    def act_at(self, step: int | None, act: Callable[[], None] | None = None) -> None:
        """Begin to count anew; call *act*, on the host's loop, at *step*."""
        self.done, self._wanted, self._act = 0, step, act

    def take(self) -> None:
        """Count a step."""
        if self.done == self._wanted and self._act is not None:
            self._act()
        self.done += 1

    async def cancelled(self, step: int, work: Callable[[], Awaitable[object]]) -> bool:
        """Do *work* and cancel it at *step*; tell whether it was cancelled before it was done."""
        loop = current_token()
        with anyio.CancelScope() as scope:
            self.act_at(step, lambda: loop.backend_class.run_sync_soon(scope.cancel, (), loop.native_token))
            await work()
        self.act_at(None)
        return scope.cancelled_caught


@pytest.fixture
def host_steps(monkeypatch: pytest.MonkeyPatch) -> HostSteps:
    """Return what counts the steps of the loops that browser hosts run on."""
    steps, turn = HostSteps(), asyncio.BaseEventLoop._run_once  # type: ignore[attr-defined]

    def counted(loop: asyncio.BaseEventLoop) -> None:
        if threading.current_thread().name == "jackfield-browser":
            steps.take()
        turn(loop)

    monkeypatch.setattr(asyncio.BaseEventLoop, "_run_once", counted)
    return steps


@attrs.frozen
class LoopbackPages:
    """A server of small pages.

    Attributes:
        url: Its address, ending in a slash. `form`, `headers`, `cookies`, `login`, `hang`, `file` and
            `redirect?to=…` lie below it.
        seen: The paths that were asked for.
    """

    url: str
    seen: list[str]

    @property
    def elsewhere(self) -> str:
        """Return the same server under another host name: another origin."""
        return self.url.replace("127.0.0.1", "localhost")


class _Handler(BaseHTTPRequestHandler):
    seen: ClassVar[list[str]] = []
    closing: ClassVar[threading.Event] = threading.Event()

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        self.seen.append(parts.path)
        match parts.path:
            case "/redirect":
                self._answer(302, headers={"Location": parse_qs(parts.query)["to"][0]})
            case "/cookies":
                self._answer(200, self.headers.get("Cookie", ""))
            case "/headers":
                self._answer(200, str(self.headers))
            case "/login":
                self._answer(200, "in", {"Set-Cookie": "sid=s3cret-s3ssion; Max-Age=3600; HttpOnly"})
            case "/file":
                self._answer(200, "data", {"Content-Disposition": "attachment; filename=x.txt"})
            case "/hang":
                self.closing.wait(30)
            case _:
                self._answer(200, FORM)

    def _answer(self, status: int, body: str = "", headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        content = body.encode()
        for name, value in {"Content-Type": "text/html; charset=utf-8", **(headers or {})}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


@pytest.fixture(scope="session")
def pages(serving: Callable[..., AbstractContextManager[str]]) -> Iterator[LoopbackPages]:
    """Serve small pages on loopback."""
    with serving(_Handler) as address:
        yield LoopbackPages(f"{address}/", _Handler.seen)
        _Handler.closing.set()


@attrs.frozen
class MarkedProcesses:
    """The processes that carry this test's mark in their environment, so that nobody else's are counted."""

    mark: str

    def pids(self) -> set[int]:
        """Return the living ones."""
        wanted = f"{MARK}={self.mark}".encode()
        found = set()
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                environment = (folder / "environ").read_bytes()
            except OSError:
                continue
            if wanted in environment.split(b"\0") and folder.name != str(os.getpid()):
                found.add(int(folder.name))
        return found

    def named(self, word: str) -> set[int]:
        """Return those with *word* in their command line and no parent among those with it: the roots."""
        found = {pid for pid in self.pids() if word in self._command(pid)}
        return {pid for pid in found if self._parent(pid) not in found}

    async def gone(self) -> set[int]:
        """Return what is left when nothing is left, or after twenty seconds."""
        for _ in range(200):
            left = await anyio.to_thread.run_sync(self.pids)
            if not left:
                break
            await anyio.sleep(0.1)
        return left

    def _command(self, pid: int) -> str:
        try:
            return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            return ""

    def _parent(self, pid: int) -> int:
        try:
            return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
        except OSError:
            return 0


@pytest.fixture
def processes(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> MarkedProcesses:
    """Mark every process that starts during the test."""
    mark = f"{os.getpid()}-{abs(hash(request.node.nodeid))}"
    monkeypatch.setenv(MARK, mark)
    return MarkedProcesses(mark)


@pytest.fixture
def open_descriptors() -> Callable[[], int]:
    """Return what counts this process's open file descriptors."""
    return lambda: len(list(Path("/proc/self/fd").iterdir()))
