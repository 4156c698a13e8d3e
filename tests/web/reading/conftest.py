"""A chat page on loopback and a browser that is opened once a module.

What is tested here lives in the browser host's asyncio loop and has the engine's own pages. So these tests
run on asyncio and on nothing else; callers on other loops come through the host's bridge, which has tests of
its own.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any, TypeAlias

import attrs
import pytest
import uvicorn
from playwright.async_api import Browser, async_playwright
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from jackfield import Accumulator, StreamEvent
from jackfield_web.browser import teach_seeing
from jackfield_web.reading import PageReader, Reply, Submission, submit
from jackfield_web.site import Site, build_site

PAGE = (Path(__file__).parent / "chat.html").read_text("utf-8")
LOOPBACK_ONLY = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost"
RULES = [
    {"text": "text"},
    {"text": "all", "mode": "snapshot"},
    {"when": {"done": True}, "done": True},
    {"error": "error"},
]
SITE: Mapping[str, Any] = {
    "name": "chat",
    "version": "2026-11-23",
    "addresses": {"conversation": "{base_url}/chat/(?P<id>[a-z0-9]+)"},
    "selectors": {
        "chat_input": "#composer",
        "send_button": "#send",
        "stop_button": "#stop",
        "response_area": ".bot .text",
        "user_turn": ".user .text",
        "finished": ".bar",
        "copy_button": ".copy",
        "ignore": ".banner",
    },
    "wires": [
        {"url": "/answer$", "method": "POST", "kind": "fetch-sse", "rules": RULES},
        {"url": "/socket$", "kind": "websocket", "rules": RULES},
    ],
    "timing": {"first_token": 60, "idle": 60, "composer": 5, "submit": 3, "settle": 0.4, "wire_grace": 0.5},
}

Heard: TypeAlias = Callable[[StreamEvent], None]


@pytest.fixture(scope="module", params=["asyncio"])
def anyio_backend(request: pytest.FixtureRequest) -> str:
    """Run on the loop that the host has, and on no other."""
    backend: str = request.param
    return backend


@attrs.define(eq=False)
class Polled:
    """Socket.IO at the chat's remote: by requests, until a message is `None`, and then by a socket."""

    chat: Chat
    _asked: asyncio.Event = attrs.field(factory=asyncio.Event, init=False)
    _packets: AsyncIterator[str] = attrs.field(init=False)

    async def poll(self, request: Request) -> Response:
        """Answer a request for the next packet, or one that brings a message."""
        if request.method == "POST":
            self._packets = self._said()
            self._asked.set()
            return PlainTextResponse("ok")
        await self._asked.wait()
        return PlainTextResponse(await anext(self._packets))

    async def socket(self, socket: WebSocket) -> None:
        """Go on by a socket."""
        await socket.accept()
        with contextlib.suppress(WebSocketDisconnect):
            assert await socket.receive_text() == "2probe"
            await socket.send_text("3probe")
            assert await socket.receive_text() == "5"
            async for packet in self._packets:
                await socket.send_text(packet)
            await socket.receive_text()

    async def _said(self) -> AsyncIterator[str]:
        async for message in self.chat.script():
            yield "6" if message == "null" else f'42["said",{message}]'


@attrs.define(eq=False)
class Chat:
    """The remote behind the page.

    Attributes:
        url: Its address.
        messages: What it sends for one message: what is no event and no number of seconds to wait for.
            Unless a test says otherwise, an answer of one letter.
        status: The HTTP status of its answers.
        cut: Whether its answers break off instead of ending.
        received: What the page sent: the text, and the names on its `window` that are not its own.
        left: Set when a client left before its answer was over.
        polled: Its other way to answer.
    """

    url: str = ""
    messages: list[Any] = attrs.field(factory=lambda: [{"text": "a"}, {"done": True}])
    status: int = 200
    cut: bool = False
    received: list[dict[str, Any]] = attrs.field(factory=list)
    left: asyncio.Event = attrs.field(factory=asyncio.Event)
    polled: Polled = attrs.field(default=attrs.Factory(Polled, takes_self=True))

    @property
    def texts(self) -> list[str]:
        """What was said to it."""
        return [message["text"] for message in self.received]

    async def script(self) -> AsyncIterator[str]:
        """Yield the messages at their time."""
        for message in self.messages:
            if isinstance(message, asyncio.Event):
                await message.wait()
            elif isinstance(message, int | float):
                await asyncio.sleep(message)
            else:
                yield json.dumps(message)

    async def answer(self, request: Request) -> Response:
        """Answer a message with server-sent events."""
        self.received.append(await request.json())
        if self.status != 200:
            return PlainTextResponse("no", self.status)
        return StreamingResponse(self._events(), media_type="text/event-stream")

    async def _events(self) -> AsyncIterator[str]:
        try:
            async for message in self.script():
                yield f"data: {message}\n\n"
        except asyncio.CancelledError:
            self.left.set()
            raise
        if self.cut:
            raise ConnectionResetError

    async def socket(self, socket: WebSocket) -> None:
        """Answer messages on a socket."""
        await socket.accept()
        with contextlib.suppress(WebSocketDisconnect):
            while True:
                self.received.append(await socket.receive_json())
                async for message in self.script():
                    await socket.send_text(message)


class _Server(uvicorn.Server):
    """uvicorn on the test's loop; Ctrl-C stays pytest's."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.up = asyncio.Event()

    async def startup(self, sockets: Any = None) -> None:
        await super().startup(sockets)
        self.up.set()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


async def _page(_: Request) -> Response:
    return HTMLResponse(PAGE)


@pytest.fixture(scope="module")
async def chat_server(anyio_backend: str) -> AsyncIterator[dict[str, Chat]]:
    """Serve the page on the test's own loop, so that a test can hold back what the page receives."""
    serving: dict[str, Chat] = {}

    async def answer(request: Request) -> Response:
        return await serving["chat"].answer(request)

    async def socket(socket: WebSocket) -> None:
        await serving["chat"].socket(socket)

    async def poll(request: Request) -> Response:
        return await serving["chat"].polled.poll(request)

    async def polled(socket: WebSocket) -> None:
        await serving["chat"].polled.socket(socket)

    routes = [
        Route("/socket.io/", poll, methods=["GET", "POST"]),
        WebSocketRoute("/socket.io/", polled),
        Route("/answer", answer, methods=["POST"]),
        Route("/plain", answer, methods=["POST"]),
        WebSocketRoute("/socket", socket),
        Route("/{path:path}", _page),
    ]
    config = uvicorn.Config(
        Starlette(routes=routes), port=0, log_config=None, ws="wsproto", timeout_graceful_shutdown=1
    )
    server = _Server(config)
    task = asyncio.ensure_future(server.serve())
    await server.up.wait()
    serving["chat"] = Chat(f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}")
    yield serving
    server.should_exit = True
    await task


@pytest.fixture
def chat(chat_server: dict[str, Chat]) -> Chat:
    """Return the remote, to which nothing was said yet."""
    chat_server["chat"] = Chat(chat_server["chat"].url)
    return chat_server["chat"]


@pytest.fixture(scope="module")
async def chromium(anyio_backend: str, browser: str) -> AsyncIterator[Browser]:
    """Open a browser that reaches nothing but this machine."""
    async with async_playwright() as playwright:
        await teach_seeing(playwright)
        opened = await playwright.chromium.launch(executable_path=browser, args=[LOOPBACK_ONLY])
        yield opened
        await opened.close()


@attrs.define(eq=False)
class Talk:
    """A page that is open, and what is read from it.

    Attributes:
        reader: The reader of the page.
        events: The events of the last answer.
        submission: What became of the last message.
    """

    reader: PageReader
    events: list[StreamEvent] = attrs.field(factory=list)
    submission: Submission | None = None

    @property
    def site(self) -> Site:
        """What the page is like."""
        return self.reader.site

    async def say(self, text: str, heard: Heard = lambda _: None) -> Accumulator:
        """Send a message and read its answer to the end; *heard* is told each event."""
        async with self.reader.reply(text) as reply:
            self.submission = await submit(reply)
            return await self.read(reply, heard)

    async def read(self, reply: Reply, heard: Heard = lambda _: None) -> Accumulator:
        """Read an answer to the end."""
        self.events, folded = [], Accumulator()
        async for event in reply:
            self.events.append(event)
            folded.add(event)
            heard(event)
        return folded


Open: TypeAlias = Callable[..., AbstractAsyncContextManager[Talk]]


@pytest.fixture
def opened(chromium: Browser, chat: Chat) -> Open:
    """Return what opens the chat page at an address with a Site that differs in some fields."""

    @asynccontextmanager
    async def open_page(address: str = "/", **changes: Any) -> AsyncIterator[Talk]:
        site = build_site({**SITE, "base_url": chat.url}, changes)
        context = await chromium.new_context()
        page = await context.new_page()
        async with PageReader(page, site) as reader:
            await page.goto(chat.url + address)
            yield Talk(reader)
        await context.close()

    return open_page


@pytest.fixture
def only() -> Callable[[str], dict[str, Any]]:
    """Return what restricts a Site to one way of reading."""
    return lambda way: {"reading": {"ways": [way]}}
