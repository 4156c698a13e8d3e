"""Adding, opening, renewing, removing and closing connections, also at awkward moments."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import Any

import anyio
import pytest

from jackfield import (
    Certainty,
    ConfigError,
    ConnectFailed,
    ContractBroken,
    ProviderClosed,
    ProviderContext,
    ProviderManager,
    ProviderStatus,
    ResponseFinished,
    ResponseStarted,
    TextDelta,
    UnknownConnection,
    UnknownProvider,
)

pytestmark = [pytest.mark.anyio, pytest.mark.virtual_time]

STARTED, DONE = ResponseStarted(handle="run-1"), ResponseFinished()


def token(text: str) -> ProviderContext:
    return ProviderContext("scripted", "token", {"token": text})


async def collect(errors: list[Exception], call: Any, *args: Any) -> None:
    """Call something and collect that the connection was closed."""
    try:
        await call(*args)
    except ProviderClosed as error:
        errors.append(error)


async def test_names(make_manager: Any) -> None:
    """Connections are listed in the order they were added; a name is used once and must be a plain one."""
    async with make_manager() as manager:
        for name in ("scripted", "work", "home-2"):
            await manager.add_provider("scripted", name=name if name != "scripted" else None)
        with pytest.raises(ConfigError, match="a connection 'work' already"):
            await manager.add_provider("scripted", name="work")
        proposed = {"Work": "work", "../evil": "evil", "a" * 65: "a" * 64, "2 büros": "buros", "日本": None}
        for name, plain in proposed.items():
            with pytest.raises(ConfigError, match="cannot be a connection's name") as caught:
                await manager.add_provider("scripted", name=name)
            assert caught.value.hint == (plain and f"For example {plain!r}.")

        assert manager.list_providers() == ["scripted", "work", "home-2"]
        assert manager.get_provider("work").name == "work"
        assert manager.get_active_providers() == ["scripted", "work", "home-2"]


async def test_wrong_options(make_manager: Any, script: Any) -> None:
    """A wrong option or provider is told before anything is opened, and adds nothing."""
    async with make_manager() as manager:
        with pytest.raises(ConfigError, match="work has no option 'max_retires'"):
            await manager.add_provider("scripted", {"max_retires": 1}, name="work")
        with pytest.raises(UnknownProvider):
            await manager.add_provider("scriptd")

        assert manager.list_providers() == []
    assert script.opened == 0


async def test_outside_of_its_block(make_manager: Any) -> None:
    """A manager whose block was left says how it is used; it may be entered again."""
    manager = make_manager()
    for _ in range(2):
        async with manager:
            await manager.add_provider("scripted")
        with pytest.raises(RuntimeError, match="async with ProviderManager"):
            await manager.add_provider("scripted")
    assert manager.list_providers() == []


async def test_contexts_at_once(make_manager: Any, script: Any) -> None:
    """Several contexts set at once take turns; one open connection remains, none is left behind."""
    script.login_seconds = 1.0
    async with make_manager(auth_types={"token"}) as manager:
        await manager.add_provider("scripted")
        async with anyio.create_task_group() as tasks:
            for text in ("one", "two", "three"):
                tasks.start_soon(manager.set_provider_context, "scripted", token(text))

        assert script.opened - script.closed == 1
        assert (await manager.send_message("scripted", "Hi")).success
    assert script.opened == script.closed == 4


async def test_removed_while_its_context_is_set(make_manager: Any, script: Any) -> None:
    """Removed while its context is set, a connection does not come back, and who sets it is told."""
    script.login_seconds = 1.0
    errors: list[Exception] = []
    async with make_manager(auth_types={"token"}) as manager:
        await manager.add_provider("scripted")
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(collect, errors, manager.set_provider_context, "scripted", token("one"))
            await anyio.sleep(0.5)
            await manager.remove_provider("scripted")

        assert [str(error) for error in errors] == ["the connection 'scripted' was removed"]
        assert manager.list_providers() == []
        await anyio.sleep(1)
        assert script.opened == script.closed


async def test_removed_before_its_context_is_set(make_manager: Any, script: Any) -> None:
    """Who sets a context for a connection that is removed before its turn is told so."""
    script.login_seconds = 1.0
    errors: list[Exception] = []
    async with make_manager(auth_types={"token"}) as manager:
        await manager.add_provider("scripted")

        async with anyio.create_task_group() as tasks:
            for text in ("one", "two"):
                tasks.start_soon(collect, errors, manager.set_provider_context, "scripted", token(text))
                await anyio.sleep(0.3)
            await manager.remove_provider("scripted")

        assert [str(error) for error in errors] == ["the connection 'scripted' was removed"] * 2
        assert script.opened == script.closed


async def test_remove_while_sending(make_manager: Any, script: Any) -> None:
    """A request on the wire when its connection is removed fails with ProviderClosed, with what it knew."""
    script.attempts = [[STARTED, TextDelta("so far"), 3600.0]]
    script.on_close = lambda: closed_with.append(script.on_wire)
    responses, closed_with = [], []
    async with make_manager() as manager:
        await manager.add_provider("scripted")

        async def ask() -> None:
            responses.append(await manager.send_message("scripted", "Hi"))

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(ask)
            await anyio.wait_all_tasks_blocked()
            began = anyio.current_time()
            await manager.remove_provider("scripted")
        with pytest.raises(UnknownConnection):
            await manager.send_message("scripted", "Hi")

    error = responses[0].error
    assert isinstance(error, ProviderClosed)
    assert error.certainty is Certainty.STARTED
    assert (closed_with, anyio.current_time()) == ([0], began)
    assert (responses[0].partial, responses[0].handle) == ("so far", "run-1")


async def test_close_twice(make_manager: Any, script: Any) -> None:
    """Cleaning up twice, or after everything was removed, is fine; the manager goes on."""
    async with make_manager() as manager:
        connection = await manager.add_provider("scripted")
        await manager.remove_provider("scripted")
        await manager.cleanup_all()
        await manager.cleanup_all()
        assert connection.status is ProviderStatus.INACTIVE
        await manager.add_provider("scripted")
        assert (await manager.send_message("scripted", "Hi")).success
    assert script.opened == script.closed == 2


def hanging(seconds: float) -> Any:
    """Return an `open` whose closing takes some time."""

    @asynccontextmanager
    async def open_it(options: Any) -> Any:
        from jackfield import Provider

        class Quiet(Provider):
            def stream(self, request: Any) -> Any:
                raise NotImplementedError

        yield Quiet()
        with anyio.CancelScope(shield=True):
            await anyio.sleep(seconds)

    return open_it


async def test_closing_that_hangs(make_manager: Any) -> None:
    """X4: fifty providers that hang while they are closed hold the program up for five seconds in all."""
    async with make_manager(open=hanging(15)) as manager:
        for number in range(50):
            await manager.add_provider("scripted", name=f"number-{number}")
        began = anyio.current_time()
        await manager.cleanup_all()
        assert anyio.current_time() - began == pytest.approx(5)
        assert manager.list_providers() == []


async def test_provider_that_dies(make_manager: Any, script: Any) -> None:
    """A provider whose own task fails closes its connection only; the manager and the others go on."""
    death = anyio.Event()

    @asynccontextmanager
    async def open_mortal(options: Any) -> Any:
        from jackfield import Provider

        class Mortal(Provider):
            def stream(self, request: Any) -> Any:
                raise NotImplementedError

        async def die() -> None:
            await death.wait()
            raise OSError("the browser was killed")

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(die)
            yield Mortal()

    async with make_manager(open=open_mortal) as manager, make_manager() as other:
        connection = await manager.add_provider("scripted")
        await other.add_provider("scripted")
        death.set()
        await anyio.sleep(1)

        assert connection.status is ProviderStatus.INACTIVE
        assert isinstance((await manager.send_message("scripted", "Hi")).error, ProviderClosed)
        assert (await other.send_message("scripted", "Hi")).success


@pytest.mark.parametrize("opens", [None, "text", 5], ids=str)
async def test_open_gives_no_provider(make_manager: Any, opens: Any) -> None:
    """A specification that opens something else than a provider breaks the contract."""

    @asynccontextmanager
    async def open_it(options: Any) -> Any:
        yield opens

    async with make_manager(open=open_it) as manager:
        with pytest.raises(ContractBroken, match=f"opens {type(opens).__name__}, not a Provider"):
            await manager.add_provider("scripted")


@pytest.mark.parametrize("error", [KeyError("bug"), ConnectFailed("nobody listens")], ids=repr)
async def test_failed_opening(make_manager: Any, script: Any, error: Exception) -> None:
    """A provider that cannot be opened is not added; its name is free for the next try."""
    script.opening = [error]
    async with make_manager() as manager:
        with pytest.raises((ContractBroken, ConnectFailed)):
            await manager.add_provider("scripted")
        assert manager.list_providers() == []
        script.opening = []
        await manager.add_provider("scripted")


async def test_manager_without_plugins() -> None:
    """A manager of installed providers only can be entered and left."""
    async with ProviderManager() as manager:
        assert manager.list_providers() == []
