"""The ways to read an answer: what each gives, what falls back to what, and that the page sees none."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import attrs
import pytest

from jackfield import (
    MalformedResponse,
    RateLimited,
    ReasoningDelta,
    ResponseFinished,
    ResponseStarted,
    RunTimeout,
    TextDelta,
    TextReplaced,
)
from jackfield_web.reading._look import Look
from jackfield_web.reading._page_source import PageSource

pytestmark = pytest.mark.anyio

WAYS = ["wire", "observer", "polling"]
ANSWER = "Hello **world** “q” 😀 中文\n\n```py\nprint(1)\n```"


def is_end(event: object) -> bool:
    return isinstance(event, ResponseFinished)


def is_text(event: object) -> bool:
    return isinstance(event, TextDelta)


@pytest.mark.parametrize("way", WAYS)
async def test_the_first_delta_arrives_while_the_page_still_writes(
    chat: Any, opened: Any, only: Callable[[str], Any], way: str
) -> None:
    """The remote sends the rest only after the caller has the beginning: nothing waits for the end."""
    heard = asyncio.Event()
    chat.messages = [{"text": "Hello **wor"}, heard, {"text": ANSWER[11:]}, {"done": True}]

    def note(event: object) -> None:
        if is_text(event):
            heard.set()

    async with opened("/?old=1", **only(way)) as talk:
        answer = await talk.say("hi", note)

    assert answer.text == ANSWER
    assert talk.submission.state == "committed"
    assert isinstance(talk.events[0], ResponseStarted)
    assert [is_end(event) for event in talk.events].index(True) == len(talk.events) - 1
    assert talk.events[-1].metadata["read_by"] == way


@pytest.mark.parametrize("way", WAYS)
async def test_the_page_sees_nothing_of_us(
    chat: Any, opened: Any, only: Callable[[str], Any], way: str
) -> None:
    """From its own script the page finds no name on its window that it did not put there."""
    async with opened("/", **only(way)) as talk:
        await talk.say("one")
        await talk.say("two")

    assert chat.texts == ["one", "two"]
    assert all(message["strangers"] == [] for message in chat.received)


@attrs.define
class Moments:
    """When a page was looked at, and when words of its answer were told, in seconds of one clock."""

    looks: list[float] = attrs.field(factory=list)
    words: list[float] = attrs.field(factory=list)

    def hear(self, event: object) -> None:
        if is_text(event):
            self.words.append(time.monotonic())

    def looks_between(self, start: float, end: float) -> int:
        return sum(start < moment < end for moment in self.looks)


@pytest.fixture
def moments(monkeypatch: pytest.MonkeyPatch) -> Moments:
    """Give the moments of the answers that the test reads."""
    moments, look = Moments(), PageSource.look

    async def noted(source: PageSource) -> Look:
        moments.looks.append(time.monotonic())
        return await look(source)

    monkeypatch.setattr(PageSource, "look", noted)
    return moments


async def test_a_page_whose_traffic_tells_is_left_alone(chat: Any, opened: Any, moments: Moments) -> None:
    """While words come by the wire the page is looked at once a second, and not for each of them."""
    chat.messages = [*[{"text": "word "}, 0.05] * 40, {"done": True}]

    async with opened() as talk:
        answer = await talk.say("hi", moments.hear)

    first, last = moments.words[0], moments.words[-1]
    assert answer.text == "word " * 40
    assert len(moments.words) > moments.looks_between(first, last)
    # One may be under way at the beginning, and one is due where a word is late, as on a busy machine.
    late = sum(word - before > talk.reader.site.timing.tick for before, word in pairwise(moments.words))
    assert moments.looks_between(first, last) <= 1 + (last - first) + late


async def test_a_page_whose_traffic_is_to_tell_is_left_alone(
    chat: Any, opened: Any, moments: Moments
) -> None:
    """While its request is under way and the page does not change, it is looked at once a second."""
    chat.messages = [3.0, {"text": "word"}, {"done": True}]

    async with opened() as talk:
        answer = await talk.say("hi", moments.hear)

    first = moments.words[0]
    assert answer.text == "word"
    # What is drawn for our own message was looked at before that.
    assert moments.looks_between(first - 2, first) <= 1 + 2


async def test_a_socket_is_read_like_a_request(chat: Any, opened: Any) -> None:
    """The frames of a WebSocket that was open long before are the answer, turn after turn."""
    chat.messages = [{"text": "Hel"}, {"text": "lo"}, {"done": True}]

    async with opened("/?send=ws") as talk:
        for _ in range(3):
            answer = await talk.say("hi")

    assert answer.text == "Hello"
    assert talk.events[1:3] == [TextDelta("Hel"), TextDelta("lo")]
    assert talk.events[-1].metadata["read_by"] == "wire"


async def test_a_socket_that_requests_stand_in_for_is_one_answer(chat: Any, opened: Any) -> None:
    """What a page polls for before it has its socket, and what the socket says then, is one answer."""
    chat.messages = [{"text": "ha "}, {"text": "ha "}, None, {"text": "ha "}, {"text": "end"}, {"done": True}]
    rules = [{"text": "0.text"}, {"when": {"0.done": True}, "done": True}]
    wires = [{"url": r"/socket\.io/", "kind": "socketio", "rules": rules}]

    async with opened("/?send=polls", wires=wires) as talk:
        answer = await talk.say("hi")

    assert answer.text == "ha ha ha end"
    assert talk.events[-1].metadata["read_by"] == "wire"
    assert not any(isinstance(event, TextReplaced) for event in talk.events)


async def test_an_answer_that_is_over_at_once_is_read_whole(chat: Any, opened: Any) -> None:
    """A body that ended before it could be streamed is fetched; a page that was faster loses nothing."""
    chat.messages = [{"text": f"{number} "} for number in range(300)] + [{"done": True}]

    async with opened() as talk:
        for _ in range(3):
            answer = await talk.say("hi")
            assert answer.text == "".join(f"{number} " for number in range(300))
            assert talk.events[-1].metadata["read_by"] == "wire"


async def test_a_wire_that_says_nothing_leaves_it_to_the_page(chat: Any, opened: Any) -> None:
    """When the wire's rules find no text, the page's text is told after a moment of grace, and openly so."""
    chat.messages = [{"other": "a"}, {"text": "seen"}, 0.8, {"done": True}]
    rules = [{"text": "nothing.here"}, {"when": {"over": True}, "done": True}]

    async with opened("/", wires=[{"url": "/answer$", "kind": "fetch-sse", "rules": rules}]) as talk:
        answer = await talk.say("hi")

    assert answer.text == "seen"
    assert talk.events[0].metadata["read_by"] == "wire"
    assert talk.events[-1].metadata["read_by"] == "observer"


async def test_a_wire_that_only_thinks_leaves_the_answer_to_the_page(chat: Any, opened: Any) -> None:
    """Thoughts are told as they come; the text that the wire's rules do not find is the page's to tell."""
    chat.messages = [{"think": "Hm."}, {"text": "seen"}, 0.8, {"done": True}]
    rules = [{"reasoning": "think"}, {"text": "nothing.here"}, {"when": {"done": True}, "done": True}]

    async with opened("/", wires=[{"url": "/answer$", "kind": "fetch-sse", "rules": rules}]) as talk:
        answer = await talk.say("hi")

    assert answer.text == "seen"
    assert ReasoningDelta("Hm.") in talk.events
    assert talk.events[-1].metadata["read_by"] == "observer"


async def test_a_wire_that_does_not_end_is_ended_by_the_page(chat: Any, opened: Any) -> None:
    """A socket whose last word is unknown is complete when the page says so, with the wire's own text."""
    chat.messages = [{"text": ANSWER}, {"done": True}]
    wires = [{"url": "/socket$", "kind": "websocket", "rules": [{"text": "text"}]}]

    async with opened("/?send=ws", wires=wires) as talk:
        answer = await talk.say("hi")

    assert answer.text == ANSWER
    assert talk.events[-1].metadata == {"read_by": "wire", "settled_by": "page"}


async def test_what_a_wire_told_to_its_end_ends_with_its_word(chat: Any, opened: Any) -> None:
    """A page that works on after it, as one that draws slowly, takes nothing away of what the wire told."""
    chat.messages = [{"text": "hello"}, {"model": "m-1", "over": True}, 1.0, {"done": True}]
    rules = [{"text": "text"}, {"model": "model"}, {"when": {"over": True}, "done": True}]
    wires = [{"url": "/socket$", "kind": "websocket", "rules": rules}]
    async with opened("/?send=ws", wires=wires, timing={"settle": 0.01}) as talk:
        answer = await talk.say("hi")

    assert answer.text == "hello"
    assert talk.events[-1].model == "m-1"
    assert talk.events[-1].metadata == {"read_by": "wire"}


async def test_what_a_wire_told_of_an_end_is_kept_for_the_pages_text(chat: Any, opened: Any) -> None:
    """A page that works on after the wire's end, and tells the text, says nothing of why it ended there."""
    chat.messages = [{"text": "hello"}, {"over": True, "why": "length"}, 2.5, {"done": True}]
    rules = [{"finish_reason": "why"}, {"when": {"over": True}, "done": True}]
    wires = [{"url": "/socket$", "kind": "websocket", "rules": rules}]
    async with opened("/?send=ws", wires=wires, timing={"settle": 0.01}) as talk:
        answer = await talk.say("hi")

    assert answer.text == "hello"
    assert talk.events[-1].finish_reason == "length"
    assert talk.events[-1].metadata["read_by"] == "observer"


async def test_text_that_is_taken_back_is_replaced(chat: Any, opened: Any) -> None:
    """What the remote said anew replaces what it had said, by wire and on the page alike."""
    heard = asyncio.Event()
    chat.messages = [{"text": "I think 5"}, heard, {"all": "I think 6, yes"}, {"done": True}]

    def note(event: object) -> None:
        if is_text(event):
            heard.set()

    for way in ("wire", "observer"):
        heard.clear()
        async with opened("/", reading={"ways": [way]}) as talk:
            answer = await talk.say("hi", note)

        assert answer.text == "I think 6, yes"
        assert TextReplaced(keep=8, text="6, yes") in talk.events


@pytest.mark.parametrize(
    ("pieces", "shows"),
    [(("Hello ", "world"), ".bot .text"), (("It ", "is ", "a ", "long ", "one."), ".nothing")],
    ids=["page", "no page"],
)
async def test_increments_are_no_snapshots(
    chat: Any, opened: Any, pieces: tuple[str, ...], shows: str
) -> None:
    """A rule that takes increments for snapshots tells no last piece as an answer, though it may be two."""
    chat.messages = [*({"text": piece} for piece in pieces), {"done": True}]
    rules = [{"text": "text", "mode": "snapshot"}, {"when": {"done": True}, "done": True}]
    wires = [{"url": "/answer$", "kind": "fetch-sse", "rules": rules}]

    async with opened("/", wires=wires, selectors={"response_area": shows}) as talk:
        with pytest.raises(MalformedResponse, match="increments where its rule expects snapshots") as caught:
            await talk.say("hi")

    assert caught.value.partial == "".join(pieces)
    assert caught.value.hint is not None
    assert "snapshot" in caught.value.hint


async def test_snapshots_may_stand_in_the_place_of_others(chat: Any, opened: Any) -> None:
    """What a remote says in the place of its status lines is the answer, as the page shows it."""
    chat.messages = [{"all": text} for text in ("Searching…", "Reading…", "It is so.")] + [{"done": True}]

    async with opened() as talk:
        answer = await talk.say("hi")

    assert answer.text == "It is so."


async def test_markdown_that_the_page_carries_is_taken(chat: Any, opened: Any) -> None:
    """An attribute with the raw markdown is better than any conversion of what is shown."""
    text = "a  b\n* not `touched*"
    chat.messages = [{"text": text}, {"done": True}]
    changes = {
        "reading": {"ways": ["observer"], "markdown_attribute": "data-source", "markdown_prefix": "said: "},
        "selectors": {"response_area": ".bot"},
    }

    async with opened("/?trap=raw", **changes) as talk:
        assert (await talk.say("hi")).text == text


async def test_the_copy_button_gives_the_exact_text(chat: Any, opened: Any) -> None:
    """The text is settled through the page's own button, and its clipboard functions are its own again."""
    text = "curly 'quotes' and  two  spaces\n\n\n\nand gaps"
    chat.messages = [{"text": text}, {"done": True}]

    async with opened("/", reading={"ways": ["observer"], "settle": "copy"}) as talk:
        answer = await talk.say("hi")
        own = await talk.reader.page.evaluate("Object.getOwnPropertyNames(navigator.clipboard)")

    assert answer.text == text
    assert talk.events[-1].metadata["settled_by"] == "copy"
    assert own == []


async def test_the_conversations_address_is_the_handle(chat: Any, opened: Any) -> None:
    """The address is told as soon as the page has it, without what it carries beside it."""
    async with opened("/?chats=abc1") as talk:
        answer = await talk.say("hi")

    assert answer.started is not None
    assert answer.started.handle == f"{chat.url}/chat/abc1"
    assert answer.started.conversation_id == "abc1"
    assert answer.finished is not None


@pytest.mark.parametrize(("text", "found"), [("", "old answer 2"), ("question *1*", "old answer 1")])
async def test_an_answer_is_taken_up_again(chat: Any, opened: Any, text: str, found: str) -> None:
    """Attached to a page, the turn after our message, or the last one, is the answer; nothing is sent."""
    async with opened("/?old=3") as talk, talk.reader.reply(text, attach=True) as reply:
        answer = await talk.read(reply)

    assert answer.text == found
    assert chat.received == []


async def test_an_answer_to_another_message_is_not_taken(opened: Any) -> None:
    """When our message is not on the page there is no answer to it, whatever else stands there."""
    limits = {"first_token": 0.5}
    async with (
        opened("/?old=3", timing=limits) as talk,
        talk.reader.reply("never said", attach=True) as reply,
    ):
        with pytest.raises(RunTimeout) as caught:
            await talk.read(reply)

    assert (caught.value.phase, caught.value.partial) == ("first_token", "")


@pytest.mark.parametrize("behind", [[], [{"type": "status", "online": 3}]], ids=["nothing", "status"])
async def test_an_error_that_a_socket_leaves_it_at_is_told(chat: Any, opened: Any, behind: list[Any]) -> None:
    """Where no wire reads the socket that took the message, half an answer is none all the same."""
    failure = {"error": {"code": 429, "message": "slow down"}, "done": True}
    chat.messages = [{"text": "Half of"}, failure, *behind]

    async with opened("/?send=ws", wires=[]) as talk:
        with pytest.raises(RateLimited) as caught:
            await talk.say("hi")

    assert caught.value.partial == "Half of"


async def test_a_socket_that_goes_on_behind_an_error_has_got_over_it(chat: Any, opened: Any) -> None:
    """What a socket says of a message before ours, or before more of the answer, is no failure of it."""
    chat.messages = [
        {"error": "busy, trying again"},
        {"text": "All of"},
        {"text": " the answer"},
        {"done": True},
    ]

    async with opened("/?send=ws", wires=[]) as talk:
        for _ in range(2):
            answer = await talk.say("hi")

    assert answer.text == "All of the answer"
