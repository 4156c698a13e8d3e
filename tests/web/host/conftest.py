"""What the host's tests share: a look at what is left when an event loop is over."""

from __future__ import annotations

import sys
import threading
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, TypeAlias

import anyio
import pytest

Work: TypeAlias = Callable[[], Awaitable[None]]

CALLERS_OWN = "Trio thread"
"""trio keeps the threads of its callers for ten seconds, in case they are needed again."""


def held() -> Counter[str]:
    """Return what this process has: its open descriptors, and its threads by name."""
    names = [thread.name for thread in threading.enumerate()]
    found = Counter(name for name in names if not name.startswith(CALLERS_OWN))
    found["descriptor"] = len(list(Path("/proc/self/fd").iterdir()))
    return found


def held_beyond(before: Counter[str]) -> Counter[str]:
    """Return what there is more than *before*; threads that were told to end have twenty seconds for it."""
    for _ in range(200):
        if not (more := held() - before):
            break
        time.sleep(0.1)
    return more


@pytest.fixture
def leaves_nothing(anyio_backend: str, processes: Any) -> Callable[[Work], None]:
    """Return what does work in an event loop of its own, and fails if anything of it is left then."""

    def run(work: Work) -> None:
        before = held()
        anyio.run(work, backend=anyio_backend)
        more, left = held_beyond(before), anyio.run(processes.gone)
        sys.stdout.write(
            f"{anyio_backend}: {more['descriptor']} descriptors, {more.total() - more['descriptor']} threads"
            f" and {len(left)} processes more than before\n"
        )
        assert (more, left) == (Counter(), set())

    return run
