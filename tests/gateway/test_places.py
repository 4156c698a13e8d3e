"""Whose turn it is where more is asked than can be worked on."""

from __future__ import annotations

import json
from contextlib import AbstractAsyncContextManager
from typing import Any

import anyio
import pytest
from anyio.lowlevel import checkpoint

from jackfield_gateway._fault import Refusal
from jackfield_gateway._http import Ahead, Gone
from jackfield_gateway._places import Places

from .conftest import TOKEN, Door, Opener
from .test_openai_client import HELLO, left, post, until

pytestmark = pytest.mark.anyio


def one(places: Places, token: str = "own") -> AbstractAsyncContextManager[None]:
    """Have a place for a client that stays."""
    return places.one(token, anyio.sleep_forever)


async def settle() -> None:
    """Let everybody who can go on go on."""
    for _ in range(20):
        await checkpoint()


async def test_tokens_take_turns() -> None:
    """One that asks ten things keeps another one waiting for one of them, not for ten."""
    places, order = Places(1, 30, 100), list[str]()

    async def ask(token: str) -> None:
        async with one(places, token):
            order.append(token)
            await checkpoint()

    async with anyio.create_task_group() as tasks, one(places, "first"):
        for _ in range(10):
            tasks.start_soon(ask, "greedy")
        await settle()
        tasks.start_soon(ask, "modest")
        await settle()
        assert order == []
    assert order.index("modest") == 1
    assert len(order) == 11
    assert places.taken == 0


async def test_one_that_leaves_while_it_waits_keeps_no_place() -> None:
    """Cancelled in the queue, or in the very moment of its turn: the place is there for the next one."""
    places = Places(1, 30, 100)

    async def ask() -> None:
        async with one(places):
            pytest.fail("it was cancelled before its turn")

    async with anyio.create_task_group() as tasks, one(places):
        tasks.start_soon(ask)
        tasks.start_soon(ask)
        await settle()
        tasks.cancel_scope.cancel()
    assert places.taken == 0
    async with one(places):
        assert places.taken == 1


@pytest.mark.parametrize(("seconds", "waiting"), [(0, 100), (30, 0)])
async def test_who_cannot_wait_is_told_to_come_back(seconds: float, waiting: int) -> None:
    """No turn within the time, or a queue that is full: refused, certainly without any effect."""
    places = Places(1, seconds, waiting)
    async with one(places):
        with pytest.raises(Refusal, match="too many requests") as refused:
            async with one(places):
                pytest.fail("there was no place")
    told: Any = refused.value
    assert (told.fault.retry, told.fault.retry_after) == (True, 1.0)
    assert places.taken == 0


@pytest.mark.parametrize("is_called", [False, True])
async def test_who_hangs_up_leaves_the_queue_at_once(is_called: bool) -> None:
    """A client that has left waits for no turn; called in that very moment, it hands its place on."""
    places, gone, seen = Places(1, 30, 1), anyio.Event(), list[type[BaseException]]()

    async def ask() -> None:
        try:
            async with places.one("own", gone.wait):
                pytest.fail("its client had left")
        except Gone as error:
            seen.append(type(error))

    async with anyio.create_task_group() as tasks:
        async with one(places):
            tasks.start_soon(ask)
            await settle()
            gone.set()
            if not is_called:
                await settle()
                assert seen == [Gone]
        await settle()
    assert seen == [Gone]
    assert places.taken == 0


async def test_what_comes_ahead_is_kept_in_order_and_within_a_bound() -> None:
    """A body that comes before its turn is read afterwards; one that is long is not read any further."""
    sent = [b"a" * 700_000, b"b" * 700_000, b"the rest"]
    coming = iter([{"type": "http.request", "body": body, "more_body": True} for body in sent])

    async def receive() -> Any:
        await checkpoint()
        return next(coming)

    ahead = Ahead(receive)
    with anyio.move_on_after(0.01):
        await ahead.hang_up()
        pytest.fail("it has not left")
    assert next(coming)["body"] == sent[2]
    assert [(await ahead.receive())["body"] for _ in range(2)] == sent[:2]


async def seen_as(door: Door, *wanted: str) -> None:
    """Wait until the requests of the door fare as *wanted*, the newest first."""
    found: list[str] = []
    with anyio.fail_after(30):
        while found != [*wanted]:
            told = await door.get("/status", headers={"authorization": f"Bearer {TOKEN}"})
            found = [request["outcome"] for request in told.json()["requests"]]


async def test_a_client_that_hangs_up_in_the_queue_is_never_sent_on(front: Opener) -> None:
    """At the socket: its leaving is seen while another one is worked on; nothing of it reaches the remote."""
    asked = {"model": "work", "messages": HELLO}
    async with front(max_requests=1) as door:
        door.remote.play("hang")
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(post, door, asked)
            await until(lambda: door.remote.posts() == 1)
            async with door.dialled() as client:
                await client.send(door.asking(json.dumps(asked).encode()))
                await seen_as(door, "under way", "under way")
            await seen_as(door, "under way", "gone")
            tasks.cancel_scope.cancel()
        await until(lambda: left(door) == 1)
        door.remote.play("none")
        assert (await post(door, asked)).status_code == 200
        assert door.remote.posts() == 2
