"""The manager: what a user holds."""

from __future__ import annotations

from typing import Any

import pytest

from jackfield import (
    ConnectFailed,
    ProviderContext,
    ProviderStatus,
    RunFailed,
    TextDelta,
    UnknownConnection,
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
