"""Notifying hooks: when they are called, with what, and what a faulty one does to the others."""

from __future__ import annotations

from typing import Any

import anyio
import pytest

from jackfield import (
    AuthenticationRequired,
    ConnectFailed,
    ProviderContext,
    RunFailed,
    TextDelta,
)

pytestmark = pytest.mark.anyio

NO_TOKEN = ProviderContext("scripted", "token", {})


async def test_notifying_hooks(make_manager: Any, make_witness: Any) -> None:
    """An exchange tells: opening, its states, open, finished, closed, in that order."""
    witness = make_witness()
    async with make_manager(witness) as manager:
        await manager.add_provider("scripted")
        await manager.send_message("scripted", "Hi")

    assert witness.seen == [
        ("status", "INACTIVE", "INITIALIZING", "opening"),
        ("opened", "scripted"),
        ("status", "INITIALIZING", "ACTIVE", "ready"),
        ("finished", "Hello", type(None)),
        ("status", "ACTIVE", "INACTIVE", "not open"),
        ("closed", "scripted", type(None)),
    ]


async def test_finished_once_whichever_way(make_manager: Any, script: Any, make_witness: Any) -> None:
    """`response_finished` is called once per request: answered, failed, left early, cancelled."""
    witness = make_witness()
    async with make_manager(witness) as manager:
        connection = await manager.add_provider("scripted")
        await connection.send("Hi")
        script.attempts = [[TextDelta("so"), RunFailed("the run failed")]]
        await manager.send_message("scripted", "Hi")
        script.attempts = [[TextDelta("left"), TextDelta("unread")]]
        async with connection.stream("Hi") as stream:
            await stream.__anext__()
        with anyio.CancelScope() as scope:
            async with connection.stream("Hi") as stream:
                await stream.__anext__()
                scope.cancel()
                await stream.__anext__()

    none = type(None)
    assert witness.of("finished") == [("Hello", none), ("so", RunFailed), ("left", none), ("left", none)]


async def test_closed_tells_the_error(make_spec: Any, implement: Any, make_witness: Any) -> None:
    """`provider_closed` is called on the way out, whatever ends the block; never for one not opened."""
    from jackfield._connect import build_connection, load_plugins

    witness, spec = make_witness(), make_spec(auth_types={"token", "none"})
    plugins = load_plugins([implement(register_providers=lambda: [spec]), witness])
    with pytest.raises(ZeroDivisionError):
        async with build_connection(plugins, "scripted", None, None).open():
            raise ZeroDivisionError
    with pytest.raises(AuthenticationRequired):
        async with build_connection(plugins, "scripted", None, None).open(NO_TOKEN):
            raise AssertionError

    assert witness.of("closed") == [("scripted", type(None))]


@pytest.mark.parametrize("error", [ValueError("x"), SystemExit(1), RunFailed("x")], ids=repr)
async def test_notifying_hook_that_raises(
    make_manager: Any, error: BaseException, implement: Any, raising: Any, make_witness: Any
) -> None:
    """A notifying hook that raises, even SystemExit, loses nobody else's call and fails no request."""
    fail = raising(error)
    bad = implement(
        provider_opened=fail,
        provider_closed=fail,
        status_changed=fail,
        response_finished=fail,
        stream_event=fail,
        request_retried=fail,
    )
    before, after = make_witness(), make_witness()
    async with make_manager(before, bad, after) as manager:
        await manager.add_provider("scripted")
        assert (await manager.send_message("scripted", "Hi")).content == "Hello"

    assert before.seen == after.seen
    assert len(after.seen) == 6


async def test_stream_event(make_manager: Any, implement: Any) -> None:
    """`stream_event` is called for every event of every stream, also those that `send` collects."""
    seen: list[Any] = []

    def tell(event: Any) -> None:
        seen.append(event)

    async with make_manager(implement(stream_event=tell)) as manager:
        connection = await manager.add_provider("scripted")
        await connection.send("Hi")
        async with connection.stream("Hi") as stream:
            events = [event async for event in stream]

    assert seen == events * 2


async def test_stream_event_costs_nothing_when_nobody_listens(make_manager: Any, implement: Any) -> None:
    """Where nobody implements `stream_event`, a stream does not even try to tell."""
    for plugins, listens in (((), False), ((implement(stream_event=lambda event: None),), True)):
        async with make_manager(*plugins) as manager:
            connection = await manager.add_provider("scripted")
            async with connection.stream("Hi") as stream:
                assert (stream._event_came is not None) is listens


async def test_request_retried(make_manager: Any, script: Any, implement: Any) -> None:
    """`request_retried` is called before each retry with the error and the seconds to wait."""
    script.attempts = [[ConnectFailed("one")], [ConnectFailed("two")], script.attempts[0]]
    seen: list[Any] = []
    plugin = implement(
        request_retried=lambda request, error, wait: seen.append((request.id, str(error), wait))
    )
    async with make_manager(plugin) as manager:
        await manager.add_provider("scripted", {"base_delay": 0})
        response = await manager.send_message("scripted", "Hi")

    assert response.attempts == 3
    assert seen == [(response.request_id, "one", 0.0), (response.request_id, "two", 0.0)]


async def test_hooks_may_leave_out_arguments(make_manager: Any, implement: Any) -> None:
    """A hook takes only the arguments it needs."""
    called: list[str] = []
    plugin = implement(
        provider_opened=lambda: called.append("opened"),
        status_changed=lambda new: called.append(new.value),
        response_finished=lambda error, connection: called.append(connection.name),
    )
    async with make_manager(plugin) as manager:
        await manager.add_provider("scripted")
        await manager.send_message("scripted", "Hi")

    assert called == ["initializing", "opened", "active", "scripted", "inactive"]
