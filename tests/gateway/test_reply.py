"""What leaves for a client, in which order."""

from __future__ import annotations

from collections.abc import MutableMapping
from typing import Any

import anyio
import pytest

from jackfield_gateway._http import Reply

pytestmark = pytest.mark.anyio


async def test_nothing_comes_after_the_end() -> None:
    """A sign of life that is due while the last bytes leave is not sent behind them."""
    sent: list[MutableMapping[str, Any]] = []
    leaving, go_on = anyio.Event(), anyio.Event()

    async def send(message: MutableMapping[str, Any]) -> None:
        sent.append(message)
        if message.get("body") == b"last":
            leaving.set()
            await go_on.wait()

    reply = Reply(send)
    await reply.write(b"first")
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(reply.end, b"last")
        await leaving.wait()
        tasks.start_soon(reply.write, b"ping")
        await anyio.wait_all_tasks_blocked()
        go_on.set()
    bodies = [(message["body"], message["more_body"]) for message in sent[1:]]
    assert bodies == [(b"first", True), (b"last", False)]
    assert reply.ended
