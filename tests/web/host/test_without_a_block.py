"""A `StealthBrowser` between `initialize` and `cleanup`: whatever becomes of its program, nothing is left."""

from __future__ import annotations

import random
from typing import Any

import anyio
import pytest

from jackfield import ProviderClosed
from jackfield_web import BrowserSettings, StealthBrowser

pytestmark = pytest.mark.timeout(300)
SEED = 20261126


async def ask(browser: StealthBrowser, url: str) -> str:
    """Do with a browser what there is to do with one."""
    await browser.navigate(url)
    await browser.type_text("#question", "why")
    await browser.click_element("#ask")
    return await browser.get_text("#answer")


def test_initialize_and_cleanup(browser_settings: BrowserSettings, pages: Any, leaves_nothing: Any) -> None:
    """It is opened once, closed from any task, as often as one likes, and opened again after that."""

    async def work() -> None:
        browser = StealthBrowser("my_browser", settings=browser_settings)
        for _ in range(2):
            with pytest.raises(ProviderClosed, match=r"'my_browser' is not open.*await browser\.initialize"):
                await browser.get_text("#answer")
            await browser.initialize()
            with pytest.raises(RuntimeError, match="'my_browser' is open already"):
                await browser.initialize()
            with pytest.raises(RuntimeError, match="'my_browser' is open already"):
                await browser.__aenter__()
            assert await ask(browser, pages.url) == "You asked: why"
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(browser.cleanup)
                tasks.start_soon(browser.cleanup)
            await browser.cleanup()

    leaves_nothing(work)


def test_a_program_that_does_not_come_to_cleanup(
    browser_settings: BrowserSettings, pages: Any, leaves_nothing: Any
) -> None:
    """A program that ends before `cleanup`, by an error of its own or without, leaves nothing behind."""

    async def work() -> None:
        browser = StealthBrowser(settings=browser_settings)
        await browser.initialize()
        assert await ask(browser, pages.url) == "You asked: why"

    async def failing() -> None:
        async def fail() -> None:
            await StealthBrowser(settings=browser_settings).initialize()
            raise ValueError("its own")

        with pytest.raises(ValueError, match="its own"):
            await fail()

    leaves_nothing(work)
    leaves_nothing(failing)


def test_cancelled_at_any_step(
    browser_settings: BrowserSettings, pages: Any, leaves_nothing: Any, host_steps: Any
) -> None:
    """Cancelled at steps drawn from its opening, it leaves nothing, and the same object opens after that."""
    draw, cancelled = random.Random(SEED), list[bool]()
    browser = StealthBrowser("my_browser", settings=browser_settings)

    async def work() -> None:
        host_steps.act_at(None)
        await browser.initialize()
        steps = host_steps.done
        await browser.cleanup()
        for _ in range(3):
            cancelled.append(await host_steps.cancelled(draw.randrange(steps // 2), browser.initialize))
            await browser.cleanup()
        await browser.initialize()
        assert await ask(browser, pages.url) == "You asked: why"
        await browser.cleanup()

    leaves_nothing(work)

    assert any(cancelled)
