"""Nothing stays behind: not after use, not after a cancellation at any moment of the opening."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import anyio.lowlevel
import pytest

from jackfield_web import BrowserHost, BrowserSettings

pytestmark = pytest.mark.anyio
POINTS = 4


def host_threads() -> list[str]:
    return [thread.name for thread in threading.enumerate() if thread.name == "jackfield-browser"]


async def open_and_leave(settings: BrowserSettings) -> None:
    async with BrowserHost(settings) as host, host.session() as session, session.page():
        pass


async def test_opening_and_leaving_leaves_nothing(
    browser_settings: BrowserSettings, processes: Any, open_descriptors: Callable[[], int]
) -> None:
    """After a second use there are as many descriptors and threads as after the first, and no process."""
    await open_and_leave(browser_settings)
    before = await anyio.to_thread.run_sync(open_descriptors), len(host_threads())
    await open_and_leave(browser_settings)
    after = await anyio.to_thread.run_sync(open_descriptors), len(host_threads())

    assert after == before
    assert host_threads() == []
    assert await processes.gone() == set()


async def test_an_opening_that_is_cancelled_leaves_nothing(
    browser_settings: BrowserSettings, processes: Any
) -> None:
    """Cancelled at moments spread over the whole opening, a host leaves no process and no thread."""
    began = anyio.current_time()
    await open_and_leave(browser_settings)
    whole = anyio.current_time() - began

    cancelled = 0
    for point in range(POINTS):
        with anyio.move_on_after(whole * point / POINTS) as scope:
            await open_and_leave(browser_settings)
        cancelled += scope.cancelled_caught

    assert cancelled >= POINTS // 2
    assert await processes.gone() == set()
    assert host_threads() == []
