"""The same scenarios against each application, through the Site that is shipped for it."""

from __future__ import annotations

import contextlib
import os
import re
import signal
from time import monotonic_ns
from typing import Any

import anyio
import attrs
import pytest

from jackfield import (
    Accumulator,
    AuthenticationRequired,
    Certainty,
    InvalidRequest,
    ProviderError,
    StreamInterrupted,
)
from jackfield_web import BrowserCrashed, BrowserError, PageCrashed

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(240, func_only=True)]


def letters(text: str) -> str:
    """Return what of an answer that is being written any page draws the same."""
    return re.sub(r"\W", "", text)


@attrs.define(eq=False)
class Reading:
    """An answer as its reader saw it.

    Attributes:
        folded: What its events make.
        seen: How many characters of the answer were there, and when on the machine's clock, after an event.
            Where the page was read, it may have drawn others for a moment; those do not count.
    """

    folded: Accumulator = attrs.field(factory=Accumulator)
    seen: list[tuple[int, int]] = attrs.field(factory=list)

    async def read(self, stream: Any, asked: Any, opening: int) -> str:
        """Read to the end, or to the first gate that is not opened; return the text that is there.

        Args:
            stream: The answer.
            asked: What was asked for.
            opening: How many gates to open, each when all is here that is said before it.
        """
        gate = 1
        async for event in stream:
            self.folded.add(event)
            if self.folded.text and asked.until_gate(asked.gates).startswith(self.folded.text):
                self.seen.append((len(self.folded.text), monotonic_ns()))
            if gate > asked.gates or letters(self.folded.text) != letters(asked.until_gate(gate)):
                continue
            if gate > opening:
                break
            asked.open(gate)
            gate += 1
        return self.folded.text


async def test_three_turns_are_read_while_they_are_written(application: Any, connection: Any) -> None:
    """The application waits at its gates until what it said is here; nothing is seen before it is said."""
    conversation = connection.conversation()
    for before in range(3):
        asked, reading = application.ask("in steps"), Reading()
        async with conversation.stream(asked.text) as stream:
            await reading.read(stream, asked, opening=3)
        said, complete = asked.notes(), asked.notes()[-1]

        assert stream.response.content == asked.answer(before)
        assert stream.response.metadata["conversation_kept_by"] == application.keeps
        assert stream.response.metadata["read_by"] == application.read_by
        assert complete[0] == "complete"
        assert reading.seen[0][1] < complete[1]
        for length, at in reading.seen:
            assert next(when for _, when, until, _ in said if until >= length) <= at


async def test_a_hundred_kilobytes_come_whole(application: Any, connection: Any) -> None:
    """A long answer is what was said, to the byte."""
    asked = application.ask("at length")
    response = await connection.send(asked.text)

    assert response.content.encode() == asked.answer().encode()
    assert len(response.content.encode()) > 100_000


@pytest.mark.parametrize("way", ["observer", "polling"])
async def test_what_the_page_shows_says_the_same(application: Any, connected: Any, way: str) -> None:
    """Without the page's traffic the answer is read from the page, while it is written, and is the same."""
    asked, reading = application.ask("in steps"), Reading()
    only = {"reading": {"ways": [way]}}
    async with connected(site_overrides=only) as connection, connection.stream(asked.text) as stream:
        await reading.read(stream, asked, opening=3)

    assert stream.response.content == asked.answer()
    assert stream.response.metadata["read_by"] == way


async def test_conversations_at_once_do_not_mix(application: Any, connection: Any) -> None:
    """Two answers that wait at the same time, and end in the other order, are each their own question's."""
    here, there = application.ask("in steps"), application.ask("in steps")
    one, other = Reading(), Reading()
    async with connection.stream(here.text) as of_here, connection.stream(there.text) as of_there:
        await one.read(of_here, here, opening=0)
        await other.read(of_there, there, opening=0)
        there.open_all()
        here.open_all()
        answers = [(await stream.collect()).content for stream in (of_there, of_here)]

    assert answers == [there.answer(), here.answer()]


async def test_an_answer_that_is_left_is_stopped(application: Any, connection: Any) -> None:
    """Who leaves an answer ends the function behind it, and the conversation goes on."""
    left, asked, reading = application.ask("in steps"), application.ask("at once"), Reading()
    conversation = connection.conversation()
    async with conversation.stream(left.text) as stream:
        await reading.read(stream, left, opening=0)
    how = await left.ended()
    response = await conversation.send(asked.text)

    assert how == "left"
    assert response.content == asked.answer(before=1)


async def in_the_tab(connection: Any, conversation: Any, function: Any) -> Any:
    """Run a function on the page of a conversation."""
    return await connection._provider._tabs._find(conversation.id).page.call(function)


async def reload(connection: Any, conversation: Any) -> None:
    """Load the page anew, as somebody who presses F5 does."""
    await in_the_tab(connection, conversation, lambda page: page.reload())


async def crash(connection: Any, conversation: Any) -> None:
    """End the page's process."""
    with contextlib.suppress(BrowserError):
        await in_the_tab(connection, conversation, lambda page: page.goto("chrome://crash"))


async def kill(connection: Any, _: Any) -> None:
    """End the browser as the system does when memory is short."""

    async def process(context: Any) -> int:
        session = await context.browser.new_browser_cdp_session()
        processes = (await session.send("SystemInfo.getProcessInfo"))["processInfo"]
        return next(one["id"] for one in processes if one["type"] == "browser")

    os.kill(await connection._provider._account._session.call(process), signal.SIGKILL)


async def rest(connection: Any, conversation: Any) -> None:
    """Wait until the page asks its server for nothing any more: some go on after the answer."""
    counts: list[int] = []
    while len(counts) < 6 or len(set(counts[-6:])) > 1:
        counts.append(await in_the_tab(connection, conversation, count_requests))
        await anyio.sleep(0.2)


async def count_requests(page: Any) -> int:
    count: int = await page.evaluate("performance.getEntriesByType('resource').length")
    return count


async def log_out(application: Any, connection: Any, conversation: Any) -> None:
    """End the login where it is kept."""
    if application.login_kept_by == "server":
        await application.log_out()
    else:
        await in_the_tab(connection, conversation, forget_the_login)


async def forget_the_login(page: Any) -> None:
    await page.context.clear_cookies()
    await page.evaluate("localStorage.clear()")


async def is_over(application: Any, connection: Any, conversation: Any) -> None:
    """Expect that a conversation cannot be gone on with, and that another can be begun."""
    asked = application.ask("at once")
    with pytest.raises(InvalidRequest) as caught:
        await conversation.send(application.ask("at once").text)
    response = await connection.send(asked.text)

    assert caught.value.certainty is Certainty.NOT_SENT
    assert response.content == asked.answer()


@pytest.mark.parametrize(
    ("mishap", "error"),
    [(reload, StreamInterrupted), (crash, PageCrashed), (kill, BrowserCrashed)],
    ids=["reload", "crash of the page", "crash of the browser"],
)
async def test_a_page_that_is_lost_in_mid_answer(
    application: Any, connection: Any, mishap: Any, error: type[ProviderError]
) -> None:
    """Nothing is asked twice: the answer is read on where the conversation has an address.

    Where it has none the error has what was there of the answer, and the conversation is over.
    """
    asked, reading = application.ask("in steps"), Reading()
    lost = contextlib.nullcontext() if application.keeps == "address" else pytest.raises(error)
    conversation = connection.conversation()
    await conversation.send(application.ask("at once").text)
    with lost as caught:
        async with conversation.stream(asked.text) as stream:
            text = await reading.read(stream, asked, opening=0)
            await mishap(connection, conversation)
            if application.keeps == "address":
                asked.open_all()
            response = await stream.collect()
    if application.keeps == "address":
        assert response.content == asked.answer(before=1)
    else:
        assert (caught.value.partial, caught.value.certainty) == (text, Certainty.STARTED)
        await is_over(application, connection, conversation)
    asked.open_all()

    assert [word for word, *_ in asked.notes()].count("begun") == 1


async def test_a_page_that_is_loaded_anew_between_turns(application: Any, connection: Any) -> None:
    """A conversation with an address goes on. One without is gone, which is said and not passed over."""
    conversation = connection.conversation()
    await conversation.send(application.ask("at once").text)
    await reload(connection, conversation)
    if application.keeps == "tab":
        await is_over(application, connection, conversation)
    else:
        asked = application.ask("at once")
        assert (await conversation.send(asked.text)).content == asked.answer(before=1)


async def test_a_login_that_ends_between_turns(application: Any, connection: Any) -> None:
    """The password is typed again without asking anybody.

    Where it ends a conversation without an address that is said, and another begun. Nothing is asked twice.
    """
    application.require("login")
    asked, another = application.ask("in steps"), application.ask("at once")
    lost = pytest.raises(ProviderError) if application.logged_out else contextlib.nullcontext()
    if not application.logged_out:
        asked.open_all()
    conversation = connection.conversation()
    await conversation.send(application.ask("at once").text)
    await rest(connection, conversation)
    await log_out(application, connection, conversation)
    with lost as caught:
        assert (await conversation.send(asked.text)).content == asked.answer(before=1)
    if application.logged_out:
        assert type(caught.value).__name__ in application.logged_out
        asked.open_all()
        assert (await connection.send(another.text)).content == another.answer()

    assert [word for word, *_ in asked.notes()].count("begun") <= 1


async def test_a_wrong_password_is_refused(application: Any, connected: Any, connection: Any) -> None:
    """The page's refusal is the error, and nothing was sent."""
    application.require("login")
    wrong = attrs.evolve(
        application.login, credentials={**application.login.credentials, "password": "wrong"}
    )
    *steps, wait = [attrs.asdict(step) for step in connection._provider._driving.site.login]
    soon = {"login": [*steps, {**wait, "seconds": 1}]}
    with pytest.raises(AuthenticationRequired, match="refuses the name and the password"):
        async with connected(wrong, site_overrides=soon):
            pass
