"""The core without a wire: what it adds to a request by itself, and what one more idle plugin adds to that.

Run as a process of its own. The blocks without and with a hundred idle plugins take turns.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import Any, Final

import anyio

from jackfield import (
    ChatRequest,
    Provider,
    ProviderManager,
    ProviderOptions,
    ProviderSpec,
    ProviderType,
    ResponseFinished,
    ResponseStarted,
    StreamEvent,
    TextDelta,
    WholeStream,
    hookimpl,
)

from .cores import CLIENT, pin

PLUGINS: Final = 100


class Echo(Provider):
    """Answers from memory."""

    read_timeout = 60.0

    @asynccontextmanager
    async def stream(self, request: ChatRequest) -> AsyncIterator[AsyncIterator[StreamEvent]]:
        """Say what was asked."""
        yield WholeStream(ResponseStarted(), TextDelta(request.messages[0].text), ResponseFinished())


@asynccontextmanager
async def _open(_: ProviderOptions) -> AsyncIterator[Provider]:
    yield Echo()


@hookimpl
def jackfield_register_providers() -> Sequence[ProviderSpec]:
    """Register it."""
    return [echo_named("echo")]


def echo_named(name: str) -> ProviderSpec:
    """Return the specification of a provider that answers from memory."""
    kind = ProviderType.API_BASED
    return ProviderSpec(name=name, title="Echo", type=kind, options=ProviderOptions, open=_open)


def _idle(number: int) -> Any:
    """Return a plugin that listens to the end of every request and does nothing."""

    @hookimpl
    def jackfield_response_finished() -> None:
        pass

    name = f"idle_{number}"
    return SimpleNamespace(__name__=name, jackfield_response_finished=jackfield_response_finished)


async def _block(manager: ProviderManager, requests: int) -> float:
    began = time.process_time()
    for _ in range(requests):
        response = await manager.send_message("echo", "Hello")
        response.raise_for_error()
    return (time.process_time() - began) / requests * 1e6


async def measure(blocks: int, requests: int) -> dict[str, list[float]]:
    """Return microseconds of CPU: of a request, and what one plugin more adds to it, for each block."""
    ours = sys.modules[__name__]
    told: dict[str, list[float]] = {"core": [], "plugin": []}
    async with (
        ProviderManager([ours]) as alone,
        ProviderManager([ours, *map(_idle, range(PLUGINS))]) as crowded,
    ):
        for manager in (alone, crowded):
            await manager.add_provider("echo")
            await _block(manager, requests)
        for _ in range(blocks):
            quiet = await _block(alone, requests)
            told["core"].append(quiet)
            told["plugin"].append((await _block(crowded, requests) - quiet) / PLUGINS)
    return told


if __name__ == "__main__":
    pin(CLIENT)
    blocks, requests, backend = sys.argv[1:]
    print(json.dumps(anyio.run(measure, int(blocks), int(requests), backend=backend)))
