"""A page that is lost just when a message was sent: our own turn is looked for first."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable
from typing import Any

import anyio
import pytest

from jackfield import Certainty, ChatResponse, ProviderError, SubmissionUncertain, TextDelta
from jackfield_playground import WebChatPlayground
from jackfield_web import PageCrashed

pytestmark = pytest.mark.anyio

QUIET = {"wires": [], "timing": {"composer": 15, "submit": 10}}
"""A page that shows no sign of a message before its answer begins, and whose traffic nobody knows."""


@pytest.fixture
def send_and_crash(crash_pages: Any, until: Any) -> Callable[..., Any]:
    """Return what sends a message and ends the page as soon as something is so; then answers go on."""

    async def run(
        connection: Any, chat: WebChatPlayground, so: Callable[[], object], *said: Any, **settings: Any
    ) -> ChatResponse:
        responses: list[ChatResponse] = []

        async def send() -> None:
            responses.append(await connection.send(*said, **settings))

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(send)
            await until(so)
            await crash_pages(connection)
            chat.state.release()
        return responses[0]

    return run


async def failure(attempt: Any) -> ProviderError:
    """Return the error that an attempt ends with."""
    with pytest.RaisesGroup(pytest.RaisesExc(ProviderError)) as caught:
        await attempt
    (error,) = caught.value.exceptions
    assert isinstance(error, ProviderError)
    return error


@pytest.mark.parametrize("overrides", [QUIET, {}], ids=["no sign", "seen leaving"])
async def test_a_new_conversation_is_found_by_the_page_s_list(
    connected: Any, chat: WebChatPlayground, send_and_crash: Any, overrides: dict[str, Any]
) -> None:
    """Lost before a word was told: the newest conversation is ours, and its answer is read."""
    async with connected(site_overrides=overrides) as connection:
        await connection.send("Before")
        chat.state.change(traps={"quiet", "late-address"}, hold_after=0, goes_on=True)
        response = await send_and_crash(connection, chat, lambda: len(chat.state.asked) == 2, "Hello?")

    assert [asked.text for asked in chat.state.asked] == ["Before", "Hello?"]
    assert response.content == chat.state.asked[1].answer
    assert response.metadata["read_again"] is True
    assert response.handle == f"{chat.base_url}/c/{chat.state.asked[1].conversation}"


async def test_a_turn_is_found_in_its_conversation(
    connected: Any, chat: WebChatPlayground, send_and_crash: Any
) -> None:
    """A second message whose page is lost is found in the conversation, and not mixed with the first."""
    async with connected() as connection:
        first = await connection.send("Hello?")
    chat.state.change(traps={"quiet"}, hold_after=0, goes_on=True)
    async with connected(site_overrides=QUIET) as connection:
        second = await send_and_crash(
            connection,
            chat,
            lambda: len(chat.state.asked) == 2,
            "Hello?",
            conversation_id=first.conversation_id,
        )

    assert len(chat.state.asked) == 2
    assert second.content == chat.state.asked[1].answer != first.content


async def test_an_answer_without_an_address_yet_is_found(
    connected: Any, chat: WebChatPlayground, crash_pages: Any
) -> None:
    """Lost in mid-answer, before its conversation had an address: found, and told on without a word twice."""
    chat.state.change(traps={"late-address"}, hold_after=3, goes_on=True)
    async with connected() as connection, connection.stream("Hello?") as stream:
        async for event in stream:
            if isinstance(event, TextDelta):
                break
        await crash_pages(connection)
        chat.state.release()
        response = await stream.collect()

    (asked,) = chat.state.asked
    assert response.content == asked.answer
    assert response.handle == f"{chat.base_url}/c/{asked.conversation}"


@pytest.mark.parametrize("conversation", ["new", "known"])
async def test_a_message_that_is_nowhere_was_not_sent(
    connected: Any, chat: WebChatPlayground, send_and_crash: Any, conversation: str
) -> None:
    """Where the page, opened again, shows what was said before and not this, it certainly was not sent."""
    async with connected() as connection:
        first = await connection.send("Before")
    known = first.conversation_id if conversation == "known" else None
    chat.state.change(traps={"loses"})
    async with connected(site_overrides={**QUIET, "timing": {"composer": 15, "submit": 4}}) as connection:
        attempt = send_and_crash(
            connection, chat, lambda: "/api/lost" in chat.state.pages, "Lost", conversation_id=known
        )
        error = await failure(attempt)
    chat.state.change(traps=())
    async with connected() as connection:
        after = await connection.send("After", conversation_id=known)

    assert isinstance(error, PageCrashed)
    assert error.certainty is Certainty.NOT_SENT
    assert after.success
    assert [asked.text for asked in chat.state.asked] == ["Before", "After"]


@pytest.mark.parametrize(
    ("said", "drawn"),
    [
        ("Write a story of a fox that lives in the forest behind the old mill. " * 5, "text.slice(0, 60)"),
        ("Hi", "`You ${text} 12:04`"),
        ("👍", 'text.replace("👍", "")'),
    ],
    ids=["cut short", "with a label", "as a picture"],
)
async def test_a_turn_that_is_drawn_otherwise_is_no_proof(
    small: Any, talking: Any, said: str, drawn: str
) -> None:
    """Where a page, opened again, shows a part of a long message, or draws one otherwise: no proof."""
    small.setup = f"""
const said = JSON.parse(localStorage.said || '["Before"]');
for (const text of said) add("user", {drawn});"""
    # Nothing shows that it went: neither the list, nor the traffic, which is coded.
    small.script = """
list.lastChild.remove();
works(false);
localStorage.said = JSON.stringify([...said, text]);
await ask(btoa(encodeURIComponent(text)));"""
    places = {"conversation": "{base_url}/c/(?P<id>[0-9]+)"}
    async with talking(addresses=places, timing={"submit": 2, "first_token": 20}) as connection:
        with pytest.raises(SubmissionUncertain) as caught:
            await connection.send(said, conversation_id=f"{small.url}/c/1")

    assert caught.value.certainty is Certainty.UNKNOWN
    assert len(small.asked) == 1


async def test_what_left_in_a_code_may_be_the_message(small: Any, talking: Any) -> None:
    """Where the page, opened again, has not our turn, and something left that nobody can read: no proof."""
    small.setup = 'add("user", "Before");'
    small.script = """
list.lastChild.remove();
works(false);
await ask(JSON.stringify({data: btoa(encodeURIComponent(text))}));"""
    places = {"conversation": "{base_url}/c/(?P<id>[0-9]+)"}
    async with talking(addresses=places, timing={"submit": 2, "first_token": 20}) as connection:
        with pytest.raises(SubmissionUncertain) as caught:
            await connection.send("A fox that lives behind the old mill", conversation_id=f"{small.url}/c/1")

    assert caught.value.certainty is Certainty.UNKNOWN
    assert len(small.asked) == 1


LONG = "Write a story of a fox that lives in the forest behind the old mill. " * 5
OLD = [["user", "One"], ["bot", "About one"], ["user", "Two"], ["bot", "About two"]]
UPWARD = [*OLD[2:], *OLD[:2]]
GOES_ON = [["bot", " ".join(f"w{count}" for count in range(40))]]


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        (OLD, OLD, ""),
        (UPWARD, [["user", LONG], *GOES_ON, *UPWARD], ""),
        (OLD, [*OLD, ["user", f"{LONG[:60]}… Show more"], *GOES_ON], GOES_ON[0][1]),
    ],
    ids=["not stored yet", "newest first", "drawn otherwise"],
)
async def test_an_answer_is_read_on_only_where_its_message_stands(
    small: Any, talking: Any, crash_pages: Any, *, before: Any, after: Any, told: str
) -> None:
    """Lost in mid-answer: where the page, opened again, has not our turn last, no older answer is told."""
    small.setup = f"""
for (const [who, text] of JSON.parse(localStorage.thread || JSON.stringify({json.dumps(before)})))
  add(who, text);"""
    small.script = f"""
localStorage.thread = JSON.stringify({json.dumps(after)});
const answer = add("bot", "");
for (let count = 0; count < 400; count += 1) {{ answer.textContent += `w${{count}} `; await wait(100); }}"""
    places = {"conversation": "{base_url}/c/(?P<id>[0-9]+)"}
    async with talking(addresses=places, timing={"submit": 2, "first_token": 20}) as connection:
        stream = connection.stream(LONG, conversation_id=f"{small.url}/c/1")
        with contextlib.ExitStack() as stack:
            caught = None if told else stack.enter_context(pytest.raises(ProviderError))
            async with stream:
                async for event in stream:
                    if isinstance(event, TextDelta):
                        break
                await crash_pages(connection)
                assert (await stream.collect()).content == told

    if caught is not None:
        assert caught.value.certainty is Certainty.STARTED
        assert str(caught.value.partial).startswith("w0")


async def test_a_message_without_a_trace_is_uncertain(connected: Any, chat: WebChatPlayground) -> None:
    """Pressed, and nothing seen since: the error says that nobody knows, and the button is pressed once."""
    chat.state.change(traps={"loses"})
    blind = {**QUIET, "timing": {"composer": 15, "submit": 1}, "selectors": {"conversation_link": []}}
    async with connected(site_overrides=blind, max_retries=2) as connection:
        with pytest.raises(SubmissionUncertain) as caught:
            await connection.send("Lost")

    assert caught.value.certainty is Certainty.UNKNOWN
    assert chat.state.pages.count("/api/lost") == 1


async def test_what_nobody_can_find_out_is_uncertain(
    connected: Any, chat: WebChatPlayground, send_and_crash: Any
) -> None:
    """A page that lists no conversations tells nothing of a new one: an error, never NOT_SENT, sent once."""
    chat.state.change(traps={"quiet", "late-address"}, hold_after=0, goes_on=True)
    blind = {**QUIET, "timing": {"composer": 15, "submit": 1.5}, "selectors": {"conversation_link": []}}
    async with connected(site_overrides=blind, max_retries=2) as connection:
        error = await failure(send_and_crash(connection, chat, lambda: chat.state.asked, "Hello?"))

    assert error.certainty in {Certainty.UNKNOWN, Certainty.STARTED}
    assert len(chat.state.asked) == 1
