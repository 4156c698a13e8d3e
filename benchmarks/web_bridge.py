"""Measures what the way into the browser's own thread and back costs, without a page. Prints one JSON object.

Times are in microseconds, wall time, for the work is done by two threads: what every second call takes at
most, and what an item takes on average.

Usage: web_bridge.py BROWSER BACKEND COUNT
"""

from __future__ import annotations

import asyncio
import json
import statistics
import sys
import time
from collections.abc import AsyncGenerator, AsyncIterable, Awaitable, Callable
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


async def main(browser: str, backend: str, count: int) -> dict[str, float]:
    """Measure, and return what was found."""
    found = {}
    async with BrowserHost(BrowserSettings(browser=browser)) as host:
        async with host.session() as session, session.page() as page:
            # The first some hundred of a page take the engine twice as long.
            await page.call(_natively, count)
            calls = await _each(count, lambda: host.call(nothing))
            if backend == "asyncio":
                found["call_bare"] = await _bare(host, count)
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
    found |= {"call": calls, "evaluate": through, "evaluate_native": native, "burst": burst, "paced": paced}
    return found


async def _bare(host: BrowserHost, count: int) -> float:
    """Cross between the same two threads with nothing round it, on asyncio: what no call is below."""
    there, here = await host.call(_loop), await _loop()

    async def cross() -> None:
        back = here.create_future()
        there.call_soon_threadsafe(here.call_soon_threadsafe, back.set_result, None)
        await back

    return await _each(count, cross)


async def _loop() -> asyncio.AbstractEventLoop:
    return asyncio.get_running_loop()


async def _natively(page: Page, count: int) -> float:
    return await _each(count, lambda: evaluate(page))


async def _each(count: int, call: Callable[[], Awaitable[object]]) -> float:
    """Return what every second call takes at most: what else the machine does is in a few of them."""
    took = []
    for _ in range(count):
        began = time.perf_counter()
        await call()
        took.append(time.perf_counter() - began)
    return statistics.median(took) * 1e6


async def _read(items: AsyncIterable[int]) -> float:
    began = time.perf_counter()
    async for _ in items:
        pass
    return (time.perf_counter() - began) * 1e6


if __name__ == "__main__":
    found = anyio.run(main, sys.argv[1], sys.argv[2], int(sys.argv[3]), backend=sys.argv[2])
    print(json.dumps(found))
