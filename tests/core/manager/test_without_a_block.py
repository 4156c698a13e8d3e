"""A manager without a block: from the first connection to `cleanup_all`, or to the end of the event loop."""

from __future__ import annotations

import gc
from typing import Any

import anyio
import pytest

from jackfield import (
    ConfigError,
    ConnectFailed,
    Keeper,
    ProviderClosed,
    ProviderContext,
    ProviderManager,
    RunFailed,
    TextDelta,
)

LOOPS = pytest.mark.parametrize("loop", ["asyncio", "trio"])


def token(text: str) -> ProviderContext:
    return ProviderContext(provider_name="scripted", auth_type="token", credentials={"token": text})


@LOOPS
def test_a_program_that_never_closes(make_manager: Any, script: Any, loop: str) -> None:
    """What a program leaves open, the end of its event loop closes; nothing warns of it."""

    async def main() -> str:
        manager = make_manager(auth_types={"token"})
        await manager.add_provider("scripted")
        await manager.set_provider_context("scripted", token("abc"))
        response = await manager.send_message("scripted", "Hi")
        del manager
        gc.collect()
        await anyio.lowlevel.checkpoint()
        assert script.closed < script.opened
        return str(response.content)

    assert anyio.run(main, backend=loop) == "Hello"
    assert script.opened == script.closed


@LOOPS
@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_a_program_that_fails(make_manager: Any, script: Any, loop: str, error: type[BaseException]) -> None:
    """A program that ends by an error of its own, or by Ctrl-C, leaves nothing open either."""

    async def main() -> None:
        await make_manager().add_provider("scripted")
        raise error("its own")

    with pytest.raises(error, match="its own"):
        anyio.run(main, backend=loop)
    assert (script.opened, script.closed) == (1, 1)


@pytest.mark.anyio
async def test_closed_and_used_again(make_manager: Any, script: Any) -> None:
    """`cleanup_all` closes everything, twice too; the next connection begins anew."""
    manager = make_manager()
    for _ in range(2):
        await manager.add_provider("scripted")
        assert (await manager.send_message("scripted", "Hi")).success
        async with manager.send_message_parallel("Hi") as responses:
            assert [bool(response.success) async for response in responses] == [True]
        await manager.cleanup_all()
        await manager.cleanup_all()
        assert manager.list_providers() == []
        assert script.opened == script.closed
    assert await manager.health_check_all() == {}


@pytest.mark.anyio
async def test_added_side_by_side(make_manager: Any, script: Any) -> None:
    """Connections that are added side by side are held by one task, and any task may close them."""
    manager = make_manager()

    async def add(name: str) -> None:
        await manager.add_provider("scripted", name=name)

    async with anyio.create_task_group() as tasks:
        for number in range(3):
            tasks.start_soon(add, f"number-{number}")
    async with anyio.create_task_group() as tasks:
        for _ in range(2):
            tasks.start_soon(manager.cleanup_all)

    assert (script.opened, script.closed) == (3, 3)


@pytest.mark.anyio
async def test_errors_are_as_in_a_block(make_manager: Any, script: Any) -> None:
    """Without a block a wrong option and a remote's failure are told in the same way, and bind nothing."""
    manager = make_manager()
    with pytest.raises(ConfigError, match="no option"):
        await manager.add_provider("scripted", {"no_such": 1})
    script.opening = [ConnectFailed("nobody there")]
    with pytest.raises(ConnectFailed):
        await manager.add_provider("scripted", {"max_retries": 0})
    script.opening = []
    await manager.add_provider("scripted")
    script.attempts = [[TextDelta("so far"), RunFailed("it failed")]]
    assert (await manager.send_message("scripted", "Hi")).partial == "so far"
    await manager.cleanup_all()

    assert manager.list_providers() == []


@pytest.mark.anyio
async def test_a_block_after_all(make_manager: Any) -> None:
    """A manager that runs already is not entered; a second block inside the first is refused too."""
    manager = make_manager()
    await manager.add_provider("scripted")
    with pytest.raises(RuntimeError, match="enter its block once, before anything is added"):
        await manager.__aenter__()
    await manager.cleanup_all()
    async with manager:
        with pytest.raises(RuntimeError, match="enter its block once"):
            await manager.__aenter__()


@pytest.mark.anyio
async def test_nothing_added_yet() -> None:
    """What needs a running manager says how one begins."""
    with pytest.raises(RuntimeError, match="add a provider first"):
        async with ProviderManager().send_message_parallel("Hi", []):
            pass


class Thing:
    """Something to keep open; it takes a second to open."""

    def __init__(self, fault: Exception | None = None) -> None:
        self.fault, self.steps = fault, list[str]()

    async def enter(self) -> None:
        self.steps.append("entering")
        await anyio.sleep(1)
        if self.fault is not None:
            raise self.fault
        self.steps.append("entered")

    async def leave(self) -> None:
        with anyio.CancelScope(shield=True):
            await anyio.sleep(1)
        self.steps.append("left")


@pytest.mark.anyio
@pytest.mark.virtual_time
async def test_a_keeper_whose_opener_is_cancelled() -> None:
    """Cancelled while it opens, it is closed before its opener goes on."""
    thing = Thing()
    with anyio.move_on_after(0.5):
        await Keeper(thing.enter, thing.leave).open()

    assert thing.steps == ["entering", "left"]


@pytest.mark.anyio
@pytest.mark.virtual_time
async def test_a_keeper_that_cannot_open() -> None:
    """What opening raises is raised, once it is closed; closing raises it no more."""
    thing = Thing(ConnectFailed("nobody there"))
    keeper = Keeper(thing.enter, thing.leave)
    with pytest.raises(ConnectFailed):
        await keeper.open()
    assert thing.steps == ["entering", "left"]


@pytest.mark.anyio
@pytest.mark.virtual_time
async def test_a_keeper_that_is_closed_while_it_opens() -> None:
    """Who waits for the opening of what another task closes is told so."""
    thing, told = Thing(), list[str]()
    keeper = Keeper(thing.enter, thing.leave)

    async def open_it() -> None:
        with pytest.raises(ProviderClosed, match="while it was being opened"):
            await keeper.open()
        told.append("closed")

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(open_it)
        await anyio.sleep(0.5)
        await keeper.close()
        await keeper.close()

    assert told == ["closed"]
    assert thing.steps == ["entering", "left"]
