"""Queue, slots, gate and deadline together, as a caller of a connection meets them."""

from __future__ import annotations

import copy
from typing import Any

import anyio
import pytest

from jackfield import (
    Certainty,
    ConnectFailed,
    DeadlineExceeded,
    Effect,
    ProviderClosed,
    ProviderError,
    ProviderUnavailable,
    QueueFull,
    RateLimited,
    ResponseFinished,
    ResponseStarted,
    TextDelta,
)

pytestmark = [pytest.mark.anyio, pytest.mark.virtual_time]

STARTED, DONE = ResponseStarted(handle="run-1"), ResponseFinished()
SLOW = [STARTED, 10.0, TextDelta("Hello"), DONE]


async def test_concurrency(opened: Any, script: Any) -> None:
    """A hundred requests at once: as many on the wire as may be, and every one is answered."""
    script.attempts = [SLOW]
    answers = []

    async with opened({"max_concurrency": 8}) as connection:

        async def ask() -> None:
            answers.append(await connection.send("Hi"))

        async with anyio.create_task_group() as tasks:
            for _ in range(100):
                tasks.start_soon(ask)

    assert script.most_on_wire == 8
    assert [answer.content for answer in answers] == ["Hello"] * 100
    assert max(answer.elapsed for answer in answers) == pytest.approx(130)


async def test_queue_full(opened: Any, script: Any) -> None:
    """Beyond slots and queue a request is refused at once and certainly not sent."""
    script.attempts = [SLOW]
    async with (
        opened({"max_concurrency": 1, "max_queue": 1}) as connection,
        anyio.create_task_group() as tasks,
    ):
        for _ in range(2):
            tasks.start_soon(connection.send, "Hi")
        await anyio.wait_all_tasks_blocked()
        with pytest.raises(QueueFull) as caught:
            await connection.send("Hi")

    assert caught.value.certainty is Certainty.NOT_SENT
    assert caught.value.connection == "scripted"
    assert len(script.requests) == 2


async def test_deadline_in_the_queue(opened: Any, script: Any) -> None:
    """A request whose time ends in our own queue says so, and that it was certainly not sent."""
    script.attempts = [SLOW]
    async with opened({"max_concurrency": 1}) as connection, anyio.create_task_group() as tasks:
        tasks.start_soon(connection.send, "Hi")
        await anyio.wait_all_tasks_blocked()
        with pytest.raises(DeadlineExceeded, match="within 3 s") as caught:
            await connection.send("Hi", timeout=3)

    assert (caught.value.phase, caught.value.certainty) == ("queue", Certainty.NOT_SENT)
    assert len(script.requests) == 1
    assert connection.slots.in_flight == 0


async def test_deadline_at_the_gate(opened: Any, script: Any) -> None:
    """A request whose time ends before the gate is told so at once, and that it was certainly not sent."""
    script.attempts = [[RateLimited("x", retry_after=60)]]
    async with opened({"max_retries": 0}) as connection:
        with pytest.raises(RateLimited):
            await connection.send("Hi")
        began = anyio.current_time()
        with pytest.raises(RateLimited, match="no request for 60 s more") as caught:
            await connection.send("Hi", timeout=3)

        assert (caught.value.retry_after, caught.value.certainty) == (60, Certainty.NOT_SENT)
        assert (anyio.current_time(), len(script.requests)) == (began, 1)
        script.attempts = [SLOW]
        assert (await connection.send("Hi")).elapsed == pytest.approx(60 + 10)


async def test_deadline_of_the_answer(opened: Any, script: Any) -> None:
    """A request whose time ends on the wire cannot know whether the remote acted."""
    script.attempts = [[1000.0]]
    async with opened() as connection:
        with pytest.raises(DeadlineExceeded) as caught:
            await connection.send("Hi", timeout=3)

    assert (caught.value.phase, caught.value.certainty) == ("event", Certainty.UNKNOWN)


async def test_the_others_wait(opened: Any, script: Any) -> None:
    """When the remote asks one request to wait, the others wait too instead of each collecting a refusal."""
    script.attempts = [[RateLimited("x", retry_after=30)], SLOW]
    async with opened({"max_concurrency": 100}) as connection:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(connection.send, "Hi")
            await anyio.sleep(1)
            for _ in range(50):
                tasks.start_soon(connection.send, "Hi")
        assert connection.stats.retries == 1
    assert len(script.requests) == 52


@pytest.mark.parametrize("limit", [8, 100])
@pytest.mark.parametrize(
    "fault",
    [ConnectFailed("refused"), ProviderUnavailable("down", certainty=Certainty.REJECTED, retry_after=2.0)],
    ids=["refused", "503 with Retry-After"],
)
async def test_outage(opened: Any, script: Any, limit: int, fault: ProviderError) -> None:
    """C7: 1,000 sends through ten seconds of outage: none is lost, and at most 60 go out in vain."""
    outage, sent = anyio.current_time() + 10, list[float]()

    async def answer() -> None:
        sent.append(anyio.current_time())
        if anyio.current_time() < outage:
            raise copy.copy(fault)

    script.attempts = [[0, answer, TextDelta("Hello"), DONE]]
    options = {"max_concurrency": limit}
    async with opened(options) as connection, anyio.create_task_group() as tasks:
        for _ in range(1000):
            tasks.start_soon(connection.send, "Hi")

    assert (connection.stats.succeeded, connection.stats.failed) == (1000, 0)
    assert sum(moment < outage for moment in sent) <= 60


@pytest.mark.parametrize("limit", [8, 100, 200])
async def test_storm_of_bare_rate_limits(opened: Any, script: Any, limit: int) -> None:
    """P1: 200 callers in a second of rate limits without a time: none is lost, and few ask in vain."""
    storm, sent = anyio.current_time() + 1, list[float]()

    async def answer() -> None:
        sent.append(anyio.current_time())
        await anyio.sleep(0.01)
        if anyio.current_time() < storm:
            raise RateLimited("slow down")

    script.attempts = [[0, answer, TextDelta("Hello"), DONE]]
    options = {"max_concurrency": limit, "base_delay": 0.05}
    async with opened(options) as connection, anyio.create_task_group() as tasks:
        for _ in range(200):
            tasks.start_soon(connection.send, "Hi")

    assert (connection.stats.succeeded, connection.stats.failed) == (200, 0)
    assert sum(moment < storm for moment in sent) <= 60


async def test_retry_waits_outside_the_slot(opened: Any, script: Any) -> None:
    """A request that waits before its next attempt lets the next one onto the wire."""
    script.attempts = [[ConnectFailed("x")], [STARTED, TextDelta("Hello"), DONE]]
    options = {"max_concurrency": 1, "base_delay": 100, "cap_delay": 100}
    async with opened(options) as connection, anyio.create_task_group() as tasks:
        tasks.start_soon(connection.send, "Hi")
        await anyio.sleep(1)
        assert (await connection.send("Hi")).elapsed == 0


async def test_closed_while_they_wait(make_manager: Any, script: Any) -> None:
    """Removing a connection turns away at once whoever waits in its queue or before its gate."""
    errors = []

    async with make_manager() as manager:

        async def ask() -> None:
            response = await manager.send_message("scripted", "Hi")
            errors.append(response.error)

        connection = await manager.add_provider("scripted", {"max_concurrency": 5, "max_retries": 0})
        script.attempts = [[RateLimited("x", retry_after=100)]]
        await ask()
        began = anyio.current_time()
        async with anyio.create_task_group() as tasks:
            for _ in range(500):
                tasks.start_soon(ask)
            await anyio.wait_all_tasks_blocked()
            assert (connection.slots.in_flight, connection.slots.waiting) == (5, 495)
            await manager.remove_provider("scripted")

    assert [type(error) for error in errors] == [RateLimited] + [ProviderClosed] * 500
    assert {error.certainty for error in errors[1:]} == {Certainty.NOT_SENT}
    assert anyio.current_time() == began
    assert len(script.requests) == 1


async def test_one_slow_connection(make_manager: Any, script: Any) -> None:
    """A connection that is stuck slows no other one of the same provider."""
    script.attempts = [[STARTED, 1000.0], [STARTED, TextDelta("Hello"), DONE]]
    async with make_manager() as manager, anyio.create_task_group() as tasks:
        for name in ("stuck", "free"):
            await manager.add_provider("scripted", {"max_concurrency": 1}, name=name)
        tasks.start_soon(manager.send_message, "stuck", "Hi")
        await anyio.wait_all_tasks_blocked()
        for _ in range(10):
            assert (await manager.send_message("free", "Hi")).elapsed == 0
        tasks.cancel_scope.cancel()


@pytest.mark.parametrize(("effect", "sent"), [(Effect.SAFE, 2), (Effect.COSTLY, 1), (Effect.EFFECT, 1)])
async def test_effect(opened: Any, script: Any, effect: Effect, sent: int) -> None:
    """What a provider says about repeating is what decides: only a free request is sent again when unsure."""
    script.attempts = [[ProviderUnavailable("500")], [STARTED, TextDelta("Hello"), DONE]]
    async with opened({"base_delay": 0}, effect=effect) as connection:
        try:
            assert (await connection.send("Hi")).attempts == 2
        except ProviderUnavailable:
            assert effect is not Effect.SAFE
    assert len(script.requests) == sent


@pytest.mark.parametrize("by", ["request", "option"])
async def test_retry_uncertain(opened: Any, script: Any, by: str) -> None:
    """Who says so, for one request or for a connection, has an uncertain request sent again."""
    script.attempts = [[ProviderUnavailable("500")], [STARTED, TextDelta("Hello"), DONE]]
    async with opened({"base_delay": 0, "retry_uncertain": by == "option"}) as connection:
        assert (await connection.send("Hi", retry_uncertain=by == "request")).attempts == 2
