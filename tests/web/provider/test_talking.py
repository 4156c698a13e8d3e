"""Asking a chat page: real streaming, threads that do not mix, and messages that are sent once."""

from __future__ import annotations

import os
import signal
from typing import Any

import anyio
import pytest

from jackfield import (
    AuthenticationRequired,
    Certainty,
    ConnectFailed,
    InvalidRequest,
    Message,
    ModelNotFound,
    ProviderContext,
    RateLimited,
    StreamInterrupted,
    TextDelta,
)
from jackfield_playground import WebChatPlayground

pytestmark = pytest.mark.anyio


async def first_text(stream: Any) -> str:
    """Read until the first piece of text."""
    async for event in stream:
        if isinstance(event, TextDelta):
            return event.text
    pytest.fail("there was no text")


async def test_streams_while_the_page_writes(connected: Any, chat: WebChatPlayground) -> None:
    """The first text is here while the server holds the rest back, and in the end every byte is."""
    chat.state.change(hold_after=1)
    async with connected() as connection, connection.stream("Write a function, “please” 東京 🙂") as stream:
        await first_text(stream)
        held = chat.state.asked[-1]
        chat.state.release()
        response = await stream.collect()

    assert not held.over
    assert response.content == chat.state.asked[-1].answer
    assert "```python" in response.content
    assert response.metadata["read_by"] == "wire"
    assert response.model == chat.engine.name
    assert len(chat.state.asked) == 1


async def test_a_conversation_keeps_the_page_s_thread(connected: Any, chat: WebChatPlayground) -> None:
    """The second message goes into the same conversation, whose address is its id and its handle."""
    async with connected() as connection:
        conversation = connection.conversation()
        first = await conversation.send("One?")
        second = await conversation.send("Two?")

    assert "Earlier questions in this thread: 1" in second.content
    assert first.conversation_id == second.conversation_id == first.handle == first.url
    assert str(first.handle).startswith(f"{chat.base_url}/c/")
    assert len({asked.conversation for asked in chat.state.asked}) == 1


async def test_conversations_at_once_do_not_mix(connected: Any, chat: WebChatPlayground) -> None:
    """Each of several answers that are written at once is the answer to its own question."""
    answers: dict[str, str] = {}

    async def ask(connection: Any, question: str) -> None:
        answers[question] = (await connection.send(question)).content

    questions = ["first question", "second question", "third question"]
    async with connected() as connection, anyio.create_task_group() as tasks:
        for question in questions:
            tasks.start_soon(ask, connection, question)

    assert all(f"“{question}”" in answers[question] for question in questions)
    assert len({asked.conversation for asked in chat.state.asked}) == 3


@pytest.mark.parametrize("cancelled", [False, True], ids=["left", "cancelled"])
async def test_leaving_early_stops_the_page(
    connected: Any, chat: WebChatPlayground, until: Any, cancelled: bool
) -> None:
    """Whoever leaves or is cancelled has the stop button pressed, and can go on with the conversation."""
    chat.state.change(hold_after=2)
    async with connected() as connection:
        conversation = connection.conversation()
        with anyio.CancelScope() as scope:
            async with conversation.stream("Tell me much") as stream:
                await first_text(stream)
                if cancelled:
                    scope.cancel()
                    await anyio.sleep(10)
        await until(lambda: chat.state.asked[-1].over)
        stopped = chat.state.asked[-1]
        chat.state.change(hold_after=None)
        again = await connection.send("And now?", conversation_id=stream.response.conversation_id)

    assert (stopped.stopped, stopped.left) == (True, False)
    assert "Earlier questions in this thread: 1" in again.content


async def test_an_answer_is_taken_up_by_another_connection(connected: Any, chat: WebChatPlayground) -> None:
    """An answer that went on without us is read from the page by its handle; nothing is asked again."""
    chat.state.change(hold_after=2, goes_on=True)
    async with connected(site_overrides={"selectors": {"stop_button": []}}) as connection:
        async with connection.stream("Tell me much") as stream:
            await first_text(stream)
        handle = stream.handle
    chat.state.release()

    async with connected() as connection, connection.attach(handle) as stream:
        response = await stream.collect()

    assert response.content == chat.state.asked[0].answer
    assert response.handle == handle
    assert len(chat.state.asked) == 1


async def test_a_crashed_page_is_read_again(
    connected: Any, chat: WebChatPlayground, crash_pages: Any
) -> None:
    """When the page's process ends in mid-answer the conversation is opened again, and nothing sent again."""
    chat.state.change(hold_after=2, goes_on=True)
    async with connected() as connection, connection.stream("Tell me much") as stream:
        await first_text(stream)
        await crash_pages(connection)
        chat.state.release()
        response = await stream.collect()

    assert response.content == chat.state.asked[0].answer
    assert response.metadata["read_again"] is True
    assert len(chat.state.asked) == 1


async def test_a_crashed_browser_is_read_again(
    connected: Any, chat: WebChatPlayground, processes: Any, password: ProviderContext
) -> None:
    """The same when the whole browser is killed: it starts again on its profile, logged in, and reads on."""
    chat.state.change(hold_after=2, goes_on=True, login=True)
    async with (
        connected(password, profile=True) as connection,
        connection.stream("Tell me much") as stream,
    ):
        await first_text(stream)
        for pid in await anyio.to_thread.run_sync(processes.named, "--remote-debugging"):
            os.kill(pid, signal.SIGKILL)
        chat.state.release()
        response = await stream.collect()

    assert response.content == chat.state.asked[0].answer
    assert len(chat.state.asked) == 1


@pytest.mark.parametrize(
    "traps",
    [{"keeps"}, {"keeps-long"}, {"keeps", "quiet", "late-address"}, {"keeps-long", "quiet", "late-address"}],
    ids=["never cleared", "cleared late", "never cleared, no sign", "cleared late, no sign"],
)
async def test_what_stays_in_the_composer_is_sent_once(
    connected: Any, chat: WebChatPlayground, traps: set[str]
) -> None:
    """A page that leaves the message where it was typed is asked once, though its answer comes late.

    Without a sign on the page, it is the request that took the message along which shows that it went.
    """
    chat.state.change(traps=traps, first_seconds=2)
    async with connected(site_overrides={"wires": [], "timing": {"composer": 15, "submit": 1}}) as connection:
        response = await connection.send("Buy one ticket")

    assert [asked.text for asked in chat.state.asked] == ["Buy one ticket"]
    assert response.content == chat.state.asked[0].answer


async def test_an_unreachable_page_is_not_asked(connected: Any) -> None:
    """Where nobody listens nothing was sent, and the error says so."""
    with WebChatPlayground().running() as gone:
        site = gone.site
    async with connected(site=site) as connection:
        with pytest.raises(ConnectFailed) as caught:
            await connection.send("Hello")

    assert caught.value.certainty is Certainty.NOT_SENT


async def test_a_refused_message_says_so(connected: Any, chat: WebChatPlayground) -> None:
    """What the remote answers to the page's own request is the error, and it certainly did not act."""
    chat.state.fail_next(429)
    async with connected() as connection:
        with pytest.raises(RateLimited) as caught:
            await connection.send("Hello")

    assert caught.value.certainty is Certainty.REJECTED
    assert chat.state.asked == ()


async def test_a_refused_message_is_sent_again(connected: Any, chat: WebChatPlayground) -> None:
    """A message that the remote certainly did not take may be sent again, and is then asked once."""
    chat.state.fail_next(429)
    async with connected(max_retries=2, base_delay=0.0) as connection:
        response = await connection.send("Hello")

    assert (response.attempts, len(chat.state.asked)) == (2, 1)


async def test_a_refusal_that_is_believed_late_is_sent_again(connected: Any, chat: WebChatPlayground) -> None:
    """However long the page gets to make a refusal good, no answer is said to have begun meanwhile."""
    chat.state.fail_next(429)
    slow = {"timing": {"composer": 5, "wire_grace": 4}}
    async with connected(max_retries=2, base_delay=0.0, site_overrides=slow) as connection:
        response = await connection.send("Hello")

    assert (response.attempts, len(chat.state.asked)) == (2, 1)


async def test_an_answer_that_breaks_off_is_none(connected: Any, chat: WebChatPlayground) -> None:
    """When the page's request ends without its end, the error has the text so far and the handle."""
    chat.state.change(piece_seconds=0.1)
    chat.state.cut_next(3)
    async with connected() as connection:
        with pytest.raises(StreamInterrupted) as caught:
            await connection.send("Hello")

    error = caught.value
    assert error.partial
    assert chat.state.asked[0].answer.startswith(error.partial)
    assert error.certainty is Certainty.STARTED
    assert str(error.handle).startswith(f"{chat.base_url}/c/")


async def test_one_tab_serves_conversations_in_turn(connected: Any, chat: WebChatPlayground) -> None:
    """With room for one tab, a conversation is opened again by its address, and its thread goes on."""
    async with connected(max_tabs=1, max_concurrency=1) as connection:
        here, there = connection.conversation(), connection.conversation()
        await here.send("Here?")
        await there.send("There?")
        again = await here.send("Here again?")

    assert "The one before was: “Here?”" in again.content


async def test_a_conversation_that_leads_to_another_is_refused(
    connected: Any, chat: WebChatPlayground
) -> None:
    """Where a conversation's address leads to another one, nothing is written into that one."""
    chat.state.change(traps={"newest"})
    async with connected(max_tabs=1, max_concurrency=1) as connection:
        here, there = connection.conversation(), connection.conversation()
        await here.send("Here?")
        await there.send("There?")
        with pytest.raises(InvalidRequest, match="is no conversation here") as caught:
            await here.send("Here again?")

    assert caught.value.certainty is Certainty.NOT_SENT
    assert [asked.text for asked in chat.state.asked] == ["Here?", "There?"]


@pytest.mark.parametrize(
    ("messages", "settings", "error"),
    [
        ([Message("user", "a"), Message("assistant", "b"), Message("user", "c")], {}, InvalidRequest),
        ("Hello", {"model": "big"}, ModelNotFound),
        ("Hello", {"options": {"colour": "red"}}, InvalidRequest),
        ("Hello", {"conversation_id": "http://elsewhere.example/c/1"}, InvalidRequest),
        ("Hello", {"conversation_id": "tab-unknown"}, InvalidRequest),
    ],
    ids=["history", "model", "options", "foreign conversation", "closed tab"],
)
async def test_what_a_page_cannot_do_is_refused(
    connected: Any, chat: WebChatPlayground, messages: Any, settings: dict[str, Any], error: type[Exception]
) -> None:
    """A wish that a page cannot fulfil is refused before any page is opened."""
    async with connected() as connection:
        with pytest.raises(error):
            await connection.send(messages, **settings)

    assert chat.state.pages == ()


async def test_a_page_that_finds_out_late_is_logged_in_again(
    connected: Any, chat: WebChatPlayground, password: ProviderContext
) -> None:
    """A login that expires between the look and the message is renewed, and the message asked once."""
    chat.state.change(login=True)
    async with connected(password) as connection:
        chat.state.fail_next(401)
        response = await connection.send("Hello")

    assert response.success
    assert len(chat.state.asked) == 1


async def test_a_page_that_finds_out_late_without_a_password(connected: Any, chat: WebChatPlayground) -> None:
    """Without a password such an expiry is the error, and a login is needed from then on."""
    chat.state.fail_next(401)
    async with connected() as connection:
        with pytest.raises(AuthenticationRequired):
            await connection.send("Hello")

    assert chat.state.asked == ()


async def test_control_characters(connected: Any, chat: WebChatPlayground) -> None:
    """I3: NUL and other control characters reach the page as they were written, and press no key."""
    message = "a\x00b\x07c\x08d\te\x0bf\x0cg\x1b[2Jh\x7fi\x85j"
    async with connected() as connection:
        await connection.send(message)

    assert [asked.text for asked in chat.state.asked] == [message]
