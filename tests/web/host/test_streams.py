"""Streams out of the host: in order, complete, no further ahead than the buffer, ended when they are left."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from typing import TYPE_CHECKING

import anyio
import pytest
from anyio.lowlevel import current_token

from jackfield import StreamConsumed
from jackfield_web import BrowserError, BrowserHost, PageHandle
from jackfield_web.browser import HostStream
from jackfield_web.browser._stream import BUFFER

if TYPE_CHECKING:
    from playwright.async_api import Page

pytestmark = pytest.mark.anyio


class Counter:
    """Yields numbers inside the host, and tells how far it came and how it ended."""

    def __init__(self, end: int, *, error: Exception | None = None, pause: float = 0) -> None:
        self.end, self.error, self.pause = end, error, pause
        self.produced = 0
        self.closed = False

    async def numbers(self) -> AsyncGenerator[int]:
        try:
            for number in range(self.end):
                self.produced += 1
                yield number
                await asyncio.sleep(self.pause)
            if self.error:
                raise self.error
        finally:
            # Awaiting here shows that the clean-up is not cut off.
            await asyncio.sleep(0.01)
            self.closed = True


async def collect(items: HostStream[int], into: list[int]) -> None:
    async for item in items:
        into.append(item)  # noqa: PERF401 - what came before an error or a cancellation counts


async def test_every_item_comes_once_and_in_order(host: BrowserHost) -> None:
    """What is yielded inside is read outside, complete and in order."""
    counter = Counter(500)

    async with host.stream(counter.numbers) as numbers:
        assert [number async for number in numbers] == list(range(500))

    assert counter.closed


async def test_a_generator_waits_for_its_reader(host: BrowserHost) -> None:
    """Nobody reads: the generator stops at the buffer's size, and goes on when somebody does."""
    counter = Counter(10_000)

    async with host.stream(counter.numbers) as numbers:
        await anyio.sleep(0.2)
        assert counter.produced <= BUFFER + 1
        assert await anext(numbers) == 0
        await anyio.sleep(0.2)
        assert counter.produced <= 3 * BUFFER


async def test_leaving_early_runs_the_finally(host: BrowserHost) -> None:
    """After the block the generator has ended, with its clean-up."""
    counter = Counter(10_000)

    async with host.stream(counter.numbers) as numbers:
        async for number in numbers:
            if number == 40:
                break

    assert counter.closed


async def test_a_cancelled_read_loses_nothing(host: BrowserHost) -> None:
    """A read that is cancelled just while its item crosses over finds the item the next time."""
    scope = anyio.CancelScope()
    token = current_token()
    got: list[int] = []

    async def cancelling() -> AsyncGenerator[int]:
        for number in range(60):
            token.backend_class.run_sync_soon(scope.cancel, (), token.native_token)
            yield number

    async with host.stream(cancelling) as numbers:
        while len(got) < 60:
            with anyio.CancelScope() as scope:
                await collect(numbers, got)

    assert got == list(range(60))


async def test_cancelling_the_reader_ends_the_generator(host: BrowserHost) -> None:
    """A reader that is cancelled inside the block leaves nothing running inside."""
    counter = Counter(10_000, pause=0.01)

    with anyio.move_on_after(0.2):
        async with host.stream(counter.numbers) as numbers:
            async for _ in numbers:
                pass

    assert counter.closed


async def test_an_error_comes_after_the_items_before_it(host: BrowserHost) -> None:
    """The reader gets everything that was yielded, then the generator's error."""
    got: list[int] = []

    with pytest.raises(LookupError, match="broken"):
        async with host.stream(Counter(40, error=LookupError("broken")).numbers) as numbers:
            await collect(numbers, got)

    assert got == list(range(40))


async def test_a_page_streams_while_it_goes_on(page: PageHandle) -> None:
    """What a page says is read while the page still speaks, and its engine's errors are ours."""

    async def lengths(page: Page) -> AsyncGenerator[int]:
        for _ in range(3):
            yield await page.evaluate("document.body.append('x') ?? document.body.textContent.length")
        await page.evaluate("no such script")

    got: list[int] = []
    with pytest.raises(BrowserError):
        async with page.stream(lengths) as stream:
            await collect(stream, got)

    assert got == [1, 2, 3]


async def test_a_stream_is_read_inside_its_block(host: BrowserHost) -> None:
    """Reading without the block is a mistake and is told, not an empty stream."""
    with pytest.raises(StreamConsumed, match="inside its `async with` block"):
        await anext(host.stream(Counter(1).numbers))
