"""A stand-in by its name, for tests that steer one."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

import anyio
import anyio.to_thread

from .anthropic import AnthropicPlayground, AnthropicSettings

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable

_ROOMS = {"anthropic": (AnthropicPlayground, AnthropicSettings)}


@contextlib.asynccontextmanager
async def playground(
    name: str, *, faults: Iterable[str] = (), **settings: Any
) -> AsyncIterator[AnthropicPlayground]:
    """Serve a stand-in for the length of a block, on any event loop.

    ```python
    async with playground("anthropic", faults=["429"]) as anthropic:
        ...
    ```

    Args:
        name: whose API it stands in for.
        faults: what befalls the first requests for an answer, one after another; `play_next` adds more.
        **settings: its settings, by their names.

    Raises:
        LookupError: for a name that no stand-in has.
        ValueError: for a fault that it does not know.
    """
    if name not in _ROOMS:
        raise LookupError(f"no stand-in is called {name!r}; known: {', '.join(sorted(_ROOMS))}")
    kind, options = _ROOMS[name]
    room = kind(options(**settings))
    room.state.play_next(*faults)
    running = room.running()
    await anyio.to_thread.run_sync(running.__enter__)
    try:
        yield room
    finally:
        with anyio.CancelScope(shield=True):
            await anyio.to_thread.run_sync(running.__exit__, None, None, None)
