"""The z.ai room, and connections to it; one browser serves a whole module."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any, TypeAlias

import anyio
import pytest

from jackfield import Connection, ProviderContext, connect
from jackfield_playground import ZaiPlayground, ZaiSettings
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
    """Keep what outlasts a program in a folder of the test's own."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    return tmp_path / "jackfield"


@pytest.fixture
def zai() -> Iterator[ZaiPlayground]:
    """Return the room, where one is a guest until one signs in."""
    with ZaiPlayground(ZaiSettings(piece_seconds=0.005)).running() as zai:
        yield zai


@pytest.fixture(scope="session")
def browser() -> dict[str, Any]:
    """Return the options of a browser that reaches loopback only."""
    return {"browser": str(find_browser().path), "host_rules": LOOPBACK_ONLY}


@pytest.fixture(scope="module")
async def _browser_of_the_module(anyio_backend: str, browser: dict[str, Any]) -> AsyncIterator[None]:
    async with lend_host(WebOptions(**browser).browser_settings()):
        yield


@pytest.fixture
def connected(zai: ZaiPlayground, browser: dict[str, Any], _browser_of_the_module: None) -> Connect:
    """Return what opens a connection to the room; options go over the usual ones."""

    def open_connection(
        context: ProviderContext | None = None, *plugins: object, **options: Any
    ) -> AbstractAsyncContextManager[Connection]:
        usual = {"base_url": zai.base_url, "max_concurrency": 3, "max_retries": 0, "min_interval": 0}
        return connect("zai_web", {**usual, **browser, **options}, context, plugins=plugins)

    return open_connection


@pytest.fixture
def password(zai: ZaiPlayground) -> ProviderContext:
    """Return the context with the account's address and password."""
    settings = zai.state.settings
    return ProviderContext(
        "zai_web", "username_password", {"username": settings.email, "password": settings.password}
    )


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
