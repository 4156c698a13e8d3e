"""Measures one client at one workload, in this process, which does nothing else. Prints one JSON object.

CPU is user and system time of the whole process, all its threads; times are in seconds, memory in MiB.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Awaitable, Callable
from typing import Any, Final, NamedTuple, TypeAlias

import anyio

from .clients import CLIENTS, Client
from .cores import CLIENT, allow_open_files, pin
from .vendor_clients import VENDOR_CLIENTS

Result: TypeAlias = dict[str, float]


class Job(NamedTuple):
    """What a worker is told, as one JSON array.

    Attributes:
        client: Who is measured.
        workload: At what; a name of `WORKLOADS`.
        url: The remote's address, with how it is to answer.
        concurrency: Requests at once.
        each: Requests of each of them, one after the other.
        backend: `asyncio` or `trio`.
        began: `time.monotonic()` before the worker's process was started.
    """

    client: str
    workload: str
    url: str
    concurrency: int
    each: int
    backend: str
    began: float


async def _at_once(concurrency: int, each: int, do: Callable[[], Awaitable[Any]]) -> None:
    """Do it in *concurrency* tasks, *each* times in every one."""

    async def repeat() -> None:
        for _ in range(each):
            await do()

    async with anyio.create_task_group() as tasks:
        for _ in range(concurrency):
            tasks.start_soon(repeat)


class _Clock:
    """CPU and wall time since it was made."""

    def __init__(self) -> None:
        self._cpu, self._wall = time.process_time(), time.perf_counter()

    def read(self) -> Result:
        return {"cpu": time.process_time() - self._cpu, "wall": time.perf_counter() - self._wall}


class _Ear:
    """Counts what is heard, and when each stream's first piece was."""

    def __init__(self, client: Client, streams: int = 0) -> None:
        self._client = client
        self._wanted = streams
        self.all_begun = anyio.Event()
        self.pieces = 0
        self.streams = 0
        self.firsts: list[float] = []

    async def listen(self) -> None:
        asked = time.perf_counter()
        heard = 0

        def hear(_: str) -> None:
            nonlocal heard
            if not heard:
                self.firsts.append(time.perf_counter() - asked)
                if len(self.firsts) == self._wanted:
                    self.all_begun.set()
            heard += 1

        await self._client.read(hear)
        self.pieces += heard
        self.streams += 1


async def request(client: Client, job: Job) -> Result:
    """Whole answers, `Job.concurrency` at once; the first of each task only opens its connection."""
    answered = 0

    async def ask() -> None:
        nonlocal answered
        text = await client.ask()
        answered += bool(text)

    await _at_once(job.concurrency, 1, ask)
    clock = _Clock()
    await _at_once(job.concurrency, job.each, ask)
    return {**clock.read(), "asked": job.concurrency * (job.each + 1), "answered": answered}


async def stream(client: Client, job: Job) -> Result:
    """Streamed answers, `Job.concurrency` at once; the first of each task only opens its connection."""
    await _at_once(job.concurrency, 1, _Ear(client).listen)
    ear, clock = _Ear(client), _Clock()
    await _at_once(job.concurrency, job.each, ear.listen)
    firsts = sorted(ear.firsts)
    return {
        **clock.read(),
        "asked": job.concurrency * (job.each + 1),
        "answered": ear.streams + job.concurrency,
        "pieces": ear.pieces,
        "first": firsts[len(firsts) // 2],
    }


async def held(client: Client, job: Job) -> Result:
    """Streams that stay open after their first event, all at the same time; then all are finished."""
    from urllib.request import urlopen

    import psutil

    release_url = job.url.replace("/held", "/release")
    ear, clock = _Ear(client, job.concurrency), _Clock()
    opened = 0.0
    memory = 0.0

    async def release() -> None:
        nonlocal opened, memory
        await ear.all_begun.wait()
        opened = clock.read()["wall"]
        memory = psutil.Process().memory_info().rss / 2**20
        await anyio.to_thread.run_sync(urlopen, release_url)

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(release)
        tasks.start_soon(_at_once, job.concurrency, 1, ear.listen)
    return {
        **clock.read(),
        "asked": job.concurrency,
        "answered": ear.streams,
        "pieces": ear.pieces,
        "opened": opened,
        "memory": memory,
    }


async def cold(client: Client, job: Job) -> Result:
    """The first answer of a process; both times are since the process began."""
    answered = bool(await client.ask())
    spent = {"cpu": time.process_time(), "wall": time.monotonic() - job.began}
    return {**spent, "asked": 1, "answered": answered}


WORKLOADS: Final = {workload.__name__: workload for workload in (request, stream, held, cold)}


async def _measure(job: Job) -> Result:
    opened = {**CLIENTS, **VENDOR_CLIENTS}[job.client]
    async with opened(job.url, job.concurrency) as client:
        return await WORKLOADS[job.workload](client, job)


if __name__ == "__main__":
    pin(CLIENT)
    allow_open_files(2**15)
    job = Job(*json.loads(sys.argv[1]))
    print(json.dumps(anyio.run(_measure, job, backend=job.backend)))
