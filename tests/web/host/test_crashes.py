"""What dies is noticed at once by those who wait, by its own name, and the next use starts anew."""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING, Any

import anyio
import pytest

from jackfield_web import (
    BrowserCrashed,
    BrowserError,
    BrowserHost,
    BrowserSession,
    BrowserSettings,
    PageClosed,
    PageCrashed,
    PageHandle,
    StorageState,
)

if TYPE_CHECKING:
    from playwright.async_api import Page

pytestmark = pytest.mark.anyio
DRIVER, BROWSER = "run-driver", "--headless"


async def hang(page: Page) -> None:
    await page.evaluate("new Promise(() => {})")


async def evaluate(page: Page, script: str) -> Any:
    return await page.evaluate(script)


async def fails_with(error: type[BrowserError], page: PageHandle) -> None:
    with pytest.raises(error):
        await page.call(hang)


@pytest.mark.parametrize("victim", [BROWSER, DRIVER])
async def test_a_killed_process_is_a_browser_crash(
    victim: str, browser_settings: BrowserSettings, processes: Any
) -> None:
    """Browser or driver is killed under a call: BrowserCrashed, now and later; then a new page works."""
    async with BrowserHost(browser_settings) as host, host.session() as session, session.page() as page:
        with anyio.fail_after(5):
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(fails_with, BrowserCrashed, page)
                await anyio.sleep(0.2)
                (pid,) = processes.named(victim)
                os.kill(pid, signal.SIGKILL)
        with pytest.raises(BrowserCrashed, match="the browser ended"):
            await page.call(hang)
        async with session.page() as renewed:
            assert await renewed.call(evaluate, "1") == 1

    assert await processes.gone() == set()


async def test_a_session_keeps_its_login_over_a_crash(
    browser_settings: BrowserSettings, processes: Any, pages: Any
) -> None:
    """The browser that is started after a crash has the login as it was last read."""
    given = StorageState.from_playwright(
        {"cookies": [{"name": "sid", "value": "kept", "domain": "127.0.0.1", "path": "/"}], "origins": []}
    )

    async def cookies(session: BrowserSession) -> str:
        async with session.page() as page:
            return await page.call(read, pages.url + "cookies")

    async def read(page: Page, url: str) -> str:
        await page.goto(url)
        return await page.inner_text("body")

    async with BrowserHost(browser_settings) as host, host.session(given) as session:
        before = await cookies(session)
        (pid,) = processes.named(BROWSER)
        os.kill(pid, signal.SIGKILL)
        await anyio.sleep(0.2)
        assert (before, await cookies(session)) == ("sid=kept", "sid=kept")


async def test_a_crashed_page_says_so_and_its_neighbour_lives(host: BrowserHost) -> None:
    """One page's process ends: PageCrashed for its calls, nothing for another page."""
    async with host.session() as session, session.page() as page, session.page() as neighbour:
        with anyio.fail_after(5):
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(fails_with, PageCrashed, page)
                await anyio.sleep(0.2)
                tasks.start_soon(fails_with, PageCrashed, page)
                await page.call(crash)
        assert not page.is_open
        with pytest.raises(PageCrashed):
            await page.call(evaluate, "1")
        assert await neighbour.call(evaluate, "1") == 1


async def crash(page: Page) -> None:
    session = await page.context.new_cdp_session(page)
    with anyio.move_on_after(0.5):
        await session.send("Page.crash")


async def test_a_page_that_closes_itself_is_a_closed_page(host: BrowserHost) -> None:
    """A page closed under a call is PageClosed, and the browser goes on."""

    async def close(page: Page) -> None:
        await page.close()

    async with host.session() as session, session.page() as page:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(fails_with, PageClosed, page)
            await anyio.sleep(0.2)
            await page.call(close)
        async with session.page() as another:
            assert await another.call(evaluate, "1") == 1


async def test_a_driver_that_hangs_is_ended_by_force(
    browser_settings: BrowserSettings, processes: Any
) -> None:
    """A driver that answers nothing does not keep the host from closing, and nothing of it stays."""
    with anyio.fail_after(30):
        async with BrowserHost(browser_settings):
            (pid,) = processes.named(DRIVER)
            os.kill(pid, signal.SIGSTOP)

    assert await processes.gone() == set()
