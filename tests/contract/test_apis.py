"""What goes wrong at the stand-ins of two big APIs, and how it is told: the same for both."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any, TypeAlias

import anyio.to_thread
import pytest

from jackfield import (
    AuthenticationRequired,
    Certainty,
    Connection,
    ContextTooLong,
    DeadlineExceeded,
    InvalidRequest,
    MalformedResponse,
    ProviderUnavailable,
    QuotaExhausted,
    RateLimited,
    StreamInterrupted,
    connect,
)

pytestmark = pytest.mark.anyio
Opener: TypeAlias = Callable[..., AbstractAsyncContextManager[Connection]]
HALF = {
    "cut": (StreamInterrupted, Certainty.STARTED, 1),
    "drop": (StreamInterrupted, Certainty.STARTED, 1),
    "error in stream": (ProviderUnavailable, Certainty.STARTED, 1),
    "garbled": (MalformedResponse, Certainty.STARTED, 1),
    "500": (ProviderUnavailable, Certainty.UNKNOWN, 1),
    "429": (RateLimited, Certainty.REJECTED, 3),
}
FAULTS = {
    "anthropic_api": {
        **HALF,
        "spent": (QuotaExhausted, Certainty.REJECTED, 1),
        "402": (QuotaExhausted, Certainty.REJECTED, 1),
        "529": (ProviderUnavailable, Certainty.REJECTED, 3),
    },
    "gemini_api": {
        **HALF,
        "503": (ProviderUnavailable, Certainty.UNKNOWN, 1),
        "quota": (QuotaExhausted, Certainty.REJECTED, 1),
        "context": (ContextTooLong, Certainty.REJECTED, 1),
    },
}
"""Which error each fault is, whether the remote can have acted, and how often it is asked."""


@pytest.fixture(scope="module")
def running(provider: str, stands: Any) -> Iterator[Any]:
    """The provider's stand-in, for all tests."""
    with stands[provider]() as stand:
        yield stand


@pytest.fixture
def room(running: Any) -> Iterator[Any]:
    """What plays the remote, as nobody has used it."""
    room = running.remote
    settings = room.state.settings
    room.state.forget()
    yield room
    room.state.settings = settings


@pytest.fixture
def opened(provider: str, running: Any, room: Any) -> Opener:
    """Open a connection to the stand-in that hardly waits."""

    @asynccontextmanager
    async def open_one(context: Any = running.context, **options: Any) -> AsyncIterator[Connection]:
        usual = {**running.options, "base_delay": 0.001, "timeout": 20.0}
        async with connect(provider, {**usual, **options}, context=context) as connection:
            yield connection

    return open_one


@pytest.mark.parametrize(
    ("provider", "fault"),
    [(provider, fault) for provider, faults in FAULTS.items() for fault in faults],
    scope="module",
)
async def test_faults(provider: str, fault: str, opened: Any, room: Any) -> None:
    """Each fault is the error of its type or code, asked again only where that cannot act twice."""
    kind, certainty, posts = FAULTS[provider][fault]
    room.play(fault)
    async with opened(max_retries=2) as connection:
        with pytest.raises(kind) as raised:
            await connection.send("Hello")

    assert type(raised.value) is kind
    assert raised.value.certainty is certainty
    assert room.posts() == posts
    if certainty is Certainty.STARTED:
        assert raised.value.partial.startswith("I ")
        assert raised.value.remote_request_id


both = pytest.mark.parametrize("provider", FAULTS, scope="module")


@both
async def test_a_key_that_is_refused(running: Any, opened: Any) -> None:
    """A wrong key is told at opening, and is not in the words for it."""
    with pytest.raises(AuthenticationRequired) as raised:
        async with opened(running.refused):
            pass

    assert running.refused.secret("token").reveal() not in f"{raised.value!r} {raised.value}"


@both
async def test_leaving_early_is_seen_over_there(opened: Any, room: Any) -> None:
    """Who leaves a stream hangs up, also where nothing comes any more; the connection then answers again."""
    room.state.play_next("hang")
    async with opened() as connection:
        async with connection.stream("Hello") as stream:
            await anext(stream)
        await anyio.to_thread.run_sync(room.state.posted[0].over.wait, 10)
        assert (await connection.send("Hello")).success
    assert room.state.posted[0].left


@both
async def test_silence_ends_with_the_time(opened: Any, room: Any) -> None:
    """A remote that never answers is left when the request's time is over."""
    room.play("silent")
    async with opened() as connection:
        with pytest.raises(DeadlineExceeded):
            await connection.send("Hello", timeout=0.2)


@both
async def test_connections_are_used_again(opened: Any, room: Any) -> None:
    """Ten answers in a row take one connection."""
    before = room.open_connections()
    async with opened() as connection:
        for _ in range(10):
            await connection.send("Hello")
        assert room.open_connections() <= before + 1


@both
async def test_what_only_speaks_the_same_wire(opened: Any, room: Any) -> None:
    """Without a list of models a connection opens and answers all the same."""
    room.state.change(lists=False)
    async with opened() as connection:
        await connection.check_health()
        assert (await connection.send("Hello")).success
        with pytest.raises(InvalidRequest):
            await connection.list_models()
