"""Using Claude's site: logging in, models, files, incognito, stopping, and taking an answer up again."""

from __future__ import annotations

import json
from typing import Any

import pytest

from jackfield import FilePart, ImagePart, Message, ProviderContext, TextDelta, TextPart, hookimpl
from jackfield_playground import ClaudePlayground

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(180)]

PNG = ImagePart(b"\x89PNG\r\n\x1a\n" + bytes(2000), "image/png")
NOTES = FilePart(bytes(range(256)) + b"\r\n--\r\n", "notes ä.txt", "text/plain")
HAIKU = "claude-haiku-4-5-20251001"


class Owner:
    """The account's owner, who reads their mail when they are asked."""

    def __init__(self, site: ClaudePlayground, way: str) -> None:
        self._site, self._way = site, way

    @hookimpl
    def jackfield_ask_person(self, question: str) -> str | None:
        assert "Claude mail" in question
        return str(getattr(self._site.state.mails[-1], self._way))


@pytest.mark.parametrize(
    "form", ["{key}", "sessionKey={key}", "Cookie: a=b; sessionKey={key}; lastActiveOrg=c"]
)
async def test_cookies_as_people_paste_them(connected: Any, site: ClaudePlayground, form: str) -> None:
    """The bare key, the pair and the whole header are each a login."""
    pasted = ProviderContext("claude_web", "cookies", {"cookies": form.format(key=site.session_key)})
    async with connected(pasted) as connection:
        await connection.check_health()

    assert "/new" in site.state.pages


async def test_a_storage_state_is_a_login(connected: Any, site: ClaudePlayground) -> None:
    """What a browser's tools save of a session is a login too."""
    cookie = {"name": "sessionKey", "value": site.session_key, "domain": "127.0.0.1", "path": "/"}
    state = json.dumps({"cookies": [cookie], "origins": []})
    async with connected(ProviderContext("claude_web", "cookies", {"cookies": state})) as connection:
        await connection.check_health()


@pytest.mark.parametrize("way", ["code", "link"])
async def test_logging_in_by_mail(connected: Any, site: ClaudePlayground, way: str) -> None:
    """The code that is mailed, or the link beside it, logs in; the login is kept for the next time."""
    context = ProviderContext("claude_web", "code", {"username": site.state.settings.email})
    for _ in range(2):
        async with connected(context, Owner(site, way)) as connection:
            await connection.check_health()

    assert [mail.to for mail in site.state.mails] == [site.state.settings.email]


async def test_a_model_is_chosen_on_the_page(connected: Any, site: ClaudePlayground) -> None:
    """The page's own list is used, its further part too; names of other programs lead to the page's."""
    mapping = {"gpt-4": "Haiku 4.5"}
    async with connected(model_mapping=mapping) as connection:
        first = await connection.send("Hello", model="gpt-4")
        second = await connection.send("Hello", model="Sonnet 4.6")

    assert [body["model"] for body in site.state.bodies] == [HAIKU, "claude-sonnet-4-6"]
    assert (first.model, second.model) == (HAIKU, "claude-sonnet-4-6")


async def test_files_go_with_their_message(connected: Any, site: ClaudePlayground) -> None:
    """An image and a file are uploaded by the page, whole, and named in the message's request."""
    async with connected() as connection:
        await connection.send(Message("user", [TextPart("What is this?"), PNG, NOTES]))
        await connection.send("And without it?")

    first, second = (body["files"] for body in site.state.bodies)
    uploaded = {site.state.files[name] for name in first}
    assert uploaded == {("image-1.png", PNG.data), (NOTES.name, NOTES.data)}
    assert second == []


async def test_incognito(connected: Any, site: ClaudePlayground) -> None:
    """A conversation that is to leave no memory is asked for as such, goes on, and is in no list."""
    async with connected(incognito=True) as connection:
        conversation = connection.conversation()
        await conversation.send("One?")
        second = await conversation.send("Two?")

    assert "Earlier questions in this thread: 1" in second.content
    assert site.state.bodies[0]["create_conversation_params"]["is_temporary"] is True
    assert site.state.conversations == ()
    assert second.metadata["conversation_kept_by"] == "tab"


async def test_leaving_stops_the_answer(connected: Any, site: ClaudePlayground, until: Any) -> None:
    """An answer that is left early is stopped by the page's own button, and the thread goes on."""
    site.state.change(hold_after=3)
    async with connected() as connection:
        conversation = connection.conversation()
        async with conversation.stream("Hello") as stream:
            async for event in stream:
                if isinstance(event, TextDelta):
                    break
        await until(lambda: site.state.asked[0].stopped)
        site.state.release()
        response = await conversation.send("Again?")

    assert response.content == site.state.asked[1].answer


async def test_an_answer_is_read_after_the_page_was_loaded_anew(
    connected: Any, site: ClaudePlayground, until: Any
) -> None:
    """An answer that another connection asked for is taken up from its address, whole and to the byte."""
    async with connected() as first:
        asked = await first.send("She said 'please' [code]")
    async with connected() as second, second.attach(asked.handle) as stream:
        again = await stream.collect()

    assert again.content == asked.content
    assert len(site.state.asked) == 1


async def test_an_answer_under_way_is_taken_up(connected: Any, site: ClaudePlayground, until: Any) -> None:
    """An answer that is still written when its page is lost is read to its end elsewhere; nothing is sent."""
    site.state.change(hold_after=6, goes_on=True)
    async with connected() as first, connected(session="second") as second, first.stream("Hello") as stream:
        async for event in stream:
            if isinstance(event, TextDelta):
                break
        async with second.attach(stream.response.handle) as taken:
            site.state.release()
            again = await taken.collect()

    assert again.content == site.state.asked[0].answer
    assert len(site.state.asked) == 1
