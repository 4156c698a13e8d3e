"""Providers that take a cancellation for something that they may pass over."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import anyio
import attrs
import pytest

from jackfield import ChatRequest, DeadlineExceeded, ResponseStarted, TextDelta

pytestmark = [pytest.mark.anyio, pytest.mark.virtual_time]


@attrs.define(eq=False)
class Deaf:
    """A wire that gives a word a second, and passes over its first cancellation: waits on or says one."""

    says_a_word: bool
    swallowed: int = 0

    @asynccontextmanager
    async def handler(self, _: ChatRequest) -> AsyncIterator[Deaf]:
        yield self

    def __aiter__(self) -> Deaf:
        return self

    async def __anext__(self) -> Any:
        try:
            await anyio.sleep(1)
        except anyio.get_cancelled_exc_class():
            self.swallowed += 1
            if self.swallowed > 1:
                raise
            if not self.says_a_word:
                await anyio.sleep(1)
        return TextDelta("word ") if self.swallowed else ResponseStarted(handle="run-1")


@pytest.mark.parametrize("says_a_word", [False, True])
async def test_provider_that_swallows_the_deadline(read: Any, *, says_a_word: bool) -> None:
    """G11: the deadline ends the request, within the step that it fell into or at the next one."""
    wire, began = Deaf(says_a_word), anyio.current_time()

    with pytest.raises(DeadlineExceeded):
        await read(wire, timeout=10.5)

    assert wire.swallowed
    assert anyio.current_time() - began == pytest.approx(10.5)


@pytest.mark.parametrize("says_a_word", [False, True])
async def test_provider_that_swallows_a_cancellation(read: Any, *, says_a_word: bool) -> None:
    """G11: a caller that is cancelled is let go: the cancellation comes again wherever one waits next."""
    wire, began = Deaf(says_a_word), anyio.current_time()

    with anyio.move_on_after(5.5) as scope:
        await read(wire, timeout=None)

    assert scope.cancelled_caught
    assert wire.swallowed
    assert anyio.current_time() - began == pytest.approx(5.5)
