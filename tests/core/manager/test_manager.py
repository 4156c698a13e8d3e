"""The manager: what a user holds."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

import anyio
import pytest

from jackfield import (
    ConfigError,
    ConnectFailed,
    ProviderContext,
    ProviderOptions,
    ProviderStatus,
    RunFailed,
    TextDelta,
    UnknownConnection,
    UnknownProvider,
    Unsupported,
    hookimpl,
)

pytestmark = pytest.mark.anyio


async def test_send(make_manager: Any, script: Any) -> None:
    """A provider that needs no login opens when it is added, and answers."""
    async with make_manager() as manager:
        connection = await manager.add_provider("scripted")
        open_status = connection.status
        response = await manager.send_message("scripted", "Hi")

    assert response.success
    assert response.content == "Hello"
    assert response.handle == "run-1"
    assert (script.opened, script.closed, script.on_wire) == (1, 1, 0)
    assert [open_status, connection.status] == [ProviderStatus.ACTIVE, ProviderStatus.INACTIVE]


async def test_stream(make_manager: Any) -> None:
    """A stream gives the events in order, then the response."""
    async with make_manager() as manager:
        await manager.add_provider("scripted")
        async with manager.stream_message("scripted", "Hi") as stream:
            texts = [event.text async for event in stream if isinstance(event, TextDelta)]

    assert texts == ["Hel", "lo"]
    assert stream.response.content == "Hello"


async def test_failure_is_in_the_response(make_manager: Any, script: Any) -> None:
    """`send_message` keeps a provider's failure and what had arrived; it does not raise it."""
    script.attempts = [[TextDelta("so far"), RunFailed("the run failed")]]
    async with make_manager() as manager:
        await manager.add_provider("scripted")
        response = await manager.send_message("scripted", "Hi")

    assert not response.success
    assert isinstance(response.error, RunFailed)
    assert response.partial == "so far"
    assert response.error.connection == "scripted"
    with pytest.raises(RunFailed):
        response.raise_for_error()


async def test_login(make_manager: Any, script: Any) -> None:
    """Without credentials a connection waits for a context; with one it opens."""
    async with make_manager(auth_types={"token"}) as manager:
        connection = await manager.add_provider("scripted")

        assert connection.status is ProviderStatus.AUTHENTICATION_REQUIRED
        assert "SCRIPTED_TOKEN" in str((await manager.send_message("scripted", "Hi")).error)

        await manager.set_provider_context("scripted", ProviderContext("scripted", "token", {"token": "abc"}))

        assert (await manager.send_message("scripted", "Hi")).content == "Hello"
    assert script.tokens == ["abc"]
    assert script.opened == script.closed


async def test_body_exception_is_not_wrapped(make_manager: Any, script: Any) -> None:
    """An exception of the program leaves the manager's block as it is, and the connection is closed."""
    with pytest.raises(ZeroDivisionError):
        async with make_manager() as manager:
            await manager.add_provider("scripted")
            raise ZeroDivisionError
    assert script.opened == script.closed == 1


async def test_unknown_connection(make_manager: Any) -> None:
    """A misspelt connection is told with the near name."""
    async with make_manager() as manager:
        await manager.add_provider("scripted")
        with pytest.raises(UnknownConnection, match="Did you mean 'scripted'"):
            manager.get_provider("scriptd")


async def test_unreachable(make_manager: Any, script: Any) -> None:
    """A provider that cannot be opened is not added."""
    script.opening = [ConnectFailed("nobody listens")]
    async with make_manager() as manager:
        with pytest.raises(ConnectFailed):
            await manager.add_provider("scripted")

        assert manager.list_providers() == []


async def test_parallel(make_manager: Any) -> None:
    """Several connections are asked at once, and each answers."""
    async with make_manager() as manager:
        for name in ("one", "two", "three"):
            await manager.add_provider("scripted", name=name)
        async with manager.send_message_parallel("Hi") as responses:
            names = {response.connection async for response in responses}
        async with manager.stream_parallel("Hi") as events:
            ended = [name async for name, event in events if hasattr(event, "content")]
        healthy = {name: report.healthy for name, report in (await manager.health_check_all()).items()}

    assert names == {"one", "two", "three"}
    assert sorted(ended) == ["one", "three", "two"]
    assert healthy == dict.fromkeys(("one", "two", "three"), True)


async def test_add_from_config(make_manager: Any, tmp_path: Path) -> None:
    """Every connection of the file is added; one that cannot be is told by name and stops no other."""
    file = tmp_path / "jackfield.toml"
    file.write_text(
        "[connections.scripted]\nmax_retries = 3\n"
        "[connections.work]\nprovider = 'scripted'\n"
        "[connections.odd]\nprovider = 'scripted'\nmax_retires = 3\n"
        "[connections.gone]\nprovider = 'not_installed'\n"
    )
    async with make_manager() as manager:
        failed = await manager.add_from_config(file)

        assert manager.list_providers() == ["scripted", "work"]
        assert manager.get_provider("scripted").options.max_retries == 3
        again = await manager.add_from_config(file)
    assert {name: type(error) for name, error in failed.items()} == {
        "odd": ConfigError,
        "gone": UnknownProvider,
    }
    assert set(again) == {"scripted", "work", "odd", "gone"}


async def test_add_from_config_without_a_remote(make_manager: Any, script: Any, tmp_path: Path) -> None:
    """A remote that cannot be reached is one connection's failure; a wrong file is the call's."""
    script.opening = [ConnectFailed("nobody listens")]
    file = tmp_path / "jackfield.toml"
    file.write_text("[connections.scripted]\n")
    async with make_manager() as manager:
        failed = await manager.add_from_config(file)
        assert isinstance(failed["scripted"], ConnectFailed)
        file.write_text("middleware = ['not_installed']")
        with pytest.raises(UnknownProvider):
            await manager.add_from_config(file)
        with pytest.raises(ConfigError):
            await manager.add_from_config(tmp_path / "missing.toml")


async def test_a_connection_that_hangs_in_opening(make_manager: Any, tmp_path: Path, silent: Any) -> None:
    """R4: the connections of a file open side by side: one that opens late keeps no other waiting."""
    others = anyio.Event()

    @asynccontextmanager
    async def open_provider(options: ProviderOptions) -> AsyncIterator[Any]:
        if options.max_retries == 7:
            await others.wait()
        else:
            others.set()
        yield silent

    file = tmp_path / "jackfield.toml"
    file.write_text(
        "[connections.late]\nprovider = 'scripted'\nmax_retries = 7\n"
        "[connections.other]\nprovider = 'scripted'\n"
    )
    async with make_manager(open=open_provider, auth_types={"none"}) as manager:
        with anyio.fail_after(20):
            assert not await manager.add_from_config(file)


async def test_list_models(make_manager: Any) -> None:
    """Models are listed where the provider can; elsewhere that is told."""
    async with make_manager() as manager, make_manager(capabilities=()) as other:
        assert [model.id for model in await (await manager.add_provider("scripted")).list_models()] == [
            "small"
        ]
        connection = await other.add_provider("scripted")
        with pytest.raises(Unsupported, match="list its models"):
            await connection.list_models()


async def test_tests_notice_blocking(make_manager: Any, script: Any, anyio_backend_name: str) -> None:
    """The guard of these tests works: a provider that blocks asyncio's loop while it is closed is noticed."""
    script.on_close = partial(time.sleep, 0.001)
    told: list[BaseException | None] = []

    class Witness:
        """Hears how the connection ended."""

        @hookimpl
        def jackfield_provider_closed(self, error: BaseException | None) -> None:
            told.append(error)

    async with make_manager(Witness()) as manager:
        await manager.add_provider("scripted")

    assert ("BlockingError" in str(told[0])) == (anyio_backend_name == "asyncio")
