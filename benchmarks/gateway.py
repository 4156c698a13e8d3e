"""The command: `python -m benchmarks.gateway [--quick] [--rounds N] [--json FILE] [--write-docs]`.

What the front door adds to a request and to a streamed event, how many streams it carries and in how much
memory, and how soon the remote knows that a client has hung up; beside LiteLLM's proxy, if it is installed.
"""

from __future__ import annotations

import statistics
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, Final

import anyio
import httpx2

from .clients import BODY, SECONDS
from .command import measure_section
from .cores import allow_open_files
from .figures import TRIO, Figure, Goal
from .gateway_doors import DOORS, Door, is_there, opened
from .lab import Lab, WrongCount
from .report import GATEWAY_SECTION

_TEXT: Final = b"any line"
_PATIENCE: Final = 10 * SECONDS
_TICK: Final = 0.01
"""What the system counts another process' CPU in, in seconds."""
_A_FIFTH: Final = Goal(0.2, over="litellm")

FIGURES: Final = (
    Figure("request", "Request, one at a time", "µs CPU", (_A_FIFTH, TRIO)),
    Figure("event", "Streamed event, one stream", "µs CPU", (_A_FIFTH, TRIO)),
    Figure("event_many", "Streamed event, 500 streams at once", "µs CPU", (_A_FIFTH, TRIO)),
    Figure("idle", "Memory of a door that nobody has asked", "MiB"),
    Figure("held", "Memory with 500 streams held", "MiB"),
    Figure("held_after", "The same after 1,000 hang-ups", "MiB"),
    Figure("hang_up_50", "From a hang-up to the remote, every second one", "ms", (Goal(100.0),)),
    Figure("hang_up_99", "From a hang-up to the remote, 99 of 100", "ms", (Goal(100.0),)),
    Figure("files", "Open files after 1,000 hang-ups, more than before", "files", (Goal(8.0),)),
)


class _Client:
    """A client of a door, which counts what it is told."""

    def __init__(self, door: Door, streams: int = 1) -> None:
        limits = httpx2.Limits(max_connections=streams, max_keepalive_connections=streams)
        headers = {"authorization": f"Bearer {door.token}"}
        self.http = httpx2.AsyncClient(
            base_url=door.address, limits=limits, timeout=_PATIENCE, headers=headers
        )
        self.answered = 0
        self.pieces = 0

    async def ask(self) -> None:
        """Ask for a whole answer."""
        reply = await self.http.post("/v1/chat/completions", json=BODY)
        self.answered += bool(reply.raise_for_status().json()["choices"][0]["message"]["content"])

    async def read(self) -> None:
        """Read a streamed answer."""
        wish = {**BODY, "stream": True}
        async with self.http.stream("POST", "/v1/chat/completions", json=wish) as reply:
            reply.raise_for_status()
            async for line in reply.aiter_lines():
                self.pieces += _TEXT.decode() in line
        self.answered += 1


async def _at_once(count: int, do: Callable[[], Coroutine[Any, Any, None]]) -> None:
    async with anyio.create_task_group() as tasks:
        for _ in range(count):
            tasks.start_soon(do)


async def _requests(lab: Lab, door: Door, count: int) -> float:
    client = _Client(door)
    async with client.http:
        await client.ask()
        before = door.cpu()
        for _ in range(count):
            await client.ask()
        spent = door.cpu() - before
    _count(lab, door, client, count + 1)
    return max(spent, _TICK) / count * 1e6


async def _events(lab: Lab, door: Door, streams: int, events: int) -> float:
    client = _Client(door, streams)
    async with client.http:
        await client.read()
        before = door.cpu()
        await _at_once(streams, client.read)
        spent = door.cpu() - before
    _count(lab, door, client, streams + 1, events)
    return max(spent, _TICK) / (streams * events) * 1e6


def _count(lab: Lab, door: Door, client: _Client, asked: int, events: int = 0) -> None:
    if (client.answered, client.pieces) != (asked, asked * events):
        raise WrongCount(f"{door.name}: asked {asked}, {client.answered} answers, {client.pieces} events")
    lab.asked, lab.answered, lab.pieces = lab.asked + asked, lab.answered + asked, lab.pieces + client.pieces


async def _held(lab: Lab, door: Door, streams: int) -> float:
    """Hold streams after their first event; return the memory in MiB."""
    client = _Client(door, streams)
    async with client.http, anyio.create_task_group() as tasks:
        tasks.start_soon(_at_once, streams, client.read)
        while await anyio.to_thread.run_sync(lab.held) < streams:  # noqa: ASYNC110  in another process
            await anyio.sleep(0.05)
        memory = door.memory()
        await anyio.to_thread.run_sync(lab.release)
    _count(lab, door, client, streams, 1)
    return memory


async def _hang_ups(lab: Lab, door: Door, count: int) -> tuple[list[float], float]:
    """Hang up after the first event, again and again; return the delays in ms, and the files left open."""
    known, before = len(lab.left()), door.files()
    hung_up = [await door.hang_up(_TEXT) for _ in range(count)]
    left: list[int] = []
    with anyio.fail_after(SECONDS):
        while len(left) < count:
            left = (await anyio.to_thread.run_sync(lab.left))[known:]
            await anyio.sleep(0.2)
    return [(there - here) / 1e6 for here, there in zip(hung_up, left, strict=True)], door.files() - before


def _measure(lab: Lab, contestant: str) -> None:
    """Take one value of every figure, of a fresh door for each."""

    def of(figure: str, how: str, work: Callable[..., Awaitable[float]], *sizes: int) -> None:
        with opened(contestant, lab.root, how) as door:
            lab.note(figure, contestant, anyio.run(work, lab, door, *sizes))

    many, events = lab.size(500, 5), lab.size(2000, 20)
    with opened(contestant, lab.root, "talk/10") as door:
        lab.note("idle", contestant, door.memory())
        lab.note("request", contestant, anyio.run(_requests, lab, door, lab.size(500, 5)))
    of("event", f"burst/{events}", _events, 1, events)
    of("event_many", f"burst/{lab.size(20, 5)}", _events, many, lab.size(20, 5))
    of("held", "held", _held, many)
    with opened(contestant, lab.root, "held") as door:
        delays, files = anyio.run(_hang_ups, lab, door, lab.size(1000, 10))
        lab.note("held_after", contestant, anyio.run(_held, lab, door, many))
        parts = statistics.quantiles(delays, n=100, method="inclusive")
    lab.note("hang_up_50", contestant, parts[49])
    lab.note("hang_up_99", contestant, parts[98])
    lab.note("files", contestant, files)


def measure(lab: Lab) -> None:
    """Measure everything of every door, round by round."""
    allow_open_files(2**12)
    there = [name for name in DOORS if is_there(name)]
    lab.notes += [f"{name} is not installed here" for name in DOORS if name not in there]
    with lab.remote():
        for _ in range(lab.rounds):
            for contestant in there:
                _measure(lab, contestant)


if __name__ == "__main__":
    about = (__doc__ or "").partition("\n\n")[2]
    measure_section("benchmarks.gateway", about, measure, FIGURES, GATEWAY_SECTION)
