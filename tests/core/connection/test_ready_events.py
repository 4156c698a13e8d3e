"""Events that came together are handed on one by one, past all that has nothing to do with them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

import anyio
import attrs
import pytest

from jackfield import (
    ChatRequest,
    DecodedStream,
    MalformedResponse,
    Provider,
    ResponseFinished,
    StreamEvent,
    TextDelta,
)
from jackfield._policy import Run

pytestmark = pytest.mark.anyio

WORDS = [TextDelta("a"), TextDelta("b"), TextDelta("c")]


@attrs.define(eq=False)
class Wire:
    """A wire of one piece after another, each all the events that it means."""

    pieces: list[list[StreamEvent]]
    finished: bool = False

    def __aiter__(self) -> Wire:
        return self

    async def __anext__(self) -> list[StreamEvent]:
        await anyio.lowlevel.checkpoint()
        return self.pieces.pop(0)

    def finish(self) -> None:
        self.finished = True


class Events:
    """A decoder of pieces that are events already; an empty one makes no sense."""

    def feed(self, data: list[StreamEvent], /) -> Sequence[StreamEvent]:
        if not data:
            raise MalformedResponse("nothing")
        return data

    def finish(self) -> Sequence[StreamEvent]:
        return ()


class Louder(DecodedStream[list[StreamEvent]]):
    """A provider's own kind of ours."""

    async def __anext__(self) -> StreamEvent:
        return louder(await super().__anext__())


@attrs.define(eq=False)
class Passing:
    """A stream round ours that passes on whatever else it is asked for."""

    events: DecodedStream[list[StreamEvent]]

    def __aiter__(self) -> Passing:
        return self

    async def __anext__(self) -> StreamEvent:
        return louder(await anext(self.events))

    def __getattr__(self, name: str) -> Any:
        return getattr(self.events, name)


def louder(event: StreamEvent) -> StreamEvent:
    return TextDelta(event.text.upper()) if isinstance(event, TextDelta) else event


@attrs.define(eq=False)
class Speaker(Provider):
    wire: Wire
    made: Callable[..., Any]

    @asynccontextmanager
    async def stream(self, _: ChatRequest) -> AsyncIterator[AsyncIterator[StreamEvent]]:
        yield self.made(self.wire, Events())


@pytest.fixture
def speaking(opened: Any) -> Any:
    """Open a connection whose provider speaks over a wire."""

    def start(wire: Wire, made: Callable[..., Any] = DecodedStream) -> Any:
        @asynccontextmanager
        async def open_provider(_: Any) -> AsyncIterator[Provider]:
            yield Speaker(wire, made)

        return opened(open=open_provider)

    return start


async def test_one_by_one(speaking: Any) -> None:
    """The reader sees each as if it had come alone, the text so far with it."""
    wire = Wire([WORDS, [TextDelta("d"), ResponseFinished(), TextDelta("never read")]])

    async with speaking(wire) as connection, connection.stream("Hi") as stream:
        seen = [(event, stream.partial) async for event in stream]

    assert [text for _, text in seen] == ["a", "ab", "abc", "abcd", "abcd"]
    assert [event for event, _ in seen] == [*WORDS, TextDelta("d"), ResponseFinished()]


@pytest.mark.parametrize("made", [Louder, lambda *given: Passing(DecodedStream(*given))])
async def test_what_an_author_does_with_each(speaking: Any, made: Callable[..., Any]) -> None:
    """A stream that inherits from ours, or stands round it, sees every event: none goes past it."""
    async with speaking(Wire([[*WORDS, ResponseFinished()]]), made) as connection:
        response = await connection.send("Hi")

    assert response.content == "ABC"


async def test_the_end_is_not_taken_ahead(speaking: Any) -> None:
    """Who leaves before the last event has left early, though it had come: the wire is not told of an end."""
    wire = Wire([[*WORDS, ResponseFinished()]])

    async with speaking(wire) as connection:
        async with connection.stream("Hi") as stream:
            for _ in WORDS:
                await anext(stream)
        assert not wire.finished
        assert (connection.stats.left_early, connection.stats.succeeded) == (1, 0)


async def test_error_behind_them(speaking: Any) -> None:
    """An error behind events that came together comes after them, and their text is on it."""
    async with speaking(Wire([WORDS, []])) as connection, connection.stream("Hi") as stream:
        seen = []
        with pytest.raises(MalformedResponse) as caught:
            async for event in stream:
                seen.append(event)  # noqa: PERF401  what was seen before the error counts

    assert seen == WORDS
    assert caught.value.partial == "abc"


async def test_few_hands(speaking: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A hundred events in one piece pass the layers below the stream as few times as two do."""
    calls, hand_on = 0, Run.__anext__

    async def counted(run: Run[Any]) -> Any:
        nonlocal calls
        calls += 1
        return await hand_on(run)

    monkeypatch.setattr(Run, "__anext__", counted)
    for count in (2, 100):
        calls = 0
        async with speaking(Wire([[TextDelta("word ")] * count + [ResponseFinished()]])) as connection:
            assert (await connection.send("Hi")).content == "word " * count
        assert calls == 3  # the first, the last, the end
