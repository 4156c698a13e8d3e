"""Blocks that one task enters and another leaves: start and stop hooks, fixtures, cells of a notebook."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import anyio.lowlevel
import fastapi
import pytest
from fastapi.responses import StreamingResponse

from jackfield import ProviderClosed, ProviderContext, ResponseStream, connect, hookimpl
from jackfield._background import Background

pytestmark = pytest.mark.anyio


async def in_a_task_of_its_own(do: Callable[[], Awaitable[Any]]) -> None:
    """Await something in a task that is over afterwards."""
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(do)
        await anyio.lowlevel.checkpoint()


async def nothing() -> None:
    """End what is held open: nothing is."""


async def test_manager_left_elsewhere(make_manager: Any, script: Any) -> None:
    """A manager may be entered in one task, used in a second and left in a third, when the first is over."""
    manager = make_manager()

    async def use() -> None:
        await manager.add_provider("scripted")
        async with manager.send_message_parallel("Hi") as responses:
            assert [response.content async for response in responses] == ["Hello"]

    for _ in range(2):
        await in_a_task_of_its_own(manager.__aenter__)
        await in_a_task_of_its_own(use)
        await in_a_task_of_its_own(lambda: manager.__aexit__(None, None, None))
        assert manager.list_providers() == []
    assert script.opened == script.closed == 2


async def test_connection_left_elsewhere(make_spec: Any, script: Any) -> None:
    """So may a connection that `connect` opens."""
    plugin = type("P", (), {"jackfield_register_providers": hookimpl(lambda self: [make_spec()])})()
    opening = connect("scripted", plugins=[plugin])
    contents = []

    async def begin() -> None:
        connection = await opening.__aenter__()
        contents.append((await connection.send("Hi")).content)

    await in_a_task_of_its_own(begin)
    assert (script.opened, script.closed) == (1, 0)
    await in_a_task_of_its_own(lambda: opening.__aexit__(None, None, None))

    assert (contents, script.closed) == (["Hello"], 1)


async def test_stream_left_elsewhere(make_manager: Any, script: Any) -> None:
    """So may a stream; leaving it early ends the request."""
    script.attempts = [[*script.attempts[0][:2], 3600.0]]
    async with make_manager() as manager:
        connection = await manager.add_provider("scripted")
        stream = connection.stream("Hi")
        await in_a_task_of_its_own(stream.__aenter__)
        await in_a_task_of_its_own(stream.__anext__)
        assert script.on_wire == 1
        await in_a_task_of_its_own(lambda: stream.__aexit__(None, None, None))

        assert (script.on_wire, connection.slots.in_flight) == (0, 0)


def test_left_in_another_loop(make_manager: Any, anyio_backend: Any) -> None:
    """Left in another event loop than it was entered in, a manager says so and what to do."""
    manager = make_manager()
    backend, options = (anyio_backend, {}) if isinstance(anyio_backend, str) else anyio_backend
    anyio.run(manager.__aenter__, backend=backend, backend_options=options)

    with pytest.raises(RuntimeError, match=r"left in another.*jackfield\.sync"):
        anyio.run(manager.__aexit__, None, None, None, backend=backend, backend_options=options)


def test_loop_ends_first(make_manager: Any, script: Any, anyio_backend: Any) -> None:
    """A manager that nobody leaves closes its connections when its event loop ends, and holds nobody up."""
    backend, options = (anyio_backend, {}) if isinstance(anyio_backend, str) else anyio_backend

    async def main() -> Any:
        manager = make_manager()
        await manager.__aenter__()
        await manager.add_provider("scripted")
        return manager.get_provider("scripted")

    connection = anyio.run(main, backend=backend, backend_options=options)

    assert connection.closed
    assert script.opened == script.closed == 1


async def test_failed_task() -> None:
    """A task that fails ends the others; who leaves the block is told, and what was held is closed before."""
    told: list[str] = []

    async def last() -> None:
        told.append("closed")

    async def fail() -> None:
        raise ZeroDivisionError

    async def hang() -> None:
        try:
            await anyio.sleep_forever()
        finally:
            told.append("ended")

    with pytest.RaisesGroup(ZeroDivisionError):
        async with Background(last) as tasks:
            tasks.start_soon(hang)
            await anyio.wait_all_tasks_blocked()
            tasks.start_soon(fail)
            await anyio.wait_all_tasks_blocked()

    assert sorted(told) == ["closed", "ended"]


async def test_cancelled_at_the_start() -> None:
    """Whoever is cancelled while entering has entered nothing."""
    with anyio.CancelScope() as scope:
        scope.cancel()
        await Background(nothing).__aenter__()
    assert scope.cancelled_caught


async def test_not_entered() -> None:
    """Tasks are not started before the block."""
    with pytest.raises(RuntimeError, match="use `async with`"):
        Background(nothing).start_soon(nothing)


async def test_removed_while_left_elsewhere(make_manager: Any, script: Any) -> None:
    """A request that another task has on the wire is told that the manager was left."""
    script.attempts = [[*script.attempts[0][:2], 3600.0]]
    manager = make_manager()
    await in_a_task_of_its_own(manager.__aenter__)
    await manager.add_provider("scripted")
    responses = []

    async def ask() -> None:
        responses.append(await manager.send_message("scripted", "Hi"))

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(ask)
        await anyio.wait_all_tasks_blocked()
        await in_a_task_of_its_own(lambda: manager.__aexit__(None, None, None))

    assert isinstance(responses[0].error, ProviderClosed)
    assert responses[0].partial == "Hel"


@pytest.mark.skipif(sys.platform == "win32", reason="Windows raises no signals")
def test_ctrl_c_is_the_programs(anyio_backend: Any) -> None:
    """Ctrl-C in the midst of a background task is raised in the program, not in the task."""
    backend, options = (anyio_backend, {}) if isinstance(anyio_backend, str) else anyio_backend
    seen = []

    async def strike() -> None:
        try:
            signal.raise_signal(signal.SIGINT)
            await anyio.sleep_forever()
        except BaseException as error:
            seen.append(type(error).__name__)
            raise

    async def main() -> None:
        async with Background(nothing) as tasks:
            tasks.start_soon(strike)
            await anyio.sleep_forever()

    with pytest.raises(KeyboardInterrupt):
        anyio.run(main, backend=backend, backend_options=options)
    assert seen == ["Cancelled" if backend == "trio" else "CancelledError"]


async def test_in_fastapi(make_manager: Any, script: Any) -> None:
    """A streamed answer that is a dependency, as in docs/embedding.md, ends when its client goes away."""
    script.attempts = [[*script.attempts[0][:2], 3600.0]]
    sent: list[Any] = []
    came = anyio.Event()

    async def receive() -> Any:
        await came.wait()
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        sent.append(message.get("body"))
        if message.get("body"):
            came.set()

    async with make_manager() as manager:
        await manager.add_provider("scripted")

        async def asked() -> AsyncIterator[ResponseStream]:
            async with manager.stream_message("scripted", "Hi") as stream:
                yield stream  # noqa: ASYNC119  FastAPI makes a context manager of it

        app = fastapi.FastAPI()

        @app.get("/")
        async def stream(answer: Any = fastapi.Depends(asked)) -> StreamingResponse:  # noqa: B008, FAST002
            return StreamingResponse(answer.text)

        scope = {"type": "http", "method": "GET", "path": "/", "query_string": b"", "headers": []}
        await app(scope, receive, send)

        assert (b"Hel" in sent, script.on_wire, script.streams_left) == (True, 0, 1)


STRAY = [GeneratorExit, KeyboardInterrupt, asyncio.CancelledError]


@pytest.mark.parametrize("kind", STRAY)
@pytest.mark.parametrize("place", ["opening", "login_faults", "on_close"])
async def test_what_only_passes_through_a_plugin(
    make_manager: Any, script: Any, anyio_backend_name: str, kind: type[BaseException], place: str
) -> None:
    """G2: of a plugin that raises what is the loop's or a person's the opener hears; the loop goes on."""
    if anyio_backend_name == "asyncio" and kind is not GeneratorExit:
        pytest.skip("there it is the loop's own word, whoever says it")
    calls = [kind("stray")]

    def close() -> None:
        if calls:
            raise calls.pop()

    async with make_manager(auth_types={"none", "token"}) as manager:
        if place == "on_close":
            script.on_close = close
            await manager.add_provider("scripted")
            await manager.remove_provider("scripted")
        else:
            setattr(script, place, calls)
            context = ProviderContext("scripted", credentials={"token": "a-token-of-somebody"})
            with pytest.raises(kind, match="stray"):
                await manager.add_provider("scripted")
                await manager.set_provider_context("scripted", context)
            calls.clear()
        await manager.add_provider("scripted", name="another")
        assert (await manager.send_message("another", "Hi")).content == "Hello"
