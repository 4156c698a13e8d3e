"""The stand-in of Claude's site, and connections to it; one browser serves a whole module."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any, TypeAlias

import anyio
import httpx
import pytest

from jackfield import Connection, ProviderContext, connect
from jackfield_playground import ClaudePlayground, ClaudeSettings
from jackfield_web import WebOptions, find_browser
from jackfield_web.browser import lend_host

Connect: TypeAlias = Callable[..., AbstractAsyncContextManager[Connection]]
LOOPBACK_ONLY = "MAP * ~NOTFOUND , EXCLUDE 127.0.0.1"


@pytest.fixture(scope="module", params=["asyncio", "trio"])
def anyio_backend(request: pytest.FixtureRequest) -> str:
    """Run a module's tests on one event loop, then on the other, so that they can share a browser."""
    backend: str = request.param
    return backend


@pytest.fixture(autouse=True)
def state_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Keep what outlasts a program, and what a user may drop in, in a folder of the test's own."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    return tmp_path / "jackfield"


@pytest.fixture(scope="session")
def editor() -> Path | None:
    """Return the script of another editor for the composer; `nox -s prosemirror` names one."""
    script = os.environ.get("JACKFIELD_TEST_EDITOR")
    return Path(script) if script else None


@pytest.fixture
def site(editor: Path | None) -> Iterator[ClaudePlayground]:
    """Return the stand-in, which writes fast and pauses for a second only."""
    settings = ClaudeSettings(piece_seconds=0.005, scenario_seconds=1, editor=editor)
    with ClaudePlayground(settings).running() as site:
        yield site


@pytest.fixture(scope="session")
def browser() -> dict[str, Any]:
    """Return the options of a browser that reaches loopback only."""
    return {"browser": str(find_browser().path), "host_rules": LOOPBACK_ONLY}


@pytest.fixture(scope="module")
async def _browser_of_the_module(anyio_backend: str, browser: dict[str, Any]) -> AsyncIterator[None]:
    async with lend_host(WebOptions(**browser).browser_settings()):
        yield


@pytest.fixture
def cookie(site: ClaudePlayground) -> ProviderContext:
    """Return the context with the session's bare key."""
    return ProviderContext("claude_web", "cookies", {"cookies": site.session_key})


@pytest.fixture
def connected(
    site: ClaudePlayground, cookie: ProviderContext, browser: dict[str, Any], _browser_of_the_module: None
) -> Connect:
    """Return what opens a connection to the stand-in, logged in by its cookie unless told otherwise."""

    def open_connection(
        context: ProviderContext | None = cookie, *plugins: object, **options: Any
    ) -> AbstractAsyncContextManager[Connection]:
        usual = {"base_url": site.base_url, "max_concurrency": 3, "max_retries": 0}
        return connect("claude_web", {**usual, **browser, **options}, context, plugins=plugins)

    return open_connection


@pytest.fixture
async def api(site: ClaudePlayground, anyio_backend: str) -> AsyncIterator[httpx.AsyncClient]:
    """Return a client of the stand-in's own API, with the session's cookie."""
    async with httpx.AsyncClient(
        base_url=f"{site.base_url}/api/organizations/{site.state.organization}",
        cookies={"sessionKey": site.session_key},
        timeout=30,
    ) as client:
        yield client


@pytest.fixture
def until() -> Callable[[Callable[[], object]], Any]:
    """Return what waits, twenty seconds at most, until something is so."""

    async def wait(so: Callable[[], object]) -> None:
        for _ in range(400):
            if so():
                return
            await anyio.sleep(0.05)
        pytest.fail("it did not come to be within twenty seconds")

    return wait
