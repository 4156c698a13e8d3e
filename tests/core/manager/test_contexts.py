"""Contexts set for a connection: opened anew, refused, taken."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import Any

import anyio
import pytest

from jackfield import AuthenticationRequired, ProviderContext, ProviderStatus, hookimpl

pytestmark = pytest.mark.anyio


def token(text: str) -> ProviderContext:
    return ProviderContext("scripted", "token", {"token": text})


async def test_context_twice(make_manager: Any, script: Any) -> None:
    """A new context opens the connection anew: the old one is closed first, the statistics go on."""
    async with make_manager(auth_types={"token"}) as manager:
        await manager.add_provider("scripted")
        for text in ("one", "two"):
            await manager.set_provider_context("scripted", token(text))
            assert (await manager.send_message("scripted", "Hi")).success
        assert (script.opened, script.closed) == (3, 2)
        assert (await manager.get_provider_stats("scripted")).requests == 2

    assert script.tokens == ["one", "two"]
    assert script.opened == script.closed


async def test_refused_context(make_manager: Any, script: Any) -> None:
    """A refused context leaves the connection waiting for another one, which then opens it."""
    script.refuses = {"bad"}
    async with make_manager(auth_types={"token"}) as manager:
        await manager.add_provider("scripted")
        with pytest.raises(AuthenticationRequired, match="the remote refuses"):
            await manager.set_provider_context("scripted", token("bad"))

        assert manager.get_provider("scripted").status is ProviderStatus.AUTHENTICATION_REQUIRED
        assert manager.get_active_providers() == []
        await manager.set_provider_context("scripted", token("good"))
        assert manager.get_active_providers() == ["scripted"]


async def test_provider_with_a_task_group(make_manager: Any, make_spec: Any, script: Any) -> None:
    """A provider may keep a task group of its own; a refused login is still told as what it is."""
    plain = make_spec().open

    @asynccontextmanager
    async def open_with_tasks(options: Any) -> Any:
        async with anyio.create_task_group() as tasks, plain(options) as provider:
            tasks.start_soon(anyio.sleep_forever)
            yield provider
            tasks.cancel_scope.cancel()

    script.refuses = {"bad"}
    async with make_manager(open=open_with_tasks, auth_types={"token"}) as manager:
        await manager.add_provider("scripted")
        with pytest.raises(AuthenticationRequired):
            await manager.set_provider_context("scripted", token("bad"))
        await manager.set_provider_context("scripted", token("good"))
        assert (await manager.send_message("scripted", "Hi")).success
    assert script.opened == script.closed


async def test_cancelled_while_opening(make_manager: Any, script: Any) -> None:
    """A cancelled `add_provider` adds nothing and leaves nothing open; the name is free."""
    script.login_seconds = 100.0
    known = type("Known", (), {"jackfield_load_context": hookimpl(lambda self: token("abc"))})()
    async with make_manager(known, auth_types={"token"}) as manager:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(manager.add_provider, "scripted")
            with anyio.fail_after(30):
                while not script.tokens:  # noqa: ASYNC110  a worker thread is in between
                    await anyio.sleep(0.001)
            tasks.cancel_scope.cancel()
        assert manager.list_providers() == []
        assert script.opened == script.closed
        script.login_seconds = 0.0
        await manager.add_provider("scripted")
        assert manager.list_providers() == ["scripted"]


@pytest.mark.virtual_time
async def test_an_opening_that_does_not_heed_its_end(make_manager: Any, make_spec: Any, script: Any) -> None:
    """An opening that was given up, and ends long after that, ends nothing of what was opened since."""
    plain, takes = make_spec().open, [0, 20, 0]

    @asynccontextmanager
    async def slow(options: Any) -> Any:
        with anyio.CancelScope(shield=True):
            await anyio.sleep(takes.pop(0))
        async with plain(options) as provider:
            yield provider

    async with make_manager(open=slow, auth_types={"token"}) as manager:
        connection = await manager.add_provider("scripted")
        with anyio.move_on_after(1):
            await manager.set_provider_context("scripted", token("given-up"))
        await manager.set_provider_context("scripted", token("good"))
        async with connection.stream("Hi") as stream:
            await anyio.sleep(20)
            whole = await stream.collect()

    assert whole.content == "Hello"
    assert (script.tokens, script.opened, script.closed) == (["good"], 3, 3)


@pytest.mark.virtual_time
@pytest.mark.parametrize("text", ["good", "bad"])
async def test_a_context_while_it_is_opened(
    make_manager: Any, make_spec: Any, script: Any, text: str
) -> None:
    """A context that is set while the connection is opened takes that opening's place; nothing is lost."""
    plain, takes = make_spec().open, [5, 2]
    script.refuses = {"bad"}
    added: list[Any] = []

    @asynccontextmanager
    async def slow(options: Any) -> Any:
        await anyio.sleep(takes.pop(0))
        async with plain(options) as provider:
            yield provider

    async with make_manager(open=slow, auth_types={"token"}) as manager:

        async def add() -> None:
            added.append(await manager.add_provider("scripted"))

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(add)
            await anyio.sleep(1)
            if text == "good":
                await manager.set_provider_context("scripted", token(text))
            else:
                with pytest.raises(AuthenticationRequired):
                    await manager.set_provider_context("scripted", token(text))

        status = ProviderStatus.ACTIVE if text == "good" else ProviderStatus.AUTHENTICATION_REQUIRED
        assert added == [manager.get_provider("scripted")]
        assert added[0].status is status

    assert (script.tokens, script.opened, script.closed) == ([text], 1, 1)
