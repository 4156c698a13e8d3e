"""Asking a connection: the answer, the errors and what they know, statistics, status."""

from __future__ import annotations

import gc
import traceback
import weakref
from typing import Any

import anyio
import pytest

from jackfield import (
    ActivityReported,
    Certainty,
    ChatRequest,
    ConnectFailed,
    ConnectionLost,
    ContextTooLong,
    ContractBroken,
    EmptyResponse,
    InvalidRequest,
    MalformedResponse,
    ProviderClosed,
    ProviderStatus,
    ProviderUnavailable,
    RateLimited,
    ReasoningDelta,
    ResponseFinished,
    ResponseStarted,
    RunTimeout,
    Secret,
    StreamInterrupted,
    TextDelta,
    Tool,
    Usage,
)

pytestmark = [pytest.mark.anyio, pytest.mark.virtual_time]

STARTED = ResponseStarted(handle="run-1", url="https://remote/run-1")


async def test_answer(opened: Any, script: Any) -> None:
    """`send` returns the whole answer with everything the provider told, and who gave it in what time."""
    usage = Usage(input_tokens=3, output_tokens=2, input_source="reported", output_source="reported")
    script.attempts = [
        [STARTED, 1.5, ReasoningDelta("hm"), TextDelta("Hello"), ResponseFinished(usage=usage, model="m-1")]
    ]
    async with opened() as connection:
        response = await connection.send("Hi", timeout=60)

    assert (response.content, response.reasoning, response.model) == ("Hello", "hm", "m-1")
    assert (response.provider, response.connection, response.handle) == ("scripted", "scripted", "run-1")
    assert (response.usage, response.finish_reason, response.attempts) == (usage, "stop", 1)
    assert response.elapsed == pytest.approx(1.5)
    assert response.request_id == script.requests[0].id
    assert script.requests[0].timeout == 60


async def test_whole_request(opened: Any, script: Any) -> None:
    """A whole request is sent as it is, its settings changed where the call names them."""
    request = ChatRequest(messages="Hi", model="slow", id="mine")
    async with opened() as connection:
        await connection.send(request, model="fast")

    assert [(asked.model, asked.messages) for asked in script.requests] == [("fast", request.messages)]


@pytest.mark.parametrize("operation", ["send", "stream"])
async def test_error_knows_the_request(opened: Any, script: Any, operation: str) -> None:
    """An error knows who failed in what, attempts, time, request, handle, and what had arrived."""
    script.attempts = [
        [ConnectFailed("refused")],
        [STARTED, TextDelta("so far"), 2.0, ConnectionLost("reset")],
    ]
    async with opened({"base_delay": 0}) as connection:
        with pytest.raises(ConnectionLost) as caught:
            if operation == "send":
                await connection.send("Hi")
            async with connection.stream("Hi") as stream:
                await stream.collect()
    error = caught.value

    assert (error.provider, error.connection, error.operation) == ("scripted", "scripted", operation)
    assert (error.handle, error.url, error.partial) == ("run-1", "https://remote/run-1", "so far")
    assert (error.attempts, error.certainty) == (2, Certainty.STARTED)
    assert error.elapsed == pytest.approx(2)
    assert error.request_id == script.requests[0].id


@pytest.mark.parametrize("where", ["entering", "reading", "closing"])
async def test_plugin_bug(opened: Any, script: Any, where: str) -> None:
    """A plugin's bug becomes ContractBroken that names the plugin, keeps the handle and shows no secret."""
    key = Secret("canary-" + "k" * 16)
    bug = KeyError(f"header {key.reveal()}")
    steps: list[Any] = [bug] if where == "entering" else [STARTED, TextDelta("so far"), bug]
    script.attempts = [steps]
    async with opened() as connection:
        if where == "closing":
            script.attempts = [[STARTED, TextDelta("Hello"), ResponseFinished(), bug]]
            assert (await connection.send("Hi")).content == "Hello"
            return
        with pytest.raises(ContractBroken, match="scripted raised KeyError") as caught:
            await connection.send("Hi")
        assert connection.slots.in_flight == 0

    error = caught.value
    told = "".join(traceback.format_exception(error))
    assert "KeyError: 'header" in told
    assert key.reveal() not in f"{error} {told}"
    assert (error.handle, error.partial) == ((None, "") if where == "entering" else ("run-1", "so far"))


@pytest.mark.parametrize("thing", [None, "text", b"bytes", {"text": "x"}], ids=str)
async def test_not_an_event(opened: Any, script: Any, thing: Any) -> None:
    """What a provider yields besides events is told as its fault, not passed over and not passed on."""
    script.attempts = [[STARTED, thing, ResponseFinished()]]
    async with opened() as connection:
        with pytest.raises(ContractBroken, match=f"StreamEvents, not {type(thing).__name__}") as caught:
            await connection.send("Hi")
        assert connection.slots.in_flight == 0
    assert caught.value.handle == "run-1"


async def test_cut_stream(opened: Any, script: Any) -> None:
    """A stream that ends without its end is an error with everything received, never a short success."""
    script.attempts = [[STARTED, TextDelta("so "), TextDelta("far")]]
    async with opened() as connection:
        with pytest.raises(StreamInterrupted) as caught:
            await connection.send("Hi")

    assert (caught.value.partial, caught.value.handle) == ("so far", "run-1")
    assert caught.value.certainty is Certainty.STARTED


async def test_empty_answer(opened: Any, script: Any) -> None:
    """P12: an answer of which nothing of any kind came is an error of its own."""
    script.attempts = [[STARTED, ResponseFinished()]]
    async with opened() as connection:
        with pytest.raises(EmptyResponse):
            await connection.send("Hi")


@pytest.mark.parametrize(
    "events",
    [
        [ResponseFinished(finish_reason="tool_call")],
        [ResponseFinished(finish_reason="length")],
        [ResponseFinished(finish_reason="content_filter")],
        [ReasoningDelta("Hm."), ResponseFinished()],
        [
            ActivityReported(kind="link", title="A pull request", url="https://remote/pull/1"),
            ResponseFinished(),
        ],
    ],
    ids=["tool call", "length", "refusal", "reasoning", "activity"],
)
async def test_answer_without_text(opened: Any, script: Any, events: Any) -> None:
    """P12: an answer without text that has a reason, thoughts or deeds is a success, and keeps them apart."""
    script.attempts = [[STARTED, *events]]
    async with opened() as connection:
        response = await connection.send("Hi")

    assert (response.success, response.content) == (True, "")
    assert response.finish_reason == events[-1].finish_reason


async def test_run_timeout(opened: Any, script: Any) -> None:
    """When the time is over and the remote had begun, the error says how to take the answer up again."""
    script.attempts = [[STARTED, TextDelta("so far"), 1000.0]]
    async with opened() as connection:
        with pytest.raises(RunTimeout, match=r"within 10 s; the remote goes on.*attach\('run-1'\)") as caught:
            await connection.send("Hi", timeout=10)

    assert (caught.value.handle, caught.value.partial, caught.value.phase) == ("run-1", "so far", "event")
    assert caught.value.certainty is Certainty.STARTED
    assert caught.value.elapsed == pytest.approx(10)


async def test_run_timeout_of_what_cannot_be_taken_up(opened: Any, script: Any) -> None:
    """A provider that tells once it is open that it cannot attach is not said to."""
    script.attempts, script.capabilities = [[STARTED, 1000.0]], frozenset()
    async with opened() as connection:
        with pytest.raises(RunTimeout, match="cannot take it up again"):
            await connection.send("Hi", timeout=10)


async def test_options_timeout(opened: Any, script: Any) -> None:
    """A request without a time limit of its own has the connection's."""
    script.attempts = [[STARTED, 1000.0]]
    async with opened({"timeout": 30.0}) as connection:
        with pytest.raises(RunTimeout, match="within 30 s"):
            await connection.send("Hi")


@pytest.mark.parametrize(
    "settings",
    [
        {"max_tokens": 5},
        {"stop_sequences": "END"},
        {"conversation_id": "thread-1"},
        {"tools": [Tool("clock", "Tells the time.", {"type": "object"})]},
        {"output": {"type": "object"}},
        {"options": {"mode": "fast"}},
    ],
    ids=lambda settings: next(iter(settings)),
)
async def test_refused_before_sending(opened: Any, script: Any, settings: dict[str, Any]) -> None:
    """A wish that the provider cannot honour is refused before anything is sent, and counted as failed."""
    async with opened(capabilities=()) as connection:
        with pytest.raises(InvalidRequest) as caught:
            await connection.send("Hi", **settings)
        assert (connection.stats.requests, connection.stats.failed) == (1, 1)
        assert [str(refusal) for refusal in connection.plan("Hi", **settings).refusals] == [str(caught.value)]

    assert script.requests == []
    assert (caught.value.provider, caught.value.operation) == ("scripted", "send")
    assert caught.value.certainty is Certainty.NOT_SENT


@pytest.mark.parametrize(
    ("name", "value"), [("temperature", 0.5), ("top_p", 0.5), ("seed", 7), ("reasoning", "high")]
)
async def test_left_out_and_told(opened: Any, script: Any, name: str, value: Any) -> None:
    """A wish without which the request means the same is left out, and the plan and the answer say so."""
    async with opened(capabilities=()) as connection:
        plan = connection.plan("Hi", **{name: value})
        response = await connection.send("Hi", **{name: value})

    assert getattr(script.requests[0], name) is None
    assert [adaptation.field for adaptation in response.adaptations] == [name]
    assert response.adaptations == plan.adaptations
    assert "scripted cannot" in response.adaptations[0].reason


async def test_too_large(opened: Any, script: Any) -> None:
    """A request of more bytes than the limit is refused before it is sent; bytes count, not letters."""
    async with opened({"max_message_bytes": 8}) as connection:
        await connection.send("x" * 8)
        for text in ("x" * 9, "ü" * 5):
            with pytest.raises(ContextTooLong, match="and the limit is 8"):
                await connection.send(text)

    assert len(script.requests) == 1


@pytest.mark.parametrize("said", ["", " ", "\ud800"])
async def test_nothing_to_send(opened: Any, script: Any, said: str) -> None:
    """Empty text and text that is no Unicode are refused before anything is sent."""
    async with opened() as connection:
        with pytest.raises(InvalidRequest):
            await connection.send(said)
        with pytest.raises(InvalidRequest):
            connection.stream(said)

    assert script.requests == []


async def test_closed_connection(opened: Any, script: Any) -> None:
    """A closed connection sends nothing and says so, whatever is asked of it."""
    async with opened() as connection:
        assert connection.status is ProviderStatus.ACTIVE
    with pytest.raises(ProviderClosed, match="'scripted' is not open") as caught:
        await connection.send("Hi")
    for ask in (connection.check_health, connection.list_models):
        with pytest.raises(ProviderClosed):
            await ask()
    with pytest.raises(ProviderClosed) as attaching:
        async with connection.attach("run-1"):
            raise AssertionError

    assert script.requests == []
    assert (caught.value.certainty, caught.value.connection) == (Certainty.NOT_SENT, "scripted")
    assert (attaching.value.operation, attaching.value.connection) == ("attach", "scripted")


async def test_statistics(opened: Any, script: Any) -> None:
    """Answered, failed and left requests are counted once each, with their tokens, time and retries."""
    usage = Usage(input_tokens=3, output_tokens=2)
    good = [STARTED, 1.0, TextDelta("Hello"), ResponseFinished(usage=usage)]
    async with opened({"base_delay": 0}) as connection:
        assert connection.stats.average_elapsed == 0
        script.attempts = [good]
        await connection.send("Hi")
        script.attempts = [
            [RateLimited("x", retry_after=0)],
            [STARTED, TextDelta("Hello"), ResponseFinished()],
        ]
        await connection.send("Hi")
        script.attempts = [[MalformedResponse("no sense")]]
        with pytest.raises(MalformedResponse):
            await connection.send("Hi")
        script.attempts = [good]
        async with connection.stream("Hi") as stream:
            await stream.__anext__()
        stats = connection.stats

    assert (stats.requests, stats.succeeded, stats.failed, stats.left_early) == (4, 2, 1, 1)
    assert (stats.retries, stats.input_tokens, stats.output_tokens) == (1, 3, 2)
    assert stats.last_error == "no sense"
    assert stats.average_elapsed == pytest.approx(stats.elapsed / 4)
    assert stats.elapsed >= 1


async def test_status(opened: Any, script: Any) -> None:
    """The status follows the facts: active, busy, rate limited, failing, and active again after a probe."""
    seen = []
    async with opened({"max_concurrency": 1, "max_retries": 0}) as connection:
        seen.append(connection.status)
        async with connection.stream("Hi") as stream:
            seen.append(connection.status)
            await stream.collect()
        script.attempts = [[RateLimited("x", retry_after=60)]]
        with pytest.raises(RateLimited):
            await connection.send("Hi")
        seen.append(connection.status)
        assert connection.status_reason == "asked to wait 60 s"
        await anyio.sleep(61)
        seen.append(connection.status)
        script.attempts = [[ProviderUnavailable("down")]]
        for _ in range(5):
            with pytest.raises(ProviderUnavailable):
                await connection.send("Hi")
        seen.append(connection.status)
        script.attempts = [[STARTED, TextDelta("Hello"), ResponseFinished()]]
        await connection.send("Hi")
        seen.append(connection.status)

    status = ProviderStatus
    assert seen == [
        status.ACTIVE,
        status.BUSY,
        status.RATE_LIMITED,
        status.ACTIVE,
        status.ERROR,
        status.ACTIVE,
    ]


async def test_status_in_a_thread(opened: Any, script: Any) -> None:
    """A thread without an event loop is told the status, and the reason for it, as they were told last."""
    script.attempts = [[RateLimited("x", retry_after=60)]]
    async with opened({"max_retries": 0}) as connection:
        with pytest.raises(RateLimited):
            await connection.send("Hi")
        told = await anyio.to_thread.run_sync(lambda: (connection.status, connection.status_reason))

    assert told == (ProviderStatus.RATE_LIMITED, "asked to wait 60 s")


async def test_nothing_of_a_request_is_left_to_the_collector(opened: Any) -> None:
    """What a request is made of goes when its reader lets go of it: nothing in it holds itself."""
    async with opened() as connection:
        gc.disable()
        try:
            stream = connection.stream("Hello")
            run = weakref.ref(stream.run)
            async with stream:
                await stream.collect()
            del stream

            assert run() is None
        finally:
            gc.enable()
