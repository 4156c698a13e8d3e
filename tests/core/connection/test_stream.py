"""Reading an answer as it arrives, and taking one up again."""

from __future__ import annotations

from typing import Any

import anyio
import pytest

from jackfield import (
    Certainty,
    ConnectFailed,
    ConnectionLost,
    ProviderUnavailable,
    RateLimited,
    ReasoningDelta,
    ResponseFinished,
    ResponseStarted,
    RunFailed,
    StreamConsumed,
    TextDelta,
    TextReplaced,
    Unsupported,
)

pytestmark = [pytest.mark.anyio, pytest.mark.virtual_time]

STARTED = ResponseStarted(handle="run-1")
LONG = [STARTED, *[TextDelta(str(number)) for number in range(10)], ResponseFinished()]


async def test_events_in_order(opened: Any, script: Any) -> None:
    """The events come as the provider gives them, one by one, and then the response is there."""
    script.attempts = [LONG]
    async with opened() as connection, connection.stream("Hi") as stream:
        events, handles = [], [stream.handle]
        async for event in stream:
            events.append(event)
            handles.append(stream.handle)
            assert stream.partial == "".join(one.text for one in events if isinstance(one, TextDelta))
            assert bool(stream.response.content) is isinstance(event, ResponseFinished)

    assert handles == [None] + ["run-1"] * len(LONG)
    assert events == LONG
    assert stream.finished
    assert stream.response.content == "0123456789"


async def test_text(opened: Any, script: Any) -> None:
    """`text` gives the text alone as it arrives, without empty pieces."""
    script.attempts = [
        [STARTED, ReasoningDelta("hm"), TextDelta("a"), TextDelta(""), TextDelta("b"), ResponseFinished()]
    ]
    async with opened() as connection, connection.stream("Hi") as stream:
        assert [text async for text in stream.text] == ["a", "b"]
    assert stream.response.reasoning == "hm"


async def test_text_replaced(opened: Any, script: Any) -> None:
    """A text that the remote takes back is not in the answer."""
    script.attempts = [
        [STARTED, TextDelta("Hello Bob"), TextReplaced(keep=6, text="Ada"), ResponseFinished()]
    ]
    async with opened() as connection:
        assert (await connection.send("Hi")).content == "Hello Ada"


@pytest.mark.parametrize("read", [0, 1, 3])
async def test_left_early(opened: Any, script: Any, read: int) -> None:
    """Leaving the block early closes the attempt before the block ends; the response is what had arrived."""
    script.attempts = [LONG]
    async with opened({"max_concurrency": 1}) as connection:
        for round_number in range(1, 4):
            async with connection.stream("Hi") as stream:
                for _ in range(read):
                    await stream.__anext__()
            assert (script.on_wire, script.streams_left) == (0, round_number)
            assert not stream.finished
            assert stream.response.partial == "01"[: max(0, read - 1)]
        assert connection.stats.left_early == 3
        assert (await connection.send("Hi")).success


async def test_cancelled_in_the_middle(opened: Any, script: Any) -> None:
    """A cancelled reader stops at once; slot and stream are given back, and the next one is served."""
    script.attempts = [[STARTED, TextDelta("a"), 1000.0]]
    async with opened({"max_concurrency": 1}) as connection:
        began = anyio.current_time()
        with anyio.move_on_after(5) as scope:
            await connection.send("Hi")

        assert scope.cancelled_caught
        assert anyio.current_time() - began == pytest.approx(5)
        assert (connection.slots.in_flight, script.on_wire) == (0, 0)
        script.attempts = [LONG]
        assert (await connection.send("Hi")).success


async def test_body_error(opened: Any, script: Any) -> None:
    """An error of the program's own leaves the block as it is; it is no failure of the provider."""
    async with opened() as connection:
        for error in (ZeroDivisionError(), ProviderUnavailable("of another connection")):
            with pytest.raises(type(error)) as caught:
                async with connection.stream("Hi") as stream:
                    await stream.__anext__()
                    raise error
            assert caught.value is error
        assert (connection.stats.failed, connection.stats.left_early) == (0, 2)
        assert not any(failed for _, failed in connection.gate._recent)
    assert script.on_wire == 0


async def test_read_once(opened: Any, script: Any) -> None:
    """A stream that ended stays ended; what failed or was left cannot be read again."""
    async with opened() as connection:
        async with connection.stream("Hi") as stream:
            response = await stream.collect()
            assert (await stream.collect()).content == response.content
            with pytest.raises(StopAsyncIteration):
                await stream.__anext__()

        async with connection.stream("Hi") as left:
            await left.__anext__()
        with pytest.raises(StreamConsumed, match="inside its `async with` block"):
            await left.__anext__()

        script.attempts = [[STARTED, RunFailed("the run failed")]]
        async with connection.stream("Hi") as failed:
            with pytest.raises(RunFailed):
                await failed.collect()
            with pytest.raises(StreamConsumed):
                await failed.collect()
        assert isinstance(failed.response.error, RunFailed)


async def test_entered_once(opened: Any, script: Any) -> None:
    """A stream that is entered again asks nothing again, and disturbs no reading."""
    async with opened() as connection:
        stream = connection.stream("Hi")
        with pytest.raises(StreamConsumed, match="was not entered"):
            await stream.__anext__()
        async with stream:
            with pytest.raises(StreamConsumed, match="make another"):
                await stream.__aenter__()
            assert (await stream.collect()).content == "Hello"
        with pytest.raises(StreamConsumed, match="make another"):
            await stream.__aenter__()

        assert len(script.requests) == 1
        assert (connection.stats.requests, connection.stats.succeeded) == (1, 1)


async def test_failed_while_opening(opened: Any, script: Any) -> None:
    """A request that fails before its stream begins raises on entering the block."""
    script.attempts = [[RunFailed("the run failed")]]
    async with opened() as connection:
        with pytest.raises(RunFailed) as caught:
            async with connection.stream("Hi"):
                raise AssertionError
        assert connection.stats.failed == 1
    assert caught.value.operation == "stream"


async def test_attach(opened: Any, script: Any) -> None:
    """An answer is taken up again by its handle; nothing is asked again, and a broken read is tried again."""
    script.attempts = [[ConnectionLost("reset")]]
    async with opened({"max_retries": 0}) as connection:
        with pytest.raises(ConnectionLost):
            async with connection.attach("run-7") as stream:
                await stream.collect()
        script.attempts = [LONG]
        async with connection.attach("run-7", timeout=60) as stream:
            response = await stream.collect()

    assert script.requests == []
    assert script.attached == ["run-7", "run-7"]
    assert (response.content, response.handle) == ("0123456789", "run-1")


async def test_attach_is_free_to_repeat(opened: Any, script: Any) -> None:
    """Reading again has no effect, so it is retried where a sent request would not be."""
    lost = ConnectionLost("reset", certainty=Certainty.UNKNOWN)
    async with opened({"base_delay": 0}) as connection:
        attempts = [[lost], LONG]

        async def once() -> None:
            script.attempts = attempts[1:]

        script.attempts = [[0, once, lost]]
        async with connection.attach("run-7") as stream:
            assert (await stream.collect()).attempts == 2
    assert script.attached == ["run-7", "run-7"]


async def test_attach_where_it_cannot_be(opened: Any, script: Any) -> None:
    """A provider without that capability refuses, and nothing is sent."""
    async with opened(capabilities=()) as connection:
        with pytest.raises(Unsupported, match="take up an answer again"):
            async with connection.attach("run-7"):
                raise AssertionError
    assert script.attached == []


async def test_resource_use(opened: Any, script: Any) -> None:
    """After all ways of ending a stream nothing is on the wire, and as many were left as entered."""
    script.attempts = [LONG]
    async with opened() as connection:
        for _ in range(5):
            await connection.send("Hi")
            async with connection.stream("Hi") as stream:
                await stream.__anext__()
            with anyio.CancelScope() as scope:
                async with connection.stream("Hi") as stream:
                    scope.cancel()
                    await stream.__anext__()
    assert (script.on_wire, script.streams_left) == (0, len(script.requests))
    assert connection.stats.requests == 15


WAITING: list[tuple[list[Any], Certainty]] = [
    ([RateLimited("slow down"), 1000.0], Certainty.REJECTED),
    ([ConnectFailed("nobody listens"), 1000.0], Certainty.NOT_SENT),
    ([ConnectionLost("reset"), 1000.0], Certainty.UNKNOWN),
    ([1000.0], Certainty.UNKNOWN),
    ([TextDelta("so far"), 1000.0], Certainty.STARTED),
]


@pytest.mark.parametrize(("steps", "certainty"), WAITING, ids=lambda one: str(one)[:20])
async def test_given_up(opened: Any, script: Any, steps: list[Any], certainty: Certainty) -> None:
    """Who gives a request up can ask what the remote can have done: in it, and between two attempts."""
    script.attempts = [steps]
    options = {"base_delay": 1000.0, "cap_delay": 1000.0, "retry_uncertain": True, "timeout": None}
    async with opened(options) as connection:
        stream = connection.stream("Hi")
        assert stream.certainty is Certainty.NOT_SENT
        with anyio.move_on_after(0.01):
            async with stream:
                await stream.collect()

    assert stream.certainty is certainty
    assert len(script.requests) == 1


async def test_given_up_in_the_queue(opened: Any, script: Any) -> None:
    """Who only waited for a turn was not asked about."""
    script.attempts = [[1000.0]]
    async with opened({"max_concurrency": 1}) as connection, anyio.create_task_group() as tasks:
        tasks.start_soon(connection.answer, "Hi")
        await anyio.wait_all_tasks_blocked()
        stream = connection.stream("Hi")
        with anyio.move_on_after(10):
            async with stream:
                raise AssertionError
        tasks.cancel_scope.cancel()

    assert stream.certainty is Certainty.NOT_SENT
