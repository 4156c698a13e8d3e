"""A chat page of the playground, and connections to it; one browser serves a whole module."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any, TypeAlias

import anyio
import pytest

from jackfield import Connection, ProviderContext, connect
from jackfield_playground import WebChatPlayground, WebChatSettings
from jackfield_web import BrowserError, BrowserSettings, WebOptions
from jackfield_web.browser import lend_host

Connect: TypeAlias = Callable[..., AbstractAsyncContextManager[Connection]]


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
