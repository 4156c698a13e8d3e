"""A chat page of the playground, and connections to it; one browser serves a whole module."""

from __future__ import annotations

import contextlib
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any, TypeAlias

import anyio
import attrs
import pytest

from jackfield import Connection, ProviderContext, connect
from jackfield_playground import WebChatPlayground, WebChatSettings
from jackfield_web import BrowserError, BrowserSettings, WebOptions
from jackfield_web.browser import lend_host

Connect: TypeAlias = Callable[..., AbstractAsyncContextManager[Connection]]
PAGE = """<!doctype html><meta charset=utf-8><title>Small</title>
<div id=list></div><textarea id=in></textarea><button id=go>Send</button>
<button id=stop hidden>Stop</button><button id=more hidden>Continue</button>
<script>
const list = document.querySelector("#list"), field = document.querySelector("#in");
const [stop, more] = ["#stop", "#more"].map((css) => document.querySelector(css));
const add = (name, text, where = list) => {
  const made = document.createElement("div");
  made.className = name;
  made.textContent = text;
  where.append(made);
  return made;
};
const wait = (ms) => new Promise((done) => setTimeout(done, ms));
const works = (does) => { stop.hidden = !does; };
const ask = async (body) => {
  const response = await fetch("/say", { method: "POST", body });
  return { status: response.status, text: await response.text() };
};
const pieces = (text) => text.split("data: ").slice(1).map((one) => JSON.parse(one).text || "");
const pressed = () => new Promise((done) => {
  more.hidden = false;
  more.onclick = () => { more.hidden = true; done(); };
});
const answer = async (text) => { SCRIPT };
document.querySelector("#go").onclick = async () => {
  const text = field.value;
  field.value = "";
  add("user", text);
  works(true);
  await answer(text);
  works(false);
};
SETUP
</script>"""


@pytest.fixture(autouse=True)
def state_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Keep what outlasts a program in a folder of the test's own."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    return tmp_path / "jackfield"


@pytest.fixture
def chat() -> Iterator[WebChatPlayground]:
    """Return a chat page whose answers wait after three pieces, once `hold_after` is set."""
    with WebChatPlayground(WebChatSettings(piece_seconds=0.005)).running() as chat:
        yield chat


@pytest.fixture(scope="module")
async def _browser_of_the_module(
    anyio_backend: str, browser_settings: BrowserSettings
) -> AsyncIterator[None]:
    settings = browser_settings
    options = WebOptions(browser=settings.browser, host_rules=settings.host_rules)
    async with lend_host(options.browser_settings()):
        yield


@pytest.fixture
def connected(
    chat: WebChatPlayground, browser_settings: BrowserSettings, _browser_of_the_module: None
) -> Connect:
    """Return what opens a connection to the chat page; options go over the usual ones."""

    def open_connection(
        context: ProviderContext | None = None, *plugins: object, **options: Any
    ) -> AbstractAsyncContextManager[Connection]:
        usual = {
            "site": chat.site,
            "browser": browser_settings.browser,
            "host_rules": browser_settings.host_rules,
            "max_concurrency": 3,
            "max_retries": 0,
            "min_interval": 0.0,
            "site_overrides": {"timing": {"composer": 5}},
        }
        return connect("custom_web", {**usual, **options}, context, plugins=plugins)

    return open_connection


@pytest.fixture
def password(chat: WebChatPlayground) -> ProviderContext:
    """Return the context with the page's name and password."""
    settings = chat.state.settings
    return ProviderContext(
        "custom_web", "username_password", {"username": settings.username, "password": settings.password}
    )


@pytest.fixture
def until() -> Callable[[Callable[[], object]], Any]:
    """Return what waits, ten seconds at most, until something is so."""

    async def wait(so: Callable[[], object]) -> None:
        for _ in range(200):
            if so():
                return
            await anyio.sleep(0.05)
        pytest.fail("it did not come to be within ten seconds")

    return wait


@pytest.fixture
def crash_pages() -> Callable[[Connection], Any]:
    """Return what ends the process of every page that a connection has open."""

    async def crash(page: Any) -> None:
        await page.goto("chrome://crash")

    async def crash_all(connection: Any) -> None:
        for tab in connection._provider._tabs._tabs:
            with contextlib.suppress(BrowserError):
                await tab.page.call(crash)

    return crash_all


@attrs.define(eq=False)
class Small:
    """A small chat page, and its remote.

    Attributes:
        url: Its address.
        script: JavaScript: what the page does for an answer to `text`.
        setup: JavaScript: what it does as soon as it is there.
        status: What the page itself is answered with; an error comes in its place.
        sorry: What that error shows.
        kind: The type that the page itself has.
        replies: Status and body of what the remote answers, one by one; the last for good. A 303 has for its
            body where it leads, by default to what is refused.
        reply_kind: The type that they have.
        late: Seconds until the last of the replies comes.
        unstored: Seconds between what it answers and its end, where nobody may store it or knows its length.
        missing: The bytes of each answer that do not come: it breaks off.
        missing_once: Whether that is so of the first one alone.
        scripts: JavaScript that it has at paths of their own.
        shown: How often the page was asked for.
        asked: The bodies that the remote got.
    """

    url: str = ""
    script: str = ""
    setup: str = ""
    status: int = 200
    sorry: str = "<h1>Sorry</h1>"
    kind: str = "text/html"
    replies: list[tuple[int, str]] = attrs.field(factory=lambda: [(200, "")])
    reply_kind: str = "text/event-stream"
    late: float = 0.0
    unstored: float = 0.0
    missing: int = 0
    missing_once: bool = False
    scripts: dict[str, str] = attrs.field(factory=dict)
    shown: int = 0
    asked: list[str] = attrs.field(factory=list)

    def handler(self) -> type[BaseHTTPRequestHandler]:
        """Return what serves it."""
        small = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                if self.path in small.scripts:
                    self.answer(200, small.scripts[self.path], "text/javascript")
                    return
                small.shown += 1
                page = PAGE.replace("SCRIPT", small.script).replace("SETUP", small.setup)
                is_there = small.status == 200
                status = 429 if self.path == "/refused" else small.status
                self.answer(status, page if is_there else small.sorry, small.kind)

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"] or 0))
                small.asked.append(body.decode("utf-8", "replace"))
                is_last = len(small.replies) == 1
                reply = small.replies[0] if is_last else small.replies.pop(0)
                time.sleep(small.late if is_last else 0)
                missing = small.missing
                small.missing = 0 if small.missing_once else missing
                self.answer(*reply, small.reply_kind, missing=missing)

            def answer(self, status: int, body: str, kind: str, *, missing: int = 0) -> None:
                self.send_response(status)
                self.send_header("Content-Type", kind)
                if status == 303:
                    self.send_header("Location", body or "/refused")
                is_unstored = small.unstored and self.command == "POST"
                length = "Content-Length", str(len(body.encode()) + missing)
                self.send_header(*(("Cache-Control", "no-store") if is_unstored else length))
                self.end_headers()
                self.wfile.write(body.encode())
                time.sleep(small.unstored if is_unstored else 0)
                self.close_connection |= bool(missing)

        return Handler


@pytest.fixture
def small(serving: Callable[..., AbstractContextManager[str]]) -> Iterator[Small]:
    """Serve a small page on loopback."""
    small = Small()
    with serving(small.handler()) as small.url:
        yield small


@pytest.fixture
def talking(small: Small, browser_settings: BrowserSettings, _browser_of_the_module: None) -> Connect:
    """Return what opens a connection to the small page; selectors go over the usual ones."""

    def open_connection(
        selectors: dict[str, Any] | None = None,
        context: ProviderContext | None = None,
        *,
        at_once: int = 1,
        options: dict[str, Any] | None = None,
        **more: Any,
    ) -> AbstractAsyncContextManager[Connection]:
        site = {
            "name": "small",
            "version": "2026-11-26",
            "base_url": small.url,
            "selectors": {
                "chat_input": "#in",
                "send_button": "#go",
                "response_area": ".bot",
                "user_turn": ".user",
                "stop_button": "#stop",
                **(selectors or {}),
            },
            "timing": {"first_token": 240, "idle": 240, "settle": 0.4, "wire_grace": 0.5},
            **more,
        }
        browser = {"browser": browser_settings.browser, "host_rules": browser_settings.host_rules}
        limits = {"max_retries": 0, "min_interval": 0.0, "timeout": 240, "max_concurrency": at_once}
        return connect("custom_web", {"site": site, **browser, **limits, **(options or {})}, context)

    return open_connection
