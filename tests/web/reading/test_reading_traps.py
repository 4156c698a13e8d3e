"""Pages with bad manners, and answers that break off, are late or are none."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from jackfield import (
    PermissionDenied,
    ProviderUnavailable,
    QuotaExhausted,
    RateLimited,
    RunFailed,
    RunTimeout,
    StreamInterrupted,
    TextDelta,
)

pytestmark = pytest.mark.anyio

BY_PAGE = {"reading": {"ways": ["observer"]}}
POLLED = {"reading": {"ways": ["polling"]}}
DONE = {"done": True}


def folded(*events: str) -> list[dict[str, Any]]:
    return [{"text": text} for text in events]


@pytest.mark.parametrize(
    ("trap", "way"), [("recycle", BY_PAGE), ("virtual,old", BY_PAGE), ("shadow", POLLED), ("wipe", POLLED)]
)
async def test_a_page_with_bad_manners_is_read_right(
    chat: Any, opened: Any, trap: str, way: dict[str, Any]
) -> None:
    """Lists that recycle or forget elements, signs of other answers, asking at intervals: no harm is done."""
    async with opened(f"/?old=4&trap={trap}", **way) as talk:
        for text in ("first", "second"):
            chat.messages = [0.1, {"text": f"{text} ans"}, 0.5, {"text": "wer"}, DONE]
            assert (await talk.say("hi")).text == f"{text} answer"


@pytest.mark.parametrize("old", [0, 2])
@pytest.mark.parametrize("trap", ["prepend", "columns", "recycle", "slots", "faded", "prepend,slots"])
async def test_the_same_message_again_has_its_own_answer(chat: Any, opened: Any, trap: str, old: int) -> None:
    """Newest turn first, rows that are used again, slots, a button that fades: each has ours."""
    async with opened(f"/?old={old}&trap={trap}", **BY_PAGE) as talk:
        for number in range(4):
            chat.messages = [0.1, {"text": f"part {number} of"}, 0.3, {"text": " it"}, DONE]
            assert (await talk.say("tell" if not number else "continue")).text == f"part {number} of it"


@pytest.mark.parametrize("text", ["👍", "?!", "1", "Hi"])
async def test_a_short_message_is_known_by_all_of_it(chat: Any, opened: Any, text: str) -> None:
    """A message without letters has its answer, and no turn is ours because it begins as ours does."""
    async with opened("/?old=2", **BY_PAGE) as talk:
        chat.messages = [{"text": f"to {text}"}, DONE]
        await talk.say(text)
        chat.messages = [{"text": "another"}, DONE]
        await talk.say(f"{text} Hiroshima, step 12 {text}")
        async with talk.reader.reply(text, attach=True) as reply:
            assert (await talk.read(reply)).text == f"to {text}"


async def test_text_that_is_kept_as_it_is_has_its_lines(chat: Any, opened: Any) -> None:
    """What CSS says of white space comes along with what is read."""
    text = "First\n\n\nSecond\n    indented\n- a"
    chat.messages = [{"text": text}, DONE]

    async with opened("/?trap=kept", **BY_PAGE) as talk:
        assert (await talk.say("hi")).text == text


async def test_a_long_answer_is_read_whole(chat: Any, opened: Any) -> None:
    """A hundred kilobytes arrive complete and unchanged, by wire and from the page."""
    lines = [f"{number}: “quoted” 😀 中文 `code`" for number in range(3000)]
    chat.messages = [
        *folded(*("\n\n".join(lines[at : at + 100]) + "\n\n" for at in range(0, 3000, 100))),
        DONE,
    ]

    for way in (["wire"], ["observer"]):
        async with opened("/", reading={"ways": way}) as talk:
            answer = await talk.say("hi")
        assert answer.text.strip() == "\n\n".join(lines)


async def test_an_answer_goes_on_after_the_page_was_loaded_anew(chat: Any, opened: Any) -> None:
    """When the document is replaced, the turn after our message is found in the new one."""
    async with opened("/?old=2", **BY_PAGE) as talk:
        chat.messages = [{"text": "half an"}, asyncio.Event()]
        async with talk.reader.reply("question 1") as reply:
            await talk.reader.page.reload()
            await reply.sending()
            await talk.reader.page.goto(f"{chat.url}/?old=3")
            answer = await talk.read(reply)

    assert answer.text == "old answer 1"


async def test_a_page_loaded_anew_without_a_sign_of_our_turn_is_told(chat: Any, opened: Any) -> None:
    """Without selectors for the user's turns nobody can know which turn answers us: an error, no guess."""
    page = opened("/?old=2", selectors={"user_turn": []}, **BY_PAGE)
    async with page as talk, talk.reader.reply("hi") as reply:
        await talk.reader.page.reload()
        with pytest.raises(StreamInterrupted, match="loaded anew before its answer began"):
            await talk.read(reply)


async def test_an_answer_that_breaks_off_is_no_success(chat: Any, opened: Any) -> None:
    """A connection that ends in mid-answer is an error that carries what had arrived."""
    chat.messages, chat.cut = [{"text": "half an"}, 0.3], True

    async with opened() as talk:
        with pytest.raises(StreamInterrupted) as caught:
            await talk.say("hi")

    assert caught.value.partial == "half an"


async def test_an_answer_without_its_last_word_is_no_success(chat: Any, opened: Any) -> None:
    """A stream that ends properly and never says that it is complete was cut by somebody before us."""
    chat.messages = [{"text": "half an"}]

    async with opened() as talk:
        with pytest.raises(StreamInterrupted, match="ended without saying so") as caught:
            await talk.say("hi")

    assert caught.value.partial == "half an"


async def test_what_was_said_before_an_error_is_told(chat: Any, opened: Any) -> None:
    """Text that arrives together with an error reaches the caller before it, and the error carries it."""
    chat.messages = [{"text": "half an"}, {"error": "Boom"}]

    async with opened() as talk:
        with pytest.raises(RunFailed, match="Boom") as caught:
            await talk.say("hi")

    assert TextDelta("half an") in talk.events
    assert caught.value.partial == "half an"


@pytest.mark.parametrize(
    ("status", "error"), [(403, PermissionDenied), (429, RateLimited), (503, ProviderUnavailable)]
)
async def test_a_refused_request_is_an_error(
    chat: Any, opened: Any, status: int, error: type[Exception]
) -> None:
    """The HTTP error of the page's own request is told, not the words that the page makes of it."""
    chat.status = status

    async with opened() as talk:
        with pytest.raises(error, match=f"HTTP status {status}"):
            await talk.say("hi")


@pytest.mark.parametrize(
    ("phase", "messages"),
    [
        ("first_token", []),
        ("idle", [{"text": "begin"}]),
        ("total", [{"text": "tick"}, *[0.05, {"text": "."}] * 200]),
    ],
)
async def test_each_limit_ends_the_wait_with_the_text_so_far(
    chat: Any, opened: Any, phase: str, messages: list[Any]
) -> None:
    """What was waited for is in the error, and the text that had arrived with the place to find the rest."""
    chat.messages = [*messages, asyncio.Event()]
    limits = {"first_token": 30, "idle": 30, "total": 60, phase: 1.5}

    async with opened("/?chats=c1&trap=nostop", timing=limits) as talk:
        with pytest.raises(RunTimeout) as caught:
            await talk.say("hi")

    assert caught.value.phase == phase
    assert caught.value.handle == f"{chat.url}/chat/c1"
    assert caught.value.partial.startswith("".join(message["text"] for message in messages[:1]))


async def test_a_limit_on_the_page_is_an_error(chat: Any, opened: Any) -> None:
    """A banner that says the account's limit is reached ends the wait for an answer that will not come."""
    chat.messages = [asyncio.Event()]

    async with opened("/?trap=banner", selectors={"limit_banner": ".banner"}) as talk:
        with pytest.raises(QuotaExhausted):
            await talk.say("hi")


async def test_leaving_early_leaves_nothing_behind(chat: Any, opened: Any) -> None:
    """A reader that goes after the first delta takes its tasks along, and the next answer is whole."""
    hold = asyncio.Event()
    chat.messages = [{"text": "one"}, hold, {"text": " two"}, DONE]

    async with opened() as talk:
        async with talk.reader.reply("hi") as reply:
            await talk.reader.page.locator("#composer").fill("hi")
            await reply.sending()
            await talk.reader.page.locator("#send").click()
            async for event in reply:
                if isinstance(event, TextDelta):
                    break
        assert not talk.reader.tap._tasks
        hold.set()
        await talk.reader.page.locator("#send:enabled").wait_for()
        chat.messages = [{"text": "three"}, DONE]
        assert (await talk.say("again")).text == "three"
