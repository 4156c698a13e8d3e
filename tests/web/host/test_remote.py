"""A browser that somebody else started: used, and left running."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socketserver
import subprocess
import sys
import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import anyio
import anyio.abc
import attrs
import pytest

from jackfield import Certainty, Secret
from jackfield_web import (
    BrowserHost,
    BrowserSettings,
    Cookie,
    LaunchFailed,
    NavigationRefused,
    ProfileInUse,
    StorageState,
    WebOptions,
)
from jackfield_web.browser._remote import refused_remote, shown_remote
from jackfield_web.provider._account import Account

if TYPE_CHECKING:
    from playwright.async_api import Page

pytestmark = [pytest.mark.anyio, pytest.mark.browser]
RULES = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"


@pytest.fixture(scope="module")
def grid(browser: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Run a Playwright server with a browser; return its address."""
    config: Path = tmp_path_factory.mktemp("grid") / "config.json"
    config.write_text(json.dumps({"executablePath": browser, "headless": True, "args": [RULES]}))
    command = ["-m", "playwright", "launch-server", "--browser=chromium", f"--config={config}"]
    launch = partial(subprocess.Popen, stdout=subprocess.PIPE, text=True, start_new_session=True)
    with launch([sys.executable, *command]) as program:
        assert program.stdout is not None
        yield program.stdout.readline().strip()
        # The server and its browser are other programs, which do not end with the one that was started.
        os.killpg(program.pid, signal.SIGTERM)


@pytest.fixture(params=["cdp_url", "server_url"])
def remote(request: pytest.FixtureRequest) -> dict[str, str]:
    """Return the option that names a running browser, and its address."""
    where = request.getfixturevalue("devtools" if request.param == "cdp_url" else "grid")
    return {request.param: where}


@pytest.fixture(autouse=True)
def _state_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))


async def read(page: Page, url: str) -> str:
    await page.goto(url)
    return await page.inner_text("body")


async def visit(settings: BrowserSettings, url: str) -> str:
    host = BrowserHost(settings)
    async with host, host.session() as session, session.page() as page:
        return await page.call(read, url)


def a_login(who: str) -> StorageState:
    return StorageState((Cookie(name="who", value=Secret(who), domain="127.0.0.1"),))


async def test_a_browser_that_is_attached_to(devtools: str, pages: Any) -> None:
    """Its own profile is used; after the block its browser runs on with what we did not open."""
    settings = BrowserSettings(engine="attach", cdp_url=devtools)

    assert await visit(settings, pages.url + "login") == "in"
    assert await visit(settings, pages.url + "cookies") == "sid=s3cret-s3ssion"


async def test_sessions_in_a_remote_browser_do_not_see_each_other(remote: dict[str, Any], pages: Any) -> None:
    """Each session has the cookies that it was given and no others; none are left in the browser."""
    settings = BrowserSettings(**remote)

    async with BrowserHost(settings) as host:
        before = await host.call(contexts, host)
        async with (
            host.session(a_login("alice")) as alice,
            host.session(a_login("bob")) as bob,
            alice.page() as hers,
            bob.page() as his,
        ):
            assert await hers.call(read, pages.url + "cookies") == "who=alice"
            assert await his.call(read, pages.url + "cookies") == "who=bob"
            assert await hers.call(read, pages.url + "login") == "in"
            assert await his.call(read, pages.url + "cookies") == "who=bob"
        assert await host.call(contexts, host) == before


async def contexts(host: BrowserHost) -> int:
    """Count the contexts of the host's browser."""
    return len((await host._inside.life()).browser.contexts)


async def test_a_browser_s_own_cookies_are_one_account_s(devtools: str) -> None:
    """The second account that would attach is refused and told what to do; it may when the first has left."""
    options = WebOptions(engine="attach", cdp_url=devtools)
    alice, bob = (Account(attrs.evolve(options, session=name)) for name in ("alice", "bob"))
    await alice.session()

    with pytest.raises(ProfileInUse, match="another account") as caught:
        await bob.open("bob", a_login("bob"), None)

    assert caught.value.pid == os.getpid()
    assert "--user-data-dir" in str(caught.value)
    assert caught.value.certainty is Certainty.NOT_SENT
    kept = await (await alice.session()).storage_state()
    assert "who" not in [cookie.name for cookie in kept.cookies]
    await alice.close()
    await bob.open("bob", a_login("bob"), None)
    await (await bob.session()).forget_login(["http://127.0.0.1"])
    await bob.close()


async def test_a_dialog_that_keeps_a_browser_silent_is_thought_of(
    devtools: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While a person has one open in a tab nobody else can connect, and the error says what to do."""

    async def ask_the_person(page: Page) -> None:
        async with page.expect_event("dialog"):
            await page.evaluate("setTimeout(() => alert('for the person'))")

    settings = BrowserSettings(engine="attach", cdp_url=devtools)
    async with BrowserHost(settings) as host, host.session() as session, session.page() as page:
        await page.call(ask_the_person)
        monkeypatch.setattr("jackfield_web.browser._launch.START_SECONDS", 3.0)
        with pytest.raises(LaunchFailed, match="A dialog that is open in one of its tabs"):
            async with BrowserHost(settings):
                pass


@pytest.mark.parametrize(
    ("said", "is_attended"),
    [
        ({"cdp_url": "http://127.0.0.1:1"}, False),
        ({"server_url": "ws://127.0.0.1:1"}, False),
        ({"cdp_url": "http://127.0.0.1:1", "attended": True}, True),
        ({"cdp_url": "http://127.0.0.1:1", "engine": "attach"}, True),
        ({"cdp_url": "http://127.0.0.1:1", "engine": "attach", "attended": False}, False),
        ({"show": True}, True),
        ({}, False),
    ],
)
def test_somebody_is_there_where_somebody_can_be(said: dict[str, Any], is_attended: bool) -> None:
    """Nobody sits before a browser that runs elsewhere, unless it is said."""
    assert WebOptions(**said).is_attended is is_attended


async def test_pages_of_a_remote_browser_stay_where_they_may_be(remote: dict[str, Any], pages: Any) -> None:
    """The list of origins holds in a browser that runs elsewhere, as nobody is there who could leave it."""
    account = Account(WebOptions(**remote), (pages.url.rstrip("/"),))
    pages.seen.clear()

    async with (await account.session()).page() as page:
        assert "You asked" in await page.call(source, pages.url + "form")
        with pytest.raises(NavigationRefused):
            await page.call(read, pages.elsewhere + "outside")
    await account.close()

    assert "/outside" not in pages.seen


@pytest.fixture(params=["profile", "cdp_url", "server_url"])
def anywhere(
    request: pytest.FixtureRequest, browser_settings: BrowserSettings, tmp_path: Path
) -> BrowserSettings:
    """Return the settings of a browser with a profile of its own, and of those that run elsewhere."""
    if request.param == "profile":
        return attrs.evolve(browser_settings, profile=tmp_path / "profile")
    where = request.getfixturevalue("devtools" if request.param == "cdp_url" else "grid")
    return BrowserSettings(**{request.param: where})


async def open_window_outside(page: Page, url: str) -> None:
    async with page.expect_popup() as opened:
        await page.evaluate("url => { window.open(url) }", url)
    window = await opened.value
    while not window.is_closed():
        await page.wait_for_timeout(20)


async def leave(page: Page, url: str) -> str:
    await page.evaluate("url => { location.href = url }", url)
    # The next document is asked for after it: by then the browser has judged the one before.
    await page.evaluate("() => fetch('/form').then(answer => answer.text())")
    return page.url


async def test_no_page_leaves_wherever_the_browser_runs(anywhere: BrowserSettings, pages: Any) -> None:
    """A visit, a script, a redirect and a new window are stopped before the other server is asked."""
    pages.seen.clear()
    host = BrowserHost(anywhere)
    async with host, host.session(origins=[pages.url]) as session, session.page() as page:
        assert "You asked" in await page.call(source, pages.url + "form")
        with pytest.raises(NavigationRefused):
            await page.call(read, pages.elsewhere + "outside-by-visit")
        with pytest.raises(NavigationRefused):
            await page.call(read, f"{pages.url}redirect?to={pages.elsewhere}outside-by-redirect")
        assert await page.call(leave, pages.elsewhere + "outside-by-script") == pages.url + "form"
        with anyio.fail_after(120):
            await page.call(open_window_outside, pages.elsewhere + "outside-by-window")
            await page.call(open_window_outside, f"{pages.url}redirect?to={pages.elsewhere}outside-by-turn")

    assert not [path for path in pages.seen if path.startswith("/outside")]


async def source(page: Page, url: str) -> str:
    await page.goto(url)
    return await page.content()


async def test_a_browser_at_a_playwright_server(grid: str, pages: Any) -> None:
    """A session with a login of its own runs there."""
    host = BrowserHost(BrowserSettings(server_url=grid))
    async with host, host.session(a_login("there")) as session, session.page() as page:
        assert await page.call(read, pages.url + "cookies") == "who=there"


@pytest.mark.parametrize("way", ["cdp_url", "server_url"])
async def test_nobody_at_the_address(way: str) -> None:
    """An address where no browser answers is told without what is secret in it."""
    scheme = "http" if way == "cdp_url" else "ws"
    settings = BrowserSettings(**{way: f"{scheme}://user:pass@127.0.0.1:1/?token=s3cret"})  # type: ignore[arg-type]

    with pytest.raises(LaunchFailed, match="no browser answers at") as caught:
        async with BrowserHost(settings):
            pass

    assert "s3cret" not in str(caught.value) + repr(settings)
    assert "pass" not in str(caught.value)


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("http://user:s3cret#x9@127.0.0.1:9/", "(an address that is none)"),
        ("wss://user:s3cret?x9@127.0.0.1:9/", "(an address that is none)"),
        ("ws://user:s3cret/x9@127.0.0.1:9/", "(an address that is none)"),
        ("s3cret", "(an address that is none)"),
        ("s3cret:9222", "(an address that is none)"),
        ("WS:\\\\user:s3cret@Grid.example:4444\\s3cret", "ws://grid.example:4444"),
        ("https://[::1]:9222/s3cret?s3cret", "https://[::1]:9222"),
    ],
)
def test_no_part_of_a_secret_is_shown(address: str, shown: str) -> None:
    """A key with a character that ends a host is read as a browser reads it, and not taken for the host."""
    assert shown_remote(address) == shown
    said = refused_remote(f"Invalid URL: {address}", address)
    assert "s3cret" not in str(said)


ANSWERS = {
    "/a-path-s3cret/none": b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n",
    "/a-path-s3cret/key": b"HTTP/1.1 401 Unauthorized\r\nX-Key: s3cret\r\nContent-Length: 0\r\n\r\n",
    "/a-path-s3cret/page": b"HTTP/1.1 200 OK\r\nContent-Length: 13\r\n\r\n<html></html>",
    "/a-path-s3cret/old": b"HTTP/1.1 428 Precondition Required\r\n\r\n"
    b"Playwright version mismatch:\n  - server version: v1.60\n  - client version: v1.64\n",
}


class _Refusing(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        """Answer as ANSWERS says for the path."""
        asked = self.rfile.readline().decode().split()[1]
        while self.rfile.readline().strip():
            pass
        self.wfile.write(next(answer for path, answer in ANSWERS.items() if asked.startswith(path)))


@pytest.fixture(scope="module")
def refusing() -> Iterator[str]:
    """Run a server that lets nobody in; return its host and port."""
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), _Refusing) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        yield f"127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


@pytest.mark.parametrize(
    ("option", "scheme", "path", "told"),
    [
        ("cdp_url", "http", "none", r"has no browser at this path \(HTTP 404\)"),
        ("cdp_url", "http", "key", r"wants credentials \(HTTP 401\)"),
        ("cdp_url", "http", "page", "what answers is no browser"),
        ("server_url", "ws", "page", r"what answers is no browser \(HTTP 200\)"),
        ("cdp_url", "ws", "page", r"what answers is no browser \(HTTP 200\)"),
        ("server_url", "ws", "key", r"wants credentials \(HTTP 401\)"),
        ("server_url", "ws", "old", r"another version of Playwright \(server 1\.60, client 1\.64\)"),
    ],
)
async def test_a_refusal_says_what_was_found(
    refusing: str, option: str, scheme: str, path: str, told: str
) -> None:
    """A wrong path, a wrong key and a wrong version are told apart; path, query and headers are not told."""
    address = f"{scheme}://user:s3cret@{refusing}/a-path-s3cret/{path}?token=s3cret"

    with pytest.raises(LaunchFailed, match=told) as caught:
        async with BrowserHost(BrowserSettings(**{option: address})):  # type: ignore[arg-type]
            pass

    assert refusing in str(caught.value)
    assert caught.value.certainty is Certainty.NOT_SENT
    assert "s3cret" not in str(caught.value) + repr(caught.value.__cause__)


@pytest.mark.timeout(60)
@pytest.mark.parametrize(("way", "scheme"), [("cdp_url", "http"), ("server_url", "ws")])
async def test_nobody_waits_for_a_browser_that_says_nothing(
    way: str, scheme: str, monkeypatch: pytest.MonkeyPatch, processes: Any
) -> None:
    """Who is cancelled comes back however long it may say nothing; no connection and no process is left."""
    monkeypatch.setattr("jackfield_web.browser._launch.START_SECONDS", 3600.0)
    caller, ended = anyio.CancelScope(), anyio.Event()

    async def say_nothing(stream: anyio.abc.ByteStream) -> None:
        caller.cancel()
        async with stream:
            with contextlib.suppress(anyio.EndOfStream, anyio.BrokenResourceError):
                while True:
                    await stream.receive()
        ended.set()

    async with (
        await anyio.create_tcp_listener(local_host="127.0.0.1") as listener,
        anyio.create_task_group() as tasks,
    ):
        tasks.start_soon(listener.serve, say_nothing)
        port = listener.extra(anyio.abc.SocketAttribute.local_port)
        with caller:
            await visit(BrowserSettings(**{way: f"{scheme}://127.0.0.1:{port}"}), "about:blank")  # type: ignore[arg-type]
        await ended.wait()
        tasks.cancel_scope.cancel()

    assert caller.cancelled_caught
    assert await processes.gone() == set()
