"""What goes wrong: each fault by its code, its certainty, and how often the remote was asked."""

from __future__ import annotations

from typing import Any

import anyio
import pytest

from jackfield import (
    AuthenticationRequired,
    Certainty,
    ContentRefused,
    ContextTooLong,
    DeadlineExceeded,
    MalformedResponse,
    ModelNotFound,
    ProviderError,
    ProviderUnavailable,
    QuotaExhausted,
    RateLimited,
    StreamInterrupted,
    TransportError,
)
from jackfield_playground import OpenAIPlayground

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(
    ("fault", "told", "posts"),
    [
        ("500", (ProviderUnavailable, "server_error", Certainty.UNKNOWN), 1),
        ("429", (RateLimited, "rate_limit_exceeded", Certainty.REJECTED), 2),
        ("quota", (QuotaExhausted, "insufficient_quota", Certainty.REJECTED), 1),
        ("context", (ContextTooLong, "context_length_exceeded", Certainty.REJECTED), 1),
        ("filter", (ContentRefused, "content_policy_violation", Certainty.REJECTED), 1),
        ("503", (ProviderUnavailable, "server_error", Certainty.UNKNOWN), 1),
    ],
)
async def test_refusals(
    playground: OpenAIPlayground,
    opened: Any,
    fault: str,
    told: tuple[type[ProviderError], str, Certainty],
    posts: int,
) -> None:
    """A refusal is told by its code and not by its status; what may have acted is not sent again."""
    playground.play(fault)
    async with opened(max_retries=1) as connection:
        with pytest.raises(ProviderError) as caught:
            await connection.send("Hello")

    assert (type(caught.value), caught.value.code, caught.value.certainty) == told
    assert (caught.value.remote_request_id or "").startswith("req_")
    assert playground.posts() == posts


async def test_overloaded_that_asks_to_wait(playground: OpenAIPlayground, opened: Any) -> None:
    """A 503 that asks to come back did nothing, and is asked again."""
    playground.state.change(fault="503", retry_after=0.01)
    async with opened(max_retries=2) as connection:
        with pytest.raises(ProviderUnavailable) as caught:
            await connection.send("Hello")

    assert caught.value.certainty is Certainty.REJECTED
    assert playground.posts() == 3


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        ("cut", StreamInterrupted),
        ("drop", (TransportError, StreamInterrupted)),
        ("error in stream", ProviderUnavailable),
        ("garbled", MalformedResponse),
    ],
)
async def test_half_an_answer(playground: OpenAIPlayground, opened: Any, fault: str, kind: Any) -> None:
    """An answer that breaks off is an error that has what arrived, and is not asked for again."""
    playground.play(fault)
    async with opened() as connection:
        with pytest.raises(kind) as caught:
            await connection.send("Hello")

    assert caught.value.partial.startswith("I am the playground's")
    assert caught.value.certainty is Certainty.STARTED
    assert playground.posts() == 1


@pytest.mark.parametrize(("fault", "partial"), [("hang", True), ("silent", False)])
async def test_a_remote_that_falls_silent(
    playground: OpenAIPlayground, opened: Any, fault: str, partial: bool
) -> None:
    """The request's time ends a silence, in the middle of an answer and before it."""
    playground.play(fault)
    async with opened() as connection:
        with pytest.raises(DeadlineExceeded) as caught:
            await connection.send("Hello", timeout=3.0)

    assert bool(caught.value.partial) is partial
    assert playground.posts() == 1


async def test_a_model_that_is_not_there(opened: Any) -> None:
    """A model that the vendor does not know is told as that."""
    async with opened() as connection:
        with pytest.raises(ModelNotFound) as caught:
            await connection.send("Hello", model="gpt-nobody")

    assert (caught.value.status, caught.value.code) == (404, "model_not_found")


async def test_a_key_that_is_refused(playground: OpenAIPlayground, opened: Any) -> None:
    """A wrong key is found at opening, for nothing, and shows nowhere."""
    with pytest.raises(AuthenticationRequired) as caught:
        async with opened(key="sk-nobody-knows"):
            pass

    assert "sk-nobody-knows" not in f"{caught.value}{caught.value!r}"
    assert playground.posts() == 0


async def test_leaving_early(playground: OpenAIPlayground, opened: Any) -> None:
    """A stream that is left early hangs up, and the connection answers again."""
    playground.play("slow")
    async with opened() as connection:
        async with connection.stream("Hello") as stream:
            await anext(aiter(stream))
        with anyio.fail_after(5):
            while playground.open_connections():  # noqa: ASYNC110  it is told by a thread
                await anyio.sleep(0.01)
        playground.play("none")
        assert (await connection.send("Hello")).success

    assert playground.posts() == 2


async def test_one_connection_serves_many(playground: OpenAIPlayground, opened: Any) -> None:
    """An answer that was read to its end gives its connection back: five requests need no second one."""
    async with opened() as connection:
        for _ in range(5):
            await connection.send("Hello")
        assert playground.open_connections() == 1
