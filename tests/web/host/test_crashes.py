"""What dies is noticed at once by those who wait, by its own name, and the next use starts anew."""

from __future__ import annotations

import asyncio
import os
import signal
from typing import TYPE_CHECKING, Any

import anyio
import attrs
import pytest

from jackfield import Secret
from jackfield_web import (
    BrowserCrashed,
    BrowserHost,
    BrowserSession,
    BrowserSettings,
    Cookie,
    PageHandle,
    StorageState,
)

if TYPE_CHECKING:
    from playwright.async_api import Page

DRIVER, BROWSER = "run-driver", "--no-first-run"
LOGIN = StorageState((Cookie(name="sid", value=Secret("kept"), domain="127.0.0.1"),))


async def hang(page: Page, begun: Any = None) -> None:
    if begun:
        begun.tell()
    await page.evaluate("new Promise(() => {})")


async def read(page: Page, url: str) -> str:
    await page.goto(url)
    return await page.inner_text("body")


async def crashes(page: PageHandle, begun: Any = None) -> None:
    with pytest.raises(BrowserCrashed, match="the browser ended"):
        await page.call(hang, begun)


async def sent_cookies(session: BrowserSession, url: str) -> str:
    async with session.page() as page:
        return await page.call(read, url + "cookies")


@pytest.mark.parametrize("victim", [BROWSER, DRIVER])
def test_a_killed_process_is_a_browser_crash(
    victim: str,
    browser_settings: BrowserSettings,
    *,
    processes: Any,
    pages: Any,
    begin: Any,
    leaves_nothing: Any,
) -> None:
    """Browser or driver is killed under a call: BrowserCrashed, now and later; a new page has the login.

    In the end no descriptor, thread or process is left.
    """

    async def work() -> None:
        host, begun = BrowserHost(browser_settings), begin()
        async with host, host.session(LOGIN) as session, session.page() as page:
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(crashes, page, begun)
                await begun.wait()
                (pid,) = await anyio.to_thread.run_sync(processes.named, victim)
                os.kill(pid, signal.SIGKILL)
            await crashes(page)
            assert await sent_cookies(session, pages.url) == "sid=kept"

    leaves_nothing(work)


@pytest.mark.anyio
async def test_what_nobody_ends_ends_with_its_browser(
    browser_settings: BrowserSettings, processes: Any, begin: Any
) -> None:
    """What waits on a page for something that the engine never ends is told when the browser is gone."""

    async def wait(page: Page, begun: Any) -> None:
        begun.tell()
        await asyncio.Event().wait()

    host, begun = BrowserHost(browser_settings), begin()
    async with host, host.session() as session, session.page() as page, anyio.create_task_group() as tasks:

        async def kill() -> None:
            await begun.wait()
            (pid,) = await anyio.to_thread.run_sync(processes.named, BROWSER)
            os.kill(pid, signal.SIGKILL)

        tasks.start_soon(kill)
        with anyio.fail_after(60), pytest.raises(BrowserCrashed, match="the browser ended"):
            await page.call(wait, begun)


@pytest.mark.anyio
@pytest.mark.parametrize("engine", ["playwright", "patchright"])
async def test_a_driver_that_hangs_is_ended_by_force(
    browser_settings: BrowserSettings, processes: Any, monkeypatch: pytest.MonkeyPatch, engine: str
) -> None:
    """A driver that answers nothing does not keep the host from closing, and nothing of it stays."""
    monkeypatch.setattr("jackfield_web.browser._inside.STOP_SECONDS", 0.5)
    async with BrowserHost(attrs.evolve(browser_settings, engine=engine)):
        (pid,) = processes.named(DRIVER)
        os.kill(pid, signal.SIGSTOP)

    assert await processes.gone() == set()
