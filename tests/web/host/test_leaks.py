"""Nothing stays behind: not after use, not after a cancellation at any step, however often.

The counts that a person would call a proof are marked slow; `nox -s soak` runs them.
"""

from __future__ import annotations

import asyncio
import random
import sys
from collections.abc import AsyncGenerator
from typing import TYPE_CHECKING, Any

import pytest

from jackfield_web import BrowserHost, BrowserSettings

if TYPE_CHECKING:
    from playwright.async_api import Page

pytestmark = pytest.mark.timeout(300)
SOAK = [pytest.mark.slow, pytest.mark.timeout(7200)]
SEED = 20261123


@pytest.fixture(autouse=True)
def _patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a browser take its time to start: among hundreds one may on a busy machine, and that is no leak."""
    for module in ("_engine", "_launch"):
        monkeypatch.setattr(f"jackfield_web.browser.{module}.START_SECONDS", 300.0)


async def use(settings: BrowserSettings, url: str) -> None:
    """Do with a browser what there is to do with one."""

    async def visit(page: Page) -> None:
        await page.goto(url)
        await page.fill("#question", "why")

    async def lengths(page: Page) -> AsyncGenerator[int]:
        for _ in range(3):
            await asyncio.sleep(0)
            yield len(await page.content())

    async with BrowserHost(settings) as host, host.session() as session, session.page() as page:
        await page.call(visit)
        async with page.stream(lengths) as stream:
            assert len([length async for length in stream]) == 3


@pytest.mark.parametrize("times", [3, pytest.param(100, marks=SOAK)])
def test_starting_and_stopping_leaves_nothing(
    times: int, browser_settings: BrowserSettings, pages: Any, leaves_nothing: Any
) -> None:
    """After any number of starts and stops there is no descriptor, thread or process more than before."""

    async def work() -> None:
        for _ in range(times):
            await use(browser_settings, pages.url)

    leaves_nothing(work)


@pytest.mark.parametrize("times", [6, pytest.param(100, marks=SOAK)])
def test_cancelling_at_any_step_leaves_nothing(
    times: int, browser_settings: BrowserSettings, pages: Any, leaves_nothing: Any, host_steps: Any
) -> None:
    """Cancelled at steps drawn from a whole use, opening to closing, a browser leaves nothing either.

    A use may take fewer steps than the one that was counted, and closing is shielded: it goes on until half
    of the wanted number were cancelled on their way.
    """
    draw, cancelled = random.Random(SEED), []

    async def once() -> None:
        await use(browser_settings, pages.url)

    async def work() -> None:
        host_steps.act_at(None)
        await once()
        steps = host_steps.done
        while len(cancelled) < times or (sum(cancelled) < times // 2 and len(cancelled) < 4 * times):
            cancelled.append(await host_steps.cancelled(draw.randrange(steps), once))

    leaves_nothing(work)
    sys.stdout.write(f"{sum(cancelled)} of {len(cancelled)} uses were cancelled on their way\n")

    assert sum(cancelled) >= times // 2
