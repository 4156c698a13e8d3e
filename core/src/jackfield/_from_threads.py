"""The way from any thread into an event loop, for who must not wait there."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable


def caller_from_threads() -> Callable[[Callable[[], object]], object]:
    """Return what has a function called in the running loop, from any thread, and does not wait for it.

    anyio's portal waits until a task was begun, which trio refuses to whoever is in a loop of trio's. What is
    returned raises `RuntimeError` once the loop has ended.
    """
    if "trio" in sys.modules:
        import trio

        if trio.lowlevel.in_trio_task():
            return trio.lowlevel.current_trio_token().run_sync_soon
    return asyncio.get_running_loop().call_soon_threadsafe
