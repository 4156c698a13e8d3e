"""A caller's time that ends: what was not pressed was not sent, and what was pressed may have gone."""

from __future__ import annotations

import socket
from collections.abc import Awaitable, Iterator
from typing import Any

import anyio
import pytest
import structlog  # noqa: F401 - the first line that is logged would load it from files, within the loop

from jackfield import Certainty, DeadlineExceeded, TextDelta
from jackfield_playground import WebChatPlayground, site_of

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(300)]

ASKED = "add('user', text); await ask(text);"


@pytest.fixture
def silent() -> Iterator[str]:
    """Return the address of a server that takes every connection and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}"


async def given_up(stream: Any, when: Awaitable[None]) -> None:
    """Ask, and give that up *when* it is time."""
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(stream.__aenter__)
        await when
        tasks.cancel_scope.cancel()


async def test_a_page_that_does_not_come_was_sent_nothing(
    connected: Any, chat: WebChatPlayground, silent: str
) -> None:
    """Where the time ends while the page is being opened, the error says that nothing was sent, and why."""
    async with connected(site=site_of(silent, chat.state.settings)) as connection:
        with pytest.raises(DeadlineExceeded) as caught:
            await connection.send("Hello", timeout=1)

    assert caught.value.certainty is Certainty.NOT_SENT
    assert "timeout" in str(caught.value.hint)


async def test_a_composer_that_does_not_come_was_sent_nothing(talking: Any, small: Any) -> None:
    """The same where the page is there and what its login shows is waited for."""
    timing = {"composer": 240}
    async with talking({"chat_input": "#never"}, timing=timing) as connection:
        with pytest.raises(DeadlineExceeded) as caught:
            await connection.send("Hello", timeout=2)

    assert caught.value.certainty is Certainty.NOT_SENT
    assert small.asked == []


async def test_who_waits_for_a_conversation_sent_nothing(connected: Any, chat: WebChatPlayground) -> None:
    """The same where another message of the same conversation is waited for."""
    async with connected() as connection:
        begun = await connection.send("One?")
        chat.state.change(hold_after=1)
        conversation = begun.conversation_id
        async with connection.stream("Two?", conversation_id=conversation) as stream:
            await anext(stream.text)
            with pytest.raises(DeadlineExceeded) as caught:
                await connection.send("Three?", conversation_id=conversation, timeout=1)

    assert caught.value.certainty is Certainty.NOT_SENT
    assert [asked.text for asked in chat.state.asked] == ["One?", "Two?"]


@pytest.mark.parametrize("stops", [True, False], ids=["the page stops", "the page goes on"])
async def test_what_was_pressed_may_have_gone(
    talking: Any, small: Any, until: Any, stops: bool, caplog: pytest.LogCaptureFixture
) -> None:
    """Who gives up after the press learns that the message may be there, also by a page that stops."""
    small.script, small.late = ASKED, 5
    async with talking({} if stops else {"stop_button": "#never"}) as connection:
        stream = connection.stream("Hello")
        await given_up(stream, until(lambda: small.asked))

    assert stream.certainty is Certainty.UNKNOWN
    assert "look at its conversation" in caplog.text


async def test_time_that_ends_after_the_press(talking: Any, small: Any) -> None:
    """Where it ends before the page shows what became of the press, the error says what to do."""
    small.setup = "document.querySelector('#go').onclick = () => fetch('/pressed');"
    async with talking(timing={"submit": 240}) as connection:
        with pytest.raises(DeadlineExceeded) as caught:
            await connection.send("Hello", timeout=10)

    assert small.shown > 1
    assert caught.value.certainty is Certainty.UNKNOWN
    assert "look at its conversation" in str(caught.value.hint)


async def test_what_is_given_up_before_the_press_was_not_sent(talking: Any, small: Any, until: Any) -> None:
    """Whoever gives up before it is told that nothing was sent."""
    async with talking({"chat_input": "#never"}, timing={"composer": 240}) as connection:
        stream = connection.stream("Hello")
        await given_up(stream, until(lambda: small.shown))

    assert stream.certainty is Certainty.NOT_SENT


async def test_time_that_ends_within_an_answer(connected: Any, chat: WebChatPlayground) -> None:
    """Where something of the answer was told, the error says that the remote has begun."""
    chat.state.change(hold_after=2)
    async with connected() as connection:
        with pytest.raises(DeadlineExceeded) as caught:
            async with connection.stream("Tell me much", timeout=10) as stream:
                async for event in stream:
                    seen = isinstance(event, TextDelta)

    assert seen
    assert caught.value.certainty is Certainty.STARTED
