"""Measures one way to drive a browser at one workload, in this process. Prints one JSON object.

Times are in milliseconds, memory in MiB (proportional set size, shared pages counted once), of this process
and of all that it started.
"""

from __future__ import annotations

import base64
import json
import sys
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import anyio
import psutil

if TYPE_CHECKING:
    from collections.abc import Mapping

Asks: TypeAlias = Callable[[Callable[[str], None]], Coroutine[Any, Any, None]]
"""Asks once, in a new conversation, and tells each piece of the answer."""
FLAGS = ["--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1"]
QUESTION = "What is the time?"
_PATIENCE = 300.0


class Job(NamedTuple):
    """What a worker is told, as one JSON array.

    Attributes:
        client: `jackfield` or `playwright`.
        backend: `asyncio` or `trio`.
        browser: The browser's path.
        site: The page's description.
        conversations: How many are asked at once, each once.
        began: `time.monotonic_ns()` before the worker's process was started.
    """

    client: str
    backend: str
    browser: str
    site: Mapping[str, Any]
    conversations: int
    began: int


@asynccontextmanager
async def _jackfield(job: Job) -> AsyncIterator[Asks]:
    from jackfield import TextDelta, connect

    most = job.conversations
    options = {"site": job.site, "browser": job.browser, "host_rules": FLAGS[0].partition("=")[2]}
    room = {"max_concurrency": most, "max_tabs": most, "max_retries": 0}
    # As fast as it can, like the other, which makes no pauses as a person does.
    pace = {"min_interval": 0}
    # Twenty pages that open at once on a busy machine are slow, not broken.
    patience = {
        "page_seconds": _PATIENCE,
        "site_overrides": {"timing": {"composer": _PATIENCE, "submit": _PATIENCE}},
    }
    async with connect("custom_web", {**options, **room, **pace, **patience}) as connection:

        async def ask(tell: Callable[[str], None]) -> None:
            async with connection.stream(QUESTION) as stream:
                async for event in stream:
                    if isinstance(event, TextDelta):
                        tell(event.text)

        yield ask


@asynccontextmanager
async def _playwright(job: Job) -> AsyncIterator[Asks]:
    from playwright.async_api import async_playwright

    async with async_playwright() as engine:
        browser = await engine.chromium.launch(
            executable_path=job.browser, args=FLAGS, chromium_sandbox=False
        )
        context = await browser.new_context()

        async def ask(tell: Callable[[str], None]) -> None:
            page = await context.new_page()
            over = anyio.Event()
            await _listen(page, tell, over)
            await page.goto(job.site["addresses"]["start"].replace("{base_url}", job.site["base_url"]))
            await page.fill("#composer", QUESTION)
            await page.click("#send")
            await over.wait()

        yield ask
        await browser.close()


async def _listen(page: Any, tell: Callable[[str], None], over: anyio.Event) -> None:
    """Read a page's answer as it comes, in the same way as we do and with nothing round it."""
    session = await page.context.new_cdp_session(page)
    answers: dict[str, bytes] = {}

    def take(name: str, more: str) -> None:
        *events, answers[name] = (answers[name] + base64.b64decode(more)).split(b"\n\n")
        for event in events:
            said = json.loads(event.removeprefix(b"data: "))
            if said["type"] == "piece":
                tell(said["text"])
            elif said["type"] == "done":
                over.set()

    async def begin(event: dict[str, Any]) -> None:
        if event["response"]["url"].endswith("/messages"):
            name = event["requestId"]
            answers[name] = b""
            told = await session.send("Network.streamResourceContent", {"requestId": name})
            take(name, told["bufferedData"])

    def more(event: dict[str, Any]) -> None:
        if event["requestId"] in answers and "data" in event:
            take(event["requestId"], event["data"])

    session.on("Network.responseReceived", begin)
    session.on("Network.dataReceived", more)
    await session.send("Network.enable")


CLIENTS = {"jackfield": _jackfield, "playwright": _playwright}


async def _measure(job: Job) -> dict[str, Any]:
    delays: list[float] = []
    first: list[float] = []

    def tell(text: str) -> None:
        now = time.monotonic_ns()
        if not first:
            first.append((now - job.began) / 1e6)
        delays.extend((now - int(word)) / 1e6 for word in text.split())

    async with CLIENTS[job.client](job) as ask, anyio.create_task_group() as tasks:
        async with anyio.create_task_group() as asking:
            for _ in range(job.conversations):
                asking.start_soon(ask, tell)
        spent, memory, own = _spent(), _memory(), _own()
        tasks.cancel_scope.cancel()
    return {"delays": delays, "first": first[0], "cpu": 1e3 * spent, "memory": memory, "own": own}


def _tree() -> list[psutil.Process]:
    return [psutil.Process(), *psutil.Process().children(recursive=True)]


def _spent() -> float:
    return sum(each.cpu_times().user + each.cpu_times().system for each in _tree())


def _memory() -> float:
    return sum(each.memory_full_info().pss for each in _tree()) / 2**20


def _own() -> float:
    return float(psutil.Process().memory_full_info().uss) / 2**20


if __name__ == "__main__":
    wanted = Job(*json.loads(sys.argv[1]))
    print(json.dumps(anyio.run(_measure, wanted, backend=wanted.backend)))
