"""Logging in by what the page mails: a code that the account's owner gives, or the link beside it."""

from __future__ import annotations

from typing import Any

import attrs
import pytest

from jackfield import AuthenticationRequired, ProviderContext, hookimpl
from jackfield_playground import WebChatPlayground
from jackfield_web import NavigationRefused

pytestmark = pytest.mark.anyio

NAME = ProviderContext("custom_web", "code", {"username": "sam"})


@pytest.fixture
def chat(chat: WebChatPlayground) -> WebChatPlayground:
    """Put the chat page behind a login by mail."""
    chat.state.change(login=True, mails_code=True)
    return chat


@attrs.define(eq=False)
class Owner:
    """The account's owner, who reads their mail when they are asked.

    Attributes:
        reads: What they make of it.
        asked: The questions.
    """

    reads: Any
    asked: list[str] = attrs.field(factory=list)

    @hookimpl
    def jackfield_ask_person(self, question: str) -> str | None:
        self.asked.append(question)
        answer: str | None = self.reads()
        return answer


@pytest.mark.parametrize("way", ["code", "link"])
async def test_what_was_mailed_logs_in(connected: Any, chat: WebChatPlayground, way: str) -> None:
    """The code is typed, the link is opened in the same browser; the login is kept and asked for once."""
    owner = Owner(lambda: f" {getattr(chat.state.mail, way)}\n")
    for _ in range(2):
        async with connected(NAME, owner) as connection:
            assert (await connection.send("Hello")).success

    assert owner.asked == ["Which code was mailed to you?"]
    assert (chat.state.mails, chat.state.logins) == (1, 1)


async def test_a_login_that_ends_is_asked_for_anew(connected: Any, chat: WebChatPlayground) -> None:
    """A login that ends between two turns is renewed with a new code, and the thread goes on."""
    owner = Owner(lambda: chat.state.mail and chat.state.mail.code)
    async with connected(NAME, owner) as connection:
        conversation = connection.conversation()
        await conversation.send("One?")
        chat.state.log_everyone_out()
        second = await conversation.send("Two?")

    assert len(owner.asked) == chat.state.mails == 2
    assert "Earlier questions in this thread: 1" in second.content


async def test_a_wrong_code_is_refused(connected: Any, chat: WebChatPlayground) -> None:
    """A code that the page refuses is told as such, asked for once, and stands nowhere in the error."""
    owner = Owner(lambda: "000-wrong")

    with pytest.raises(AuthenticationRequired, match="refuses the code") as caught:
        async with connected(NAME, owner):
            pass

    assert len(owner.asked) == 1
    assert "000-wrong" not in str(caught.value)


@pytest.mark.parametrize("answer", [None, "  "])
async def test_an_owner_who_does_not_answer(connected: Any, chat: WebChatPlayground, answer: Any) -> None:
    """Without an answer the error has the question and says what to do; nothing is typed."""
    with pytest.raises(
        AuthenticationRequired, match=r"\(Which code .*nobody answered.*jackfield chat custom_web"
    ):
        async with connected(NAME, Owner(lambda: answer)):
            pass

    assert chat.state.logins == 0


async def test_nobody_to_ask(connected: Any, chat: WebChatPlayground) -> None:
    """Where nobody can be asked the page is not even made to mail a code."""
    with pytest.raises(AuthenticationRequired, match="nobody can be asked here"):
        async with connected(NAME):
            pass

    assert chat.state.mails == 0


async def test_a_link_that_leads_elsewhere(connected: Any, chat: WebChatPlayground) -> None:
    """A link to another origin is not opened, and its secret is not told."""
    owner = Owner(lambda: f"https://elsewhere.example/{chat.state.mail and chat.state.mail.code}")

    with pytest.raises(NavigationRefused, match=r"https://elsewhere\.example is outside") as caught:
        async with connected(NAME, owner):
            pass

    assert chat.state.mail is not None
    assert chat.state.mail.code not in str(caught.value)
