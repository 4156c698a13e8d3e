"""The command: `python -m benchmarks.gateway [--quick] [--rounds N] [--json FILE] [--write-docs]`.

What a request and a streamed event cost in a front door, what it does with many at once and after many that
hang up, beside LiteLLM's proxy, to the same remote in the same run.
"""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import Awaitable, Callable
from typing import Final
from urllib.parse import urlsplit

from .command import measure_section
from .cores import SERVER, allow_open_files, pin
from .doors import LITELLM, SLOW_SECONDS, Door, contestants, opened
from .figures import Figure, Goal
from .knocking import Line
from .lab import ON_TRIO, OURS, Lab, WrongCount
from .report import GATEWAY_SECTION

_EVENTS: Final = 500
"""Events of a stream that comes in one write."""
_PACED: Final = 40
"""Events of a stream that takes two seconds."""
_SETTLED: Final = 3.0
"""Seconds after the last hang-up in which what is upstream is to be left."""
_FIFTH: Final = tuple(Goal(0.2, over=LITELLM, who=who) for who in (OURS, ON_TRIO))
_BUSY: Final = (
    "It is how long processes waited for a core: the door works for about 2 ms of it, and nothing on the way "
    "waits or looks now and then, as `tests/gateway/test_hang_up.py` counts."
)

FIGURES: Final = (
    Figure("door_request", "Short answer in one piece", "µs CPU", _FIFTH),
    Figure("door_event", "Streamed event, many at once", "µs CPU", _FIFTH),
    Figure("door_crowd", "Streamed event, one every 50 ms, 500 streams", "µs CPU", _FIFTH),
    Figure("door_late", "How late the last of them ends, after two seconds", "s"),
    Figure("door_memory", "Memory before anybody asked", "MiB"),
    Figure("door_crowded", "Memory a second into 500 streams", "MiB"),
    Figure(
        "door_left",
        "1,000 hang-ups: connections to the remote left open 3 s later",
        "connections",
        (Goal(0),),
    ),
    Figure("door_told", "From a hang-up in a stream to the remote left", "ms", (Goal(100),)),
    Figure("door_told_last", "The same, the slowest of a hundred", "ms", (Goal(100),), _BUSY),
    Figure("door_told_whole", "From a hang-up before an answer in one piece", "ms", (Goal(100),)),
    Figure("door_told_whole_last", "The same, the slowest of a hundred", "ms", (Goal(100),), _BUSY),
    Figure("door_after", "Short answer after them over one before", "ratio", (Goal(1.2),)),
    Figure("door_memory_after", "Memory after them", "MiB"),
)


async def _at_once(door: Door, count: int, do: Callable[[Line], Awaitable[int]]) -> int:
    """Do it over *count* connections of their own; return the sum."""

    async def one() -> int:
        line = Line(door.port, door.key)
        try:
            return await do(line)
        finally:
            line.close()

    return sum(await asyncio.gather(*(one() for _ in range(count))))


async def _request(door: Door, count: int) -> float:
    """Return the CPU of a short answer, in microseconds: one after the other over one connection."""
    line = Line(door.port, door.key)
    await line.ask("talk")
    before = door.cpu()
    for _ in range(count):
        await line.ask("talk")
    spent = door.cpu() - before
    line.close()
    return spent / count * 1e6


async def _streams(door: Door, model: str, events: int, count: int) -> float:
    """Return the CPU of an event of *count* streams at once, in microseconds."""
    before = door.cpu()
    found = await _at_once(door, count, lambda line: line.stream(model))
    # The last event, which says why it ended, has a text that is empty.
    if not events * count <= found <= (events + 2) * count:
        raise WrongCount(f"{count} streams of {events} events had {found}")
    return (door.cpu() - before) / (events * count) * 1e6


async def _crowd(lab: Lab, door: Door, who: str, count: int) -> None:
    """Measure many streams at once, and what they take while they are there."""
    began = time.monotonic()
    crowd = asyncio.create_task(_streams(door, "paced", _PACED, count))
    await asyncio.sleep(1)
    lab.note("door_crowded", who, door.memory())
    lab.note("door_crowd", who, await crowd)
    lab.note("door_late", who, time.monotonic() - began - _PACED * 0.05)


async def _hang_ups(lab: Lab, door: Door, who: str, count: int, port: int) -> None:
    """Let many hang up in mid-answer, fifty at a time; then see what is left of them."""
    before = door.lines_to(port)
    for _ in range(count // 50 or 1):
        await _at_once(door, min(count, 50), lambda line: line.stream("slow", leave_after=1))
    await asyncio.sleep(_SETTLED)
    lab.note("door_left", who, max(0, door.lines_to(port) - before))


async def _told(lab: Lab, door: Door, count: int, *, is_streamed: bool) -> list[float]:
    """Hang up one after the other; return after how many milliseconds the remote was left, in order.

    Who reads on to the answer's end has its length, and is not asked again: that takes as long each time.
    """
    times = []
    for _ in range(count):
        begun, before = lab.begun(), len(lab.left())
        line = Line(door.port, door.key)
        await line.begin("slow", is_streamed=is_streamed)
        await _more_than(begun, lab.begun)
        hung_up = time.monotonic()
        line.close()
        try:
            await _more_than(before, lambda: len(lab.left()))
        except TimeoutError:
            return [SLOW_SECONDS * 1000]
        times.append((lab.left()[before] - hung_up) * 1000)
    return sorted(times)


async def _more_than(before: int, count: Callable[[], int]) -> None:
    async with asyncio.timeout(_SETTLED * 10):
        while count() <= before:  # noqa: ASYNC110  in another process
            await asyncio.sleep(0.01)


async def _measure(lab: Lab, door: Door, who: str, port: int) -> None:
    """Take one value of every figure."""
    # Fewer take less CPU than the clock that counts it can tell.
    each, streams = lab.size(300, 50), lab.size(10, 2)
    lab.note("door_memory", who, door.memory())
    first = await _request(door, each)
    lab.note("door_request", who, first)
    lab.note("door_event", who, await _streams(door, "burst", _EVENTS, streams))
    await _crowd(lab, door, who, lab.size(500, 5))
    await _hang_ups(lab, door, who, lab.size(1000, 5), port)
    for name, is_streamed in (("door_told", True), ("door_told_whole", False)):
        times = await _told(lab, door, lab.size(200, 3), is_streamed=is_streamed)
        lab.note(name, who, statistics.median(times))
        lab.note(f"{name}_last", who, times[len(times) * 99 // 100])
    lab.note("door_after", who, await _request(door, each) / first)
    lab.note("door_memory_after", who, door.memory())


def measure(lab: Lab) -> None:
    """Measure everything of everybody, round by round, each in a fresh process."""
    allow_open_files(2**15)
    with lab.remote():
        port = urlsplit(lab.root).port
        assert port is not None
        for _ in range(lab.rounds):
            for who in contestants():
                with opened(who, lab.root) as door:
                    asyncio.run(_measure(lab, door, who, port))
    if LITELLM not in contestants():
        lab.notes.append("LiteLLM's proxy is not here: `nox -s bench-gateway` installs it")


if __name__ == "__main__":
    pin(SERVER)
    about = (__doc__ or "").partition("\n\n")[2]
    measure_section("benchmarks.gateway", about, measure, FIGURES, GATEWAY_SECTION)
