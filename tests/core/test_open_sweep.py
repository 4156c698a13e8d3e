"""Adding, opening, reopening, removing and leaving, each cancelled at every step of the scheduler.

What opens a connection runs in a task of its own, so cancelling at the caller's awaits is not enough: here
every step that any task takes counts, on both loops, and by the loop's own cancellation too.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import anyio
import attrs
import pytest
import trio

from jackfield import JackfieldError, ProviderContext, ProviderManager, connect

pytestmark = [pytest.mark.anyio, pytest.mark.virtual_time]

MOST_STEPS = 400


@attrs.define(eq=False)
class Steps(trio.abc.Instrument):
    """Counts every step of the event loop, and does something at one of them.

    Attributes:
        at: The step, counted from when the counting began.
        act: What is done then.
        taken: How many steps were taken.
    """

    at: int
    act: Callable[[], Any]
    taken: int = 0

    def before_task_step(self, task: Any) -> None:
        self.tick()

    def tick(self) -> None:
        self.taken += 1
        if self.taken == self.at:
            self.act()

    @contextmanager
    def counting(self, backend: str) -> Iterator[None]:
        """Count the loop's steps for the length of a block."""
        if backend == "trio":
            trio.lowlevel.add_instrument(self)
            try:
                yield
            finally:
                trio.lowlevel.remove_instrument(self)
            return
        run = asyncio.events.Handle._run

        def run_counted(handle: asyncio.events.Handle) -> None:
            self.tick()
            run(handle)

        asyncio.events.Handle._run = run_counted
        try:
            yield
        finally:
            asyncio.events.Handle._run = run


async def cancelled_at(step: int, backend: str, way: str, act: Callable[[], Awaitable[Any]]) -> bool:
    """Do something and cancel it at a step; return whether it took that many. It must end in any case."""
    if way == "native":
        task = asyncio.ensure_future(act())
        steps = Steps(step, task.cancel)
        with anyio.fail_after(60), suppress(asyncio.CancelledError, JackfieldError), steps.counting(backend):
            await task
        return steps.taken >= step
    with anyio.CancelScope() as scope:
        steps = Steps(step, scope.cancel)
        with anyio.fail_after(60), suppress(JackfieldError), steps.counting(backend):
            await act()
    return steps.taken >= step


def token(text: str) -> ProviderContext:
    return ProviderContext("scripted", "token", {"token": text})


@attrs.define(eq=False)
class Stage:
    """A manager in which something is done, and what has to be so before and after.

    Attributes:
        manager: The manager.
        deed: What is done: `add`, `reopen`, `remove`, `config` or `clean up`.
        file: A configuration with two connections.
    """

    manager: ProviderManager
    deed: str
    file: Path

    async def prepare(self) -> None:
        if self.deed in {"reopen", "remove", "clean up"}:
            await self.manager.add_provider("scripted", name="one")
            await self.manager.set_provider_context("one", token("first"))

    async def act(self) -> None:
        if self.deed == "add":
            await self.manager.add_provider("scripted", name="one")
        elif self.deed == "reopen":
            await self.manager.set_provider_context("one", token("second"))
        elif self.deed == "remove":
            await self.manager.remove_provider("one")
        elif self.deed == "config":
            await self.manager.add_from_config(self.file)
        else:
            await self.manager.cleanup_all()

    async def check(self) -> None:
        """Whatever became of it: the name can be used, and what is used answers."""
        if "one" not in self.manager.list_providers():
            await self.manager.add_provider("scripted", name="one")
        await self.manager.set_provider_context("one", token("third"))
        assert (await self.manager.send_message("one", "Hi")).content == "Hello"


@pytest.mark.parametrize("way", ["scope", "native"])
@pytest.mark.parametrize("deed", ["add", "reopen", "remove", "config", "clean up"])
async def test_cancelled_at_every_step(
    make_manager: Any, script: Any, tmp_path: Path, anyio_backend_name: str, *, deed: str, way: str
) -> None:
    """X1, G12: whenever it is cancelled, it ends, the next one works, and nothing stays open."""
    if way == "native" and anyio_backend_name == "trio":
        pytest.skip("only asyncio has a cancellation of its own")
    file = tmp_path / "jackfield.toml"
    file.write_text("[connections.one]\nprovider = 'scripted'\n[connections.two]\nprovider = 'scripted'\n")
    reached = 0
    for step in range(1, MOST_STEPS):
        async with make_manager(auth_types={"token", "none"}) as manager:
            stage = Stage(manager, deed, file)
            await stage.prepare()
            goes_on = await cancelled_at(step, anyio_backend_name, way, stage.act)
            with anyio.fail_after(30):
                await stage.check()
        assert script.opened == script.closed
        if not goes_on:
            break
        reached = step

    assert 1 <= reached < MOST_STEPS - 1


@pytest.mark.parametrize("way", ["scope", "native"])
async def test_a_block_cancelled_at_every_step(
    make_spec: Any, script: Any, anyio_backend_name: str, way: str
) -> None:
    """X1, G12: `connect`, from its opening over a request to its end, leaves nothing either."""
    if way == "native" and anyio_backend_name == "trio":
        pytest.skip("only asyncio has a cancellation of its own")
    spec = make_spec(auth_types={"token"})
    plugin = type("P", (), {"jackfield_register_providers": hook(spec)})()

    async def act() -> None:
        async with connect("scripted", {}, token("first"), plugins=[plugin]) as connection:
            await connection.send("Hi")

    reached = 0
    for step in range(1, MOST_STEPS):
        if not await cancelled_at(step, anyio_backend_name, way, act):
            break
        with anyio.fail_after(30):
            await anyio.wait_all_tasks_blocked()
        assert (script.opened, script.on_wire) == (script.closed, 0)
        reached = step

    assert 8 <= reached < MOST_STEPS - 1


def hook(spec: Any) -> Any:
    from jackfield import hookimpl

    return hookimpl(lambda self: [spec])
