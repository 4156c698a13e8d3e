"""The page of October 2026, on either of the site's transports, in a real browser."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from jackfield import Certainty, InvalidRequest, QuotaExhausted
from jackfield_playground import ClaudePlayground
from jackfield_web import ModelLocked

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(180)]
ON_THE_PAGE = {"observer", "polling"}


@pytest.fixture(autouse=True)
def _october(site: ClaudePlayground) -> None:
    site.state.change(layout="2026-10", timeline_seconds=0.5)


async def test_an_account_that_was_not_moved(connected: Any, site: ClaudePlayground) -> None:
    """Where the first transport still answers, it is read, though the page has other names for everything."""
    async with connected() as connection:
        response = await connection.send("Please, [code]")

    assert response.content == site.state.asked[0].answer
    assert response.metadata["read_by"] == "wire"


async def test_the_page_of_august(connected: Any, site: ClaudePlayground) -> None:
    """Who has the page of August still is read by its description, which lies beside that of October."""
    async with connected() as connection:
        october = await connection.send("One?")
        site.state.change(layout="2026-08")
        august = await connection.send("Two?")

    assert (october.metadata.get("variant"), august.metadata.get("variant")) == (None, "2026-08")
    assert [october.content, august.content] == [asked.answer for asked in site.state.asked]


async def test_an_account_that_was_moved(connected: Any, site: ClaudePlayground) -> None:
    """Where nothing comes by the first transport, the page is read, and settled to what the site keeps."""
    site.state.change(merged=True)
    ordered = ("code", "quotes", "pause", "long", "tools")
    async with connected() as connection:
        conversation = connection.conversation()
        answers = [await conversation.send(f"Please, [{name}]") for name in ordered]

    assert [one.content for one in answers] == [asked.answer for asked in site.state.asked]
    assert {one.metadata["settled_by"] for one in answers} == {"address"}
    assert {one.metadata["read_by"] for one in answers} <= ON_THE_PAGE
    assert len({one.conversation_id for one in answers}) == 1
    assert answers[0].finish_reason == "stop"


async def test_what_is_kept_comes_after_what_is_drawn(connected: Any, site: ClaudePlayground) -> None:
    """While the site still keeps an earlier answer to the same question, ours is waited for."""
    site.state.change(merged=True, kept_seconds=1.5)
    async with connected() as connection:
        conversation = connection.conversation()
        answers = [await conversation.send("Go on, please") for _ in range(3)]

    assert [one.content for one in answers] == [asked.answer for asked in site.state.asked]
    assert len({one.content for one in answers}) == 3
    assert {one.metadata["settled_by"] for one in answers} == {"address"}


async def test_what_is_kept_comes_too_late(connected: Any, site: ClaudePlayground) -> None:
    """What the site does not keep within seconds is told as the page draws it, and not as it was before."""
    site.state.change(merged=True)
    async with connected() as connection:
        conversation = connection.conversation()
        first = await conversation.send("Go on, please")
        site.state.change(kept_seconds=60)
        second = await conversation.send("Go on, please")

    assert first.content == site.state.asked[0].answer
    assert (second.metadata["settled_by"], "questions in this thread: 1" in second.content) == ("page", True)


async def test_what_is_kept_cannot_be_read(connected: Any, site: ClaudePlayground) -> None:
    """Without the conversation's address the answer is the page's own, and says so."""
    site.state.change(merged=True)
    nowhere = {"reading": {"address": "/api/organizations/{cookie:nobody}/{id}"}}
    async with connected(site_overrides=nowhere) as connection:
        response = await connection.send("Say what a jackfield is")

    assert response.metadata["settled_by"] == "page"
    assert "scripted responder" in response.content


async def test_an_answer_that_is_left_is_stopped(connected: Any, site: ClaudePlayground, until: Any) -> None:
    """An answer of the second transport that is left early is stopped by the page's own control."""
    site.state.change(merged=True, hold_after=2)
    async with connected() as connection:
        async with connection.stream("[long]") as stream:
            async for _ in stream.text:
                break
        await until(lambda: site.state.asked and site.state.asked[0].over)

    assert site.state.asked[0].stopped


@pytest.mark.parametrize("merged", [False, True])
async def test_labels_in_another_language(connected: Any, site: ClaudePlayground, merged: bool) -> None:
    """The page is known by what its makers test by: labels may be in any language."""
    site.state.change(language="de", merged=merged)
    async with connected() as connection:
        response = await connection.send("Was ist ein Jackfield?")

    assert response.content == site.state.asked[0].answer


@pytest.mark.parametrize("merged", [False, True])
async def test_a_message_that_is_taken_back(connected: Any, site: ClaudePlayground, merged: bool) -> None:
    """A message that the page draws and takes back is a limit that is reached, and no answer."""
    site.state.change(limited_seconds=3600, merged=merged)
    async with connected() as connection:
        with pytest.raises(QuotaExhausted):
            await connection.send("Hello")

    assert site.state.asked == ()


@pytest.mark.parametrize("layout", ["2026-08", "2026-10"])
async def test_a_conversation_of_somebody_else(connected: Any, site: ClaudePlayground, layout: str) -> None:
    """An address that shows an empty conversation, and then leaves in October, takes no message."""
    site.state.change(layout=layout)
    foreign = f"{site.base_url}/chat/{uuid.uuid4()}"
    async with connected(site_overrides={"timing": {"composer": 3}}) as connection:
        with pytest.raises(InvalidRequest, match=f"{foreign} is no conversation here") as caught:
            await connection.conversation(foreign).send("Hello")

    assert caught.value.certainty is Certainty.NOT_SENT
    assert site.state.asked == ()


async def test_models_behind_one_of_two_lists(connected: Any, site: ClaudePlayground) -> None:
    """Levels of effort are no models; those behind the second entry are, and a locked one is told as that."""
    async with connected() as connection:
        models = await connection.list_models()
        with pytest.raises(ModelLocked, match=r"Opus 5\.5"):
            await connection.send("Hello", model="Opus 5.5")
        response = await connection.send("Hello", model="Sonnet 4.6")

    names = [model.id for model in models][:5]
    assert names == ["Sonnet 5", "Opus 5.5", "Haiku 4.5", "Sonnet 4.6", "Opus 4.6"]
    assert (response.model, len(site.state.asked)) == ("claude-sonnet-4-6", 1)


@pytest.mark.parametrize("merged", [False, True])
async def test_rows_that_stay(connected: Any, site: ClaudePlayground, merged: bool) -> None:
    """In a list whose last question and answer stay in the document, each answer is its own question's."""
    site.state.change(shown_messages=2, merged=merged)
    async with connected() as connection:
        conversation = connection.conversation()
        answers = [await conversation.send(f"Question {number}") for number in range(4)]

    assert [answer.content for answer in answers] == [asked.answer for asked in site.state.asked]


async def test_an_account_that_is_moved_between_turns(connected: Any, site: ClaudePlayground) -> None:
    """Accounts are moved without warning: the next message goes by the other transport, and is answered."""
    async with connected() as connection:
        first = await connection.send("One?")
        site.state.change(merged=True)
        second = await connection.send("Two?")

    assert (first.metadata["read_by"], second.metadata["settled_by"]) == ("wire", "address")
    assert [first.content, second.content] == [asked.answer for asked in site.state.asked]
