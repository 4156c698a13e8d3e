"""Who asks for the same browser gets the same browser, for as long as anybody needs it."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import anyio
import attrs
import pytest

from jackfield_web import BrowserHost, BrowserSettings
from jackfield_web.browser import lend_host
from jackfield_web.browser._sharing import _SHARED

pytestmark = pytest.mark.anyio


async def test_equal_settings_share_a_host_until_the_last_leaves(
    browser_settings: BrowserSettings, processes: Any
) -> None:
    """Two users at once get one host; it works until the second has left, and then it is gone."""
    hosts: list[BrowserHost] = []
    left = anyio.Event()

    async def first() -> None:
        async with lend_host(browser_settings) as host:
            hosts.append(host)
        left.set()

    async with anyio.create_task_group() as tasks, lend_host(attrs.evolve(browser_settings)) as host:
        tasks.start_soon(first)
        await left.wait()
        await host.call(asyncio.sleep, 0)
        hosts.append(host)

    assert hosts[0] is hosts[1]
    assert not _SHARED
    assert await processes.gone() == set()


async def test_a_cancelled_first_user_leaves_the_opening_to_the_next(
    browser_settings: BrowserSettings, tmp_path: Path
) -> None:
    """Who waits for a shared host gets one although the user that opened it was cancelled."""
    settings = attrs.evolve(browser_settings, profile=tmp_path / "profile")
    served = []

    async def first(*, task_status: anyio.abc.TaskStatus[anyio.CancelScope]) -> None:
        with anyio.CancelScope() as scope:
            task_status.started(scope)
            async with lend_host(settings):
                served.append("first")

    async def second() -> None:
        async with lend_host(settings) as host:
            await host.call(asyncio.sleep, 0)
            served.append("second")

    async with anyio.create_task_group() as tasks:
        scope = await tasks.start(first)
        tasks.start_soon(second)
        await anyio.sleep(0.05)
        scope.cancel()

    assert served == ["second"]
    assert not _SHARED
