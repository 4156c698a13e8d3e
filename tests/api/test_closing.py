"""Closing a client ends what is on its wires; a client is of use in one process and on one loop alone."""

from __future__ import annotations

import asyncio
import os
import socket
import ssl
import threading
import warnings
from collections.abc import Awaitable, Callable
from typing import Any

import anyio
import pytest
import trustme

from jackfield import Certainty, ProviderClosed

pytestmark = pytest.mark.anyio

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n5\r\nfirst\r\n"
OPEN_ENDED = HEAD + b"\r\nfirst"
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"
LONG = 30.0


@pytest.fixture(params=["plain", "tls"])
def start(
    serve: Any, authority: trustme.CA, tmp_path: Any, request: pytest.FixtureRequest
) -> Callable[..., tuple[Any, dict[str, Any]]]:
    """Start a server, with and without TLS; return it and what a client needs to reach it."""
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))

    def server(*steps: Any) -> tuple[Any, dict[str, Any]]:
        if request.param == "plain":
            return serve(steps), {}
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert("127.0.0.1").configure_cert(tls)
        return serve(steps, tls=tls), {"ca_file": str(tmp_path / "ca.pem")}

    return server


async def ask(client: Any) -> None:
    await client.request("POST", "/", json={})


async def read(client: Any) -> None:
    async with client.stream("GET", "/") as reply:
        async for _ in reply:
            pass


async def hold(client: Any) -> None:
    """Have an answer open and do something else, and read on later."""
    async with client.stream("GET", "/") as reply:
        await anext(reply)
        await anyio.sleep(0.3)
        await anext(reply)


async def until(holds: Callable[[], bool]) -> None:
    with anyio.fail_after(20):
        while not holds():  # noqa: ASYNC110  it is told by a thread
            await anyio.sleep(0.01)


def phases(client: Any) -> list[str]:
    return [exchange._phase for exchange in client._connections._live]


async def closed_under(
    client: Any, works: list[Callable[[Any], Awaitable[None]]], is_under_way: Callable[[], bool]
) -> list[ProviderClosed]:
    """Close *client* while *works* are under way; return what each of them raised."""
    errors: list[ProviderClosed] = []

    async def work(one: Callable[[Any], Awaitable[None]]) -> None:
        with pytest.raises(ProviderClosed) as caught:
            await one(client)
        errors.append(caught.value)

    async with anyio.create_task_group() as group:
        for one in works:
            group.start_soon(work, one)
        await until(is_under_way)
        await anyio.wait_all_tasks_blocked()
        with anyio.fail_after(5):
            await client.aclose()
    return errors


@pytest.mark.parametrize(
    ("steps", "work", "phase"),
    [
        ((LONG,), ask, "head"),
        ((OK[:-1], LONG), ask, "body"),
        ((LONG,), read, "head"),
        ((CHUNKED, LONG), read, "stream"),
        ((OPEN_ENDED, LONG), read, "stream"),
        ((CHUNKED, LONG), hold, "stream"),
    ],
    ids=["head", "body", "stream-head", "stream", "open-ended", "held"],
)
async def test_in_use(api: Any, start: Any, steps: Any, work: Any, phase: str) -> None:
    """X23, C10: closing ends requests at once with ProviderClosed and what is known of each; none stays."""
    server, settings = start(*steps)
    client = api.ApiClient(server.url, **settings)

    def is_under_way() -> bool:
        return len(server.requests) == 5 and phases(client) == [phase] * 5

    errors = await closed_under(client, [work] * 5, is_under_way)

    certainty = Certainty.STARTED if phase == "stream" else Certainty.UNKNOWN
    assert {error.certainty for error in errors} == {certainty}
    assert len(errors) == 5
    assert len(client._connections._live) == 0
    assert await anyio.to_thread.run_sync(server.wait_until_left)


async def test_used_before(api: Any, start: Any) -> None:
    """A connection that has served before is ended like a new one, and idle ones with it."""
    server, settings = start(0.05, OK)
    client = api.ApiClient(server.url, **settings)
    async with anyio.create_task_group() as group:
        for _ in range(3):
            group.start_soon(ask, client)
    server.replies = ((LONG,),)

    errors = await closed_under(client, [ask], lambda: len(server.requests) == 4)

    assert errors[0].certainty is Certainty.UNKNOWN
    assert await anyio.to_thread.run_sync(server.wait_until_left)


async def test_connecting(api: Any) -> None:
    """A request whose connection is only being made is ended too: nothing was sent."""
    with socket.socket() as hole:
        hole.bind(("127.0.0.1", 0))
        hole.listen(0)
        fillers = [socket.socket() for _ in range(3)]
        for filler in fillers:
            filler.setblocking(False)
            filler.connect_ex(hole.getsockname())
        client = api.ApiClient(f"http://127.0.0.1:{hole.getsockname()[1]}")
        errors = await closed_under(client, [ask], lambda: phases(client) == ["head"])
        for filler in fillers:
            filler.close()

    assert errors[0].certainty is Certainty.NOT_SENT


async def test_in_the_handshake(api: Any) -> None:
    """A request whose handshake hangs has not been sent either."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        client = api.ApiClient(f"https://127.0.0.1:{silent.getsockname()[1]}")
        errors = await closed_under(client, [ask], lambda: phases(client) == ["head"])

    assert errors[0].certainty is Certainty.NOT_SENT


async def test_waiting_for_the_gate(
    api: Any, api_modules: dict[str, Any], serve: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A request that waits because the remote asked for it is ended before it is sent."""
    monkeypatch.setattr(
        api_modules["jackfield_api._exchange"], "wait_until_allowed", lambda: anyio.sleep(LONG)
    )
    server = serve((OK,))

    client = api.ApiClient(server.url)

    errors = await closed_under(client, [ask], lambda: phases(client) == ["head"])

    assert errors[0].certainty is Certainty.NOT_SENT
    assert server.connections == 0


async def test_one_bound_for_all(api: Any, serve: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """X4: connections that hang in closing are closed side by side: one bound for all of them."""
    client = api.ApiClient(serve((0.1, OK)).url)
    async with anyio.create_task_group() as group:
        for _ in range(5):
            group.start_soon(ask, client)
    at_once = most = 0
    for _, connection in client._connections._idle:
        close = connection.aclose

        async def slowly(close: Any = close) -> None:
            nonlocal at_once, most
            at_once += 1
            most = max(most, at_once)
            await anyio.sleep(0.1)
            at_once -= 1
            await close()

        monkeypatch.setattr(connection, "aclose", slowly)

    await client.aclose()

    assert most == 5


async def test_closing_that_raises(api: Any, serve: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """What one connection raises in closing concerns nobody: the others are closed, and `aclose` returns."""
    server = serve((0.1, OK))
    client = api.ApiClient(server.url)
    async with anyio.create_task_group() as group:
        for _ in range(3):
            group.start_soon(ask, client)
    first = client._connections._idle[0][1]
    close = first.aclose

    async def badly() -> None:
        await close()
        raise OSError("boom")

    monkeypatch.setattr(first, "aclose", badly)

    await client.aclose()

    assert await anyio.to_thread.run_sync(server.wait_until_left)


async def test_cancelled_closing(api: Any, serve: Any) -> None:
    """X1: a cancelled `aclose` has closed everything all the same."""
    server = serve((CHUNKED, LONG))
    client = api.ApiClient(server.url)

    async with anyio.create_task_group() as group:

        async def work() -> None:
            with pytest.raises(ProviderClosed):
                await read(client)

        group.start_soon(work)
        await until(lambda: phases(client) == ["stream"])
        with anyio.CancelScope() as scope:
            scope.cancel()
            await client.aclose()

    assert await anyio.to_thread.run_sync(server.wait_until_left)


def in_child(work: Callable[[], str]) -> str:
    """Run *work* in a fork of this process; return what it says."""
    reading, writing = os.pipe()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # the server has a thread
        child = os.fork()
    if child == 0:
        try:
            os.write(writing, work().encode())
        finally:
            os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as said:
        text = said.read()
    os.waitpid(child, 0)
    return text


async def told(work: Callable[[], Awaitable[Any]]) -> str:
    try:
        await work()
    except ProviderClosed as error:
        return f"{error.certainty.value}: {error}"
    return "nothing"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
def test_fork(api: Any, start: Any) -> None:
    """X21: in a forked child a used client refuses and touches nothing; the parent's connection goes on.

    The child asks, reads the parent's stream and closes; the parent's answer is its own, on the same socket.
    """
    server, settings = start(OK)
    server.replies = ((OK,), (CHUNKED, 0.3, b"4\r\nlast\r\n0\r\n\r\n"), (OK,))
    client = api.ApiClient(server.url, **settings)

    async def whole_life() -> list[str]:
        await ask(client)
        async with client.stream("GET", "/") as reply:
            await anext(reply)

            async def everything() -> str:
                said = [await told(lambda: ask(client)), await told(reply.__anext__)]
                await reply._answer.aclose()
                await client.aclose()
                return "\n".join(said)

            said = in_child(lambda: asyncio.new_event_loop().run_until_complete(everything()))
            assert b"".join([chunk async for chunk in reply]) == b"last"
        await ask(client)
        await client.aclose()
        return said.splitlines()

    asked, was_read = asyncio.run(whole_life())

    assert asked.startswith("not_sent: ")
    assert "forked" in asked
    assert "in each process" in asked
    assert was_read.startswith("started: ")
    assert server.connections == 1
    assert len(server.requests) == 3


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
def test_fork_of_a_loop_at_rest(api: Any, start: Any) -> None:
    """X21: nor does a child use it that goes on with the loop of its parent, to which it looks the same."""
    server, settings = start(OK)
    client, loop = api.ApiClient(server.url, **settings), asyncio.new_event_loop()
    loop.run_until_complete(ask(client))

    said = in_child(lambda: loop.run_until_complete(told(lambda: ask(client))))
    loop.run_until_complete(ask(client))
    loop.run_until_complete(client.aclose())
    loop.close()

    assert said.startswith("not_sent: ")
    assert "forked" in said
    assert server.connections == 1
    assert len(server.requests) == 2


def test_used_first_in_the_child(api: Any, serve: Any) -> None:
    """A client that the parent only made, as servers do that load before they fork, is the child's."""
    client = api.ApiClient(serve((OK,)).url)

    async def once() -> str:
        async with client:
            return str((await client.request("GET", "/")).status)

    assert in_child(lambda: asyncio.new_event_loop().run_until_complete(once())) == "200"


@pytest.mark.parametrize("other", ["asyncio", "trio"])
async def test_other_loop(api: Any, serve: Any, other: str) -> None:
    """X22: on another loop or in another thread a client refuses, closes nothing, and goes on at home."""
    server = serve((OK,))
    async with api.ApiClient(server.url) as client:
        await ask(client)
        said: list[str] = []

        async def elsewhere() -> None:
            said.append(await told(lambda: ask(client)))

        thread = threading.Thread(target=anyio.run, args=[elsewhere], kwargs={"backend": other})
        thread.start()
        await anyio.to_thread.run_sync(thread.join)

        await ask(client)

    assert said[0].startswith("not_sent: ")
    assert "event loop" in said[0]
    assert len(server.requests) == 2
    assert server.connections == 1


def test_loop_after_loop(api: Any, serve: Any) -> None:
    """X22: a client that outlives its loop refuses on the next one instead of waiting on a dead socket."""
    client = api.ApiClient(serve((OK,)).url)
    first = asyncio.new_event_loop()
    first.run_until_complete(ask(client))

    async def later() -> str:
        said = await told(lambda: ask(client))
        await client.aclose()
        return said

    assert asyncio.run(later()).startswith("not_sent: ")
    first.run_until_complete(client._connections._idle[0][1].aclose())
    first.close()
