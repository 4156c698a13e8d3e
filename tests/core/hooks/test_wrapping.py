"""Middleware: what wraps a request as a whole, and what wraps each of its attempts."""

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


def wrapping(
    name: str, order: list[str], *, first: bool = False, last: bool = False, hook: str = "wrap_request"
) -> object:
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
    return type(name, (), {f"jackfield_{hook}": staticmethod(wrap)})()


@pytest.mark.parametrize("hook", ["wrap_request", "wrap_attempt"])
async def test_order(make_manager: Any, hook: str) -> None:
    """Of middlewares the first registered is outermost, `tryfirst`, `trylast` aside."""
    order: list[str] = []
    plugins = [
        wrapping("last", order, last=True, hook=hook),
        wrapping("one", order, hook=hook),
        wrapping("two", order, hook=hook),
        wrapping("first", order, first=True, hook=hook),
    ]
    async with make_manager(*plugins) as manager:
        connection = await manager.add_provider("scripted")
        await connection.send("Hi")
        async with connection.attach("run-1") as stream:
            await stream.collect()

    names = ["first", "one", "two", "last"]
    once = [f"in {name}" for name in names] + [f"out {name}" for name in reversed(names)]
    assert order == once * 2


@pytest.mark.parametrize(("hook", "in_flight"), [("wrap_request", 0), ("wrap_attempt", 1)])
async def test_where_the_limits_are(make_manager: Any, implement: Any, hook: str, in_flight: int) -> None:
    """What wraps a request stands before the core's queue and takes no slot; an attempt has one."""
    running: list[int] = []

    def middleware(handler: Any) -> Any:
        @asynccontextmanager
        async def wrapped(request: ChatRequest) -> Any:
            running.append(connection.slots.in_flight)
            async with handler(request) as events:
                yield events

        return wrapped

    async with make_manager(implement(**{hook: lambda: middleware})) as manager:
        connection = await manager.add_provider("scripted", {"max_concurrency": 1})
        await connection.send("Hi")

    assert running == [in_flight]


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
