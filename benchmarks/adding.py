"""How long it takes to add installed providers to a manager, and how long the event loop stands still for it.

Run as a process of its own, which has a folder of distributions on its path. Times are in milliseconds.
"""

from __future__ import annotations

import json
import statistics
import sys
import time
from typing import Final

import anyio

from jackfield import ProviderManager

from .cores import CLIENT, pin

_TICK: Final = 0.001


class _Pulse:
    """Notices how long the event loop does not come round."""

    def __init__(self) -> None:
        self.longest = 0.0

    async def beat(self) -> None:
        while True:
            before = time.perf_counter()
            await anyio.sleep(_TICK)
            self.longest = max(self.longest, time.perf_counter() - before - _TICK)


async def _add(manager: ProviderManager, number: int) -> float:
    began = time.perf_counter()
    await manager.add_provider(f"bench_line_{number}")
    return (time.perf_counter() - began) * 1e3


async def _measure(count: int) -> dict[str, float]:
    pulse = _Pulse()
    async with ProviderManager() as manager:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(pulse.beat)
            await anyio.sleep(10 * _TICK)
            first = await _add(manager, 0)
            tasks.cancel_scope.cancel()
        others = [await _add(manager, number) for number in range(1, count)]
    return {
        "add_first": first,
        "add_first_loop": pulse.longest * 1e3,
        "add_next": statistics.median(others),
    }


if __name__ == "__main__":
    pin(CLIENT)
    folder, added, backend = sys.argv[1:]
    sys.path.insert(0, folder)
    print(json.dumps(anyio.run(_measure, int(added), backend=backend)))
