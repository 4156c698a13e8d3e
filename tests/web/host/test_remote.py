"""A browser that somebody else started: used, and left running."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

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
from jackfield_web._account import Account

if TYPE_CHECKING:
    from playwright.async_api import Page

pytestmark = pytest.mark.anyio
RULES = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"


@pytest.fixture(scope="module")
def grid(browser: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Run a Playwright server with a browser; return its address."""
    config: Path = tmp_path_factory.mktemp("grid") / "config.json"
    config.write_text(json.dumps({"executablePath": browser, "headless": True, "args": [RULES]}))
    command = ["-m", "playwright", "launch-server", "--browser=chromium", f"--config={config}"]
    with subprocess.Popen([sys.executable, *command], stdout=subprocess.PIPE, text=True) as program:
        assert program.stdout is not None
        yield program.stdout.readline().strip()
        program.terminate()


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


@pytest.mark.parametrize("way", ["cdp_url", "server_url"])
async def test_sessions_in_a_remote_browser_do_not_see_each_other(
    way: str, pages: Any, request: pytest.FixtureRequest
) -> None:
    """Each session has the cookies that it was given and no others; none are left in the browser."""
    where = request.getfixturevalue("devtools" if way == "cdp_url" else "grid")
    settings = BrowserSettings(**{way: where})

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
    assert (await (await alice.session()).storage_state()).cookies == ()
    await alice.close()
    await bob.open("bob", a_login("bob"), None)
    await bob.close()


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


@pytest.mark.parametrize("way", ["cdp_url", "server_url"])
async def test_pages_of_a_remote_browser_stay_where_they_may_be(
    way: str, pages: Any, request: pytest.FixtureRequest
) -> None:
    """The list of origins holds in a browser that runs elsewhere, as nobody is there who could leave it."""
    where = request.getfixturevalue("devtools" if way == "cdp_url" else "grid")
    account = Account(WebOptions(**{way: where}), (pages.url.rstrip("/"),))
    pages.seen.clear()

    async with (await account.session()).page() as page:
        assert "You asked" in await page.call(source, pages.url + "form")
        with pytest.raises(NavigationRefused):
            await page.call(read, pages.elsewhere + "outside")
    await account.close()

    assert "/outside" not in pages.seen


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
