"""Answers that are cut off, at once or later: what had arrived is told to the last byte."""

from __future__ import annotations

from typing import Any

import pytest

from jackfield import StreamInterrupted
from jackfield_web.reading._exchange import Exchange
from jackfield_web.site._wires import WirePattern

pytestmark = pytest.mark.anyio
WIRE = WirePattern(url="/answer$", kind="fetch-sse", decoder="any")


@pytest.mark.parametrize("failure", ["", "net::ERR_INCOMPLETE_CHUNKED_ENCODING"])
def test_a_beginning_that_comes_after_the_end_is_read(failure: str) -> None:
    """A body is not over before its beginning, which was asked for, has come; then all of it is read."""
    exchange = Exchange("1", WIRE, status=200)
    exchange.owe()
    exchange.add(b"data: 2\n\n")
    exchange.ended, exchange.failure = True, failure

    early = exchange.is_drained, list(exchange.records())
    exchange.begin(b"data: 1\n\n")

    assert early == (False, [])
    assert [record.data for record in exchange.records()] == ["1", "2"]
    assert exchange.is_drained


def test_a_beginning_that_never_comes_is_the_end() -> None:
    """A body that can neither be streamed nor fetched is over, with the reason."""
    exchange = Exchange("1", WIRE, status=200)
    exchange.owe()
    exchange.give_up("No data found")

    assert (exchange.is_drained, exchange.failure) == (True, "No data found")


@pytest.mark.parametrize("gap", [0, 0.002])
async def test_an_answer_that_is_cut_at_once_keeps_its_beginning(chat: Any, opened: Any, gap: float) -> None:
    """Cut within milliseconds, again and again: the error has what the page itself was given, every time."""
    chat.messages, chat.cut = [{"text": "half "}, gap, {"text": "an "}, gap, {"text": "answer"}, gap], True

    for _ in range(3):
        async with opened() as talk:
            with pytest.raises(StreamInterrupted) as caught:
                await talk.say("hi")
            shown = await talk.reader.page.locator(".bot .text").inner_text()
            assert caught.value.partial.split() == shown.split()


async def test_an_answer_that_is_cut_before_its_first_word_is_told(chat: Any, opened: Any) -> None:
    """A request that fails with nothing said is no reason to wait: the page has a moment, then it is over."""
    chat.messages, chat.cut = [{"other": "word"}, 0.2], True

    async with opened(timing={"idle": 50, "first_token": 50}) as talk:
        with pytest.raises(StreamInterrupted, match="broke off") as caught:
            await talk.say("hi")

    assert caught.value.partial == ""
