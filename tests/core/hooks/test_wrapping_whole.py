"""What wraps a request as a whole sees all of it, once; what wraps an attempt sees each."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import anyio
import attrs
import pytest

from jackfield import (
    Certainty,
    ChatRequest,
    ContractBroken,
    DeadlineExceeded,
    ModelsRequest,
    PermissionDenied,
    ProviderUnavailable,
    RateLimited,
    Request,
    ResponseFinished,
    ResponseStarted,
    StreamEvent,
    StreamInterrupted,
    TextDelta,
)

pytestmark = [pytest.mark.anyio, pytest.mark.virtual_time]

HELLO = [ResponseStarted(), TextDelta("Hello"), ResponseFinished()]


def seeing(seen: list[Any]) -> Callable[[Any], Any]:
    """Return a middleware that writes down what it is asked and how that ended."""

    def middleware(handler: Any) -> Any:
        @asynccontextmanager
        async def wrapped(request: Request) -> Any:
            seen.append(request)
            try:
                async with handler(request) as events:
                    yield events
            except Exception as error:
                seen.append(type(error))
                raise

        return wrapped

    return middleware


async def test_retries(make_manager: Any, implement: Any, script: Any) -> None:
    """A request that is tried three times is one request to what wraps it, and three attempts."""
    whole: list[Any] = []
    each: list[Any] = []
    script.attempts = [[RateLimited("slow down")], [RateLimited("slow down")], HELLO]
    plugin = implement(wrap_request=lambda: seeing(whole), wrap_attempt=lambda: seeing(each))
    async with make_manager(plugin) as manager:
        await manager.add_provider("scripted")
        response = await manager.send_message("scripted", "Hi")

    assert (response.content, response.attempts) == ("Hello", 3)
    assert len(whole) == 1
    assert [one for one in each if isinstance(one, type)] == [RateLimited, RateLimited]
    assert sum(isinstance(one, ChatRequest) for one in each) == 3


@attrs.define
class _Recorded:
    """Events that were told before."""

    _events: list[StreamEvent]

    def __aiter__(self) -> AsyncIterator[StreamEvent]:
        return self

    async def __anext__(self) -> StreamEvent:
        if not self._events:
            raise StopAsyncIteration
        return self._events.pop(0)


async def test_a_cache(make_manager: Any, implement: Any, script: Any) -> None:
    """A request that a middleware answers by itself never reaches the provider, and takes no slot."""

    def middleware(_: Any) -> Any:
        @asynccontextmanager
        async def wrapped(_: Request) -> Any:
            assert connection.slots.in_flight == 0
            yield _Recorded(list(HELLO))

        return wrapped

    async with make_manager(implement(wrap_request=lambda: middleware)) as manager:
        connection = await manager.add_provider("scripted")
        response = await connection.send("Hi")

    assert response.content == "Hello"
    assert script.requests == []
    assert connection.stats.succeeded == 1


async def test_half_an_answer(make_manager: Any, implement: Any) -> None:
    """An answer of a middleware that has no end is cut, as a provider's is: never a success."""

    def middleware(_: Any) -> Any:
        @asynccontextmanager
        async def wrapped(_: Request) -> Any:
            yield _Recorded(list(HELLO[:-1]))

        return wrapped

    async with make_manager(implement(wrap_request=lambda: middleware)) as manager:
        connection = await manager.add_provider("scripted")
        with pytest.raises(StreamInterrupted) as caught:
            await connection.send("Hi")

    assert caught.value.partial == "Hello"
    assert connection.stats.failed == 1


async def test_a_guard(make_manager: Any, implement: Any, script: Any) -> None:
    """A middleware that refuses ends the request with its error; nothing was sent, and the next one goes."""

    def middleware(handler: Any) -> Any:
        @asynccontextmanager
        async def wrapped(request: Request) -> Any:
            if isinstance(request, ChatRequest) and "secret plan" in request.messages[0].text:
                raise PermissionDenied("not that", certainty=Certainty.NOT_SENT)
            async with handler(request) as events:
                yield events

        return wrapped

    async with make_manager(implement(wrap_request=lambda: middleware)) as manager:
        connection = await manager.add_provider("scripted")
        with pytest.raises(PermissionDenied) as caught:
            await connection.send("the secret plan")
        await connection.send("Hi")

    assert caught.value.certainty is Certainty.NOT_SENT
    assert [request.messages[0].text for request in script.requests] == ["Hi"]


async def test_changing_a_request(make_manager: Any, implement: Any, script: Any) -> None:
    """A middleware may change what is asked; what it asks is checked as if the caller had asked it."""

    def middleware(handler: Any) -> Any:
        def changed(request: Any) -> Any:
            changes = {"temperature": 0.1} if isinstance(request, ChatRequest) else {}
            return handler(attrs.evolve(request, **changes))

        return changed

    async with make_manager(implement(wrap_request=lambda: middleware)) as manager:
        connection = await manager.add_provider("scripted")
        response = await connection.send("Hi")

    assert [adaptation.field for adaptation in response.adaptations] == ["temperature"]
    assert script.requests[0].temperature is None


async def test_changing_the_id(make_manager: Any, implement: Any, script: Any) -> None:
    """A middleware that asks under another id is told what it may not do; nothing was sent."""

    def middleware(handler: Any) -> Any:
        return lambda request: handler(attrs.evolve(request, id="another"))

    async with make_manager(implement(wrap_request=lambda: middleware)) as manager:
        connection = await manager.add_provider("scripted")
        with pytest.raises(ContractBroken, match="but for its id"):
            await connection.send("Hi")

    assert script.requests == []


async def test_asking_again(make_manager: Any, implement: Any, script: Any) -> None:
    """A middleware that asks again after a failure makes another round of attempts; all are counted."""

    def middleware(handler: Any) -> Any:
        @asynccontextmanager
        async def wrapped(request: Request) -> Any:
            try:
                async with handler(request) as events:
                    yield events
                    return
            except ProviderUnavailable:
                pass
            async with handler(request) as events:
                yield events

        return wrapped

    script.attempts = [[ProviderUnavailable("down", certainty=Certainty.UNKNOWN)], HELLO]
    async with make_manager(implement(wrap_request=lambda: middleware)) as manager:
        connection = await manager.add_provider("scripted")
        response = await connection.send("Hi")

    assert (response.content, response.attempts) == ("Hello", 2)


@attrs.define
class _Half(AbstractAsyncContextManager[Any]):
    """A middleware without a generator's care: what it entered stays so where it fails, or is cancelled."""

    _below: Any
    _then: Callable[[], Awaitable[Any]]

    async def __aenter__(self) -> Any:
        await self._below.__aenter__()
        return await self._then()

    async def __aexit__(self, *_: Any) -> None:
        raise AssertionError("it was not entered")


async def _fail() -> None:
    raise ValueError("half way")


@pytest.mark.parametrize("then", [_fail, anyio.sleep_forever])
async def test_a_middleware_that_fails_half_way(
    make_manager: Any, implement: Any, script: Any, then: Callable[[], Awaitable[Any]]
) -> None:
    """What a middleware has begun when it fails to be entered, or its time is over, is left all the same."""

    def middleware(handler: Any) -> Any:
        return lambda request: _Half(handler(request), then)

    async with make_manager(implement(wrap_request=lambda: middleware)) as manager:
        connection = await manager.add_provider("scripted")
        with pytest.raises(ContractBroken if then is _fail else DeadlineExceeded):
            await connection.send("Hi", timeout=5)

        assert (script.streams_left, connection.slots.in_flight) == (1, 0)


async def test_every_operation(make_manager: Any, implement: Any) -> None:
    """A call with one answer takes the same way: both middlewares, the statistics, and a hook of its own."""
    whole: list[Any] = []
    each: list[Any] = []
    ended: list[Any] = []
    plugin = implement(
        wrap_request=lambda: seeing(whole),
        wrap_attempt=lambda: seeing(each),
        operation_finished=lambda operation, request, error: ended.append((operation, request, error)),
    )
    async with make_manager(plugin) as manager:
        connection = await manager.add_provider("scripted")
        await connection.list_models()

    assert whole == each == [ended[0][1]]
    assert isinstance(whole[0], ModelsRequest)
    assert [(operation, error) for operation, _, error in ended] == [("models", None)]
    assert (connection.stats.requests, connection.stats.succeeded) == (1, 1)
