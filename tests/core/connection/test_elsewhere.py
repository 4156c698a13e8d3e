"""Connections that are used where they were not opened."""

from __future__ import annotations

import asyncio
import os
import sys
from typing import Any

import anyio
import pytest
import trio

from jackfield import ProviderClosed

pytestmark = pytest.mark.anyio


@pytest.mark.skipif(sys.platform == "win32", reason="Windows does not fork")
@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
async def test_after_a_fork(opened: Any, script: Any) -> None:
    """X21: a child sends nothing over its parent's connection: it is told so, and the parent goes on."""
    async with opened() as connection:
        reading, writing = os.pipe()
        child = os.fork()
        if not child:
            told = b"nothing"
            try:
                connection._usable()
            except ProviderClosed as error:
                told = error.message.encode()
            finally:
                os.write(writing, told)
                os._exit(0)
        _, status = await anyio.to_thread.run_sync(os.waitpid, child, 0)
        os.close(writing)
        told = os.read(reading, 1000)
        os.close(reading)

        assert status == 0
        assert told == b"the connection 'scripted' was opened before this process was forked"
        assert (await connection.send("Hi")).content == "Hello"

    assert len(script.requests) == 1


@pytest.mark.parametrize("run", [asyncio.run, trio.run], ids=["asyncio", "trio"])
async def test_in_another_loop(opened: Any, script: Any, run: Any) -> None:
    """X22: in another loop, in another thread, a request is an error of ours at once, and nothing is sent."""

    async def ask() -> str:
        with pytest.raises(ProviderClosed) as caught:
            await connection.send("Hi")
        return caught.value.message

    def elsewhere() -> str:
        return str(run(ask) if run is trio.run else run(ask()))

    async with opened() as connection:
        told = await anyio.to_thread.run_sync(elsewhere)
        assert told == "the connection 'scripted' was opened in another event loop"
        assert script.requests == []
        assert (await connection.send("Hi")).content == "Hello"


def test_after_its_loop(opened: Any, anyio_backend_name: str) -> None:
    """X22: after its loop has ended a connection is closed, and says so in the next one."""

    async def use() -> Any:
        async with opened() as connection:
            await connection.send("Hi")
        return connection

    async def ask(connection: Any) -> None:
        with pytest.raises(ProviderClosed, match="is not open"):
            await connection.send("Hi")

    connection = anyio.run(use, backend=anyio_backend_name)
    anyio.run(ask, connection, backend=anyio_backend_name)
