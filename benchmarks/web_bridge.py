"""Measures what the way into the browser's own thread and back costs, without a page. Prints one JSON object.

Times are in microseconds for one call or item, wall time: the work is done by two threads.

Usage: web_bridge.py BROWSER BACKEND COUNT
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import AsyncGenerator, AsyncIterable
from typing import TYPE_CHECKING

import anyio

from jackfield_web import BrowserHost, BrowserSettings

if TYPE_CHECKING:
    from playwright.async_api import Page


async def nothing() -> None:
    """Do nothing, inside."""


async def evaluate(page: Page) -> None:
    """Ask the page for the least there is."""
    await page.evaluate("1")


async def main(browser: str, count: int) -> dict[str, float]:
    """Measure, and return what was found."""
    async with BrowserHost(BrowserSettings(browser=browser)) as host:
        async with host.session() as session, session.page() as page:
            # The first some hundred of a page take the engine twice as long.
            await page.call(_natively, count)
            calls = await _each(count, lambda: host.call(nothing))
            through = await _each(count, lambda: page.call(evaluate))
            native = await page.call(_natively, count)

        async def items(pause: float) -> AsyncGenerator[int]:
            for number in range(count):
                yield number
                await asyncio.sleep(pause)

        bursts = []
        for pause in (0.0, 0.002):
            async with host.stream(items, pause) as stream:
                bursts.append(await _read(stream) / count - pause * 1e6)
    burst, paced = bursts
    return {"call": calls, "evaluate": through, "evaluate_native": native, "burst": burst, "paced": paced}


async def _natively(page: Page, count: int) -> float:
    return await _each(count, lambda: evaluate(page))


async def _each(count: int, call: object) -> float:
    began = time.perf_counter()
    for _ in range(count):
        await call()  # type: ignore[operator]
    return (time.perf_counter() - began) / count * 1e6


async def _read(items: AsyncIterable[int]) -> float:
    began = time.perf_counter()
    async for _ in items:
        pass
    return (time.perf_counter() - began) * 1e6


if __name__ == "__main__":
    found = anyio.run(main, sys.argv[1], int(sys.argv[3]), backend=sys.argv[2])
    print(json.dumps(found))
