"""A browser that somebody else started: used, and left running."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from jackfield import Secret
from jackfield_web import BrowserHost, BrowserSettings, Cookie, LaunchFailed, StorageState

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
    launch = partial(subprocess.Popen, stdout=subprocess.PIPE, text=True, start_new_session=True)
    with launch([sys.executable, *command]) as program:
        assert program.stdout is not None
        yield program.stdout.readline().strip()
        # The server and its browser are other programs, which do not end with the one that was started.
        os.killpg(program.pid, signal.SIGTERM)


async def read(page: Page, url: str) -> str:
    await page.goto(url)
    return await page.inner_text("body")


async def test_a_browser_at_a_devtools_address(devtools: str, pages: Any) -> None:
    """Its own profile is used; after the block its browser runs on with what we did not open."""

    async def visit(path: str) -> str:
        host = BrowserHost(BrowserSettings(cdp_url=devtools))
        async with host, host.session() as session, session.page() as page:
            return await page.call(read, pages.url + path)

    assert await visit("login") == "in"
    assert await visit("cookies") == "sid=s3cret-s3ssion"


async def test_a_browser_at_a_playwright_server(grid: str, pages: Any) -> None:
    """A session with a login of its own runs there."""
    login = StorageState((Cookie(name="sid", value=Secret("there"), domain="127.0.0.1"),))

    host = BrowserHost(BrowserSettings(server_url=grid))
    async with host, host.session(login) as session, session.page() as page:
        assert await page.call(read, pages.url + "cookies") == "sid=there"


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
