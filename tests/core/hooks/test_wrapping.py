"""Middleware: what wraps every attempt."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import Any

import pytest

from jackfield import (
    ChatRequest,
    ContractBroken,
    hookimpl,
)

pytestmark = pytest.mark.anyio


def wrapping(name: str, order: list[str], *, first: bool = False, last: bool = False) -> object:
    """Return a plugin whose middleware writes down when a request goes in and comes out."""

    def middleware(handler: Any) -> Any:
        @asynccontextmanager
        async def wrapped(request: ChatRequest) -> Any:
            order.append(f"in {name}")
            async with handler(request) as events:
                yield events
            order.append(f"out {name}")

        return wrapped

    wrap = hookimpl(tryfirst=first, trylast=last)(lambda: middleware)
    return type(name, (), {"jackfield_wrap_request": staticmethod(wrap)})()


async def test_wrap_request(make_manager: Any) -> None:
    """Middleware wraps every attempt; the first registered is outermost, `tryfirst`, `trylast` aside."""
    order: list[str] = []
    plugins = [
        wrapping("last", order, last=True),
        wrapping("one", order),
        wrapping("two", order),
        wrapping("first", order, first=True),
    ]
    async with make_manager(*plugins) as manager:
        connection = await manager.add_provider("scripted")
        await connection.send("Hi")
        async with connection.attach("run-1") as stream:
            await stream.collect()

    names = ["first", "one", "two", "last"]
    once = [f"in {name}" for name in names] + [f"out {name}" for name in reversed(names)]
    assert order == once * 2


async def test_limits_are_outermost(make_manager: Any, implement: Any) -> None:
    """The core's own queue and gate are outside of all middleware: what waits has not begun."""
    running: list[int] = []

    def middleware(handler: Any) -> Any:
        @asynccontextmanager
        async def wrapped(request: ChatRequest) -> Any:
            running.append(connection.slots.in_flight)
            async with handler(request) as events:
                yield events

        return wrapped

    async with make_manager(implement(wrap_request=lambda: middleware)) as manager:
        connection = await manager.add_provider("scripted", {"max_concurrency": 1})
        await connection.send("Hi")

    assert running == [1]


@pytest.mark.parametrize(
    "outcome", ["no middleware", KeyError("x"), SystemExit(1)], ids=["text", "KeyError", "SystemExit"]
)
async def test_broken_wrap_request(
    make_manager: Any, script: Any, implement: Any, raising: Any, outcome: Any
) -> None:
    """Middleware that is none keeps its connection closed, names the plugin, and leaves nothing open."""
    raises = isinstance(outcome, BaseException)
    wrap = raising(outcome) if raises else lambda: outcome
    told = f"{'raised' if raises else 'gave'} {type(outcome).__name__}"
    async with make_manager(implement(wrap_request=wrap)) as manager:
        with pytest.raises(ContractBroken, match=f"jackfield_wrap_request of Plugin {told}"):
            await manager.add_provider("scripted")

        assert manager.list_providers() == []
    assert script.opened == script.closed == 1


async def test_no_middleware(make_manager: Any, implement: Any) -> None:
    """A plugin that does not care for a provider gives None."""
    async with make_manager(implement(wrap_request=lambda spec: None)) as manager:
        await manager.add_provider("scripted")
        assert (await manager.send_message("scripted", "Hi")).success
