"""What goes wrong with Claude's site: each has its own error, with what had been said and what is known."""

from __future__ import annotations

from typing import Any

import pytest

from jackfield import (
    AuthenticationRequired,
    Certainty,
    ChallengeRequired,
    ModelNotFound,
    ProviderContext,
    ProviderUnavailable,
    QuotaExhausted,
    RateLimited,
    StreamInterrupted,
)
from jackfield_playground import ClaudePlayground
from jackfield_web import ModelLocked, PageChanged

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(180)]
FOUND_OUT = r"Invalid authorization|wants a login"


@pytest.mark.parametrize("stream", ["blocks", "completions"])
async def test_answers_that_break_off(connected: Any, site: ClaudePlayground, stream: str) -> None:
    """An error, a limit and an end without an end are three errors, each with the text that had come."""
    site.state.change(stream=stream)
    caught = {}
    async with connected() as connection:
        for name, kind in (
            ("error", ProviderUnavailable),
            ("cut", StreamInterrupted),
            ("limit", QuotaExhausted),
        ):
            with pytest.raises(kind) as hit:
                await connection.send(f"[{name}]")
            caught[name] = hit.value

    assert [error.partial for error in caught.values()] == [
        "The beginning of an answer",
        "An answer without an end",
        "The beginning of an answer",
    ]
    assert {error.certainty for error in caught.values()} == {Certainty.STARTED}
    assert 0 < (caught["limit"].retry_after or 0) <= 600


async def test_refusals_have_their_own_errors(connected: Any, site: ClaudePlayground) -> None:
    """An overloaded site refuses one message, a used-up limit holds back the next; neither was acted on."""
    async with connected() as connection:
        site.state.fail_next(529)
        with pytest.raises(ProviderUnavailable) as overloaded:
            await connection.send("Hello")
        response = await connection.send("Hello")
        site.state.change(limited_seconds=3600)
        with pytest.raises(QuotaExhausted, match=r"five-hour usage limit .* until 20") as limited:
            await connection.send("Hello")
        site.state.change(limited_seconds=None)
        with pytest.raises(RateLimited, match="wants no request for 3") as held:
            await connection.send("Hello")

    assert 3000 < (limited.value.retry_after or 0) <= 3600
    assert limited.value.certainty is overloaded.value.certainty is Certainty.REJECTED
    assert held.value.certainty is Certainty.NOT_SENT
    assert response.success
    assert len(site.state.asked) == 1


async def test_a_session_that_ends_between_turns(connected: Any, site: ClaudePlayground) -> None:
    """A session that has ended is told as such, whether the page's request finds it out or the page."""
    async with connected() as connection:
        conversation = connection.conversation()
        await conversation.send("One?")
        site.state.log_everyone_out()
        for question in ("Two?", "Three?"):
            with pytest.raises(AuthenticationRequired, match=FOUND_OUT) as caught:
                await conversation.send(question)
            assert caught.value.certainty in {Certainty.NOT_SENT, Certainty.REJECTED}
            assert not isinstance(caught.value, ChallengeRequired)

    assert len(site.state.asked) == 1


async def test_a_challenge_before_the_page(connected: Any, site: ClaudePlayground) -> None:
    """An interstitial in the place of the page is a challenge, and no refused cookie."""
    site.state.change(challenge=True)

    with pytest.raises(ChallengeRequired, match="proof of a person"):
        async with connected():
            pass


async def test_a_challenge_between_turns(connected: Any, site: ClaudePlayground) -> None:
    """An interstitial in the place of an answer is a challenge; its status is that of a dead session."""
    async with connected() as connection:
        conversation = connection.conversation()
        await conversation.send("One?")
        site.state.change(challenge=True)
        with pytest.raises(ChallengeRequired, match="proof of a person"):
            await conversation.send("Two?")

    assert len(site.state.asked) == 1


async def test_models_that_cannot_be_had(connected: Any, site: ClaudePlayground) -> None:
    """A model that the plan lacks and one that nobody offers are two errors before anything is sent."""
    async with connected() as connection:
        with pytest.raises(ModelLocked, match=r"Opus 5\.5"):
            await connection.send("Hello", model="Opus 5.5")
        with pytest.raises(ModelNotFound, match=r"Did you mean .*Haiku 4\.5"):
            await connection.send("Hello", model="Haiku 4")
        models = await connection.list_models()

    assert [model.id for model in models][:4] == ["Sonnet 5", "Opus 5.5", "Haiku 4.5", "Sonnet 4.6"]
    assert site.state.asked == ()


async def test_a_page_that_was_redesigned(connected: Any, site: ClaudePlayground) -> None:
    """When the page has new names for everything, the error tells the selector, its age and its source."""
    site.state.change(renamed=True)
    hurry = {"timing": {"composer": 3}, "selectors": {"chat_input": '[data-testid="chat-input"]'}}
    async with connected(site_overrides=hurry) as connection:
        with pytest.raises(PageChanged, match=r"chat_input .*measured on the page, 2026-10-03") as caught:
            await connection.send("Hello")

    assert caught.value.selector == "chat_input"
    assert caught.value.certainty is Certainty.NOT_SENT


@pytest.mark.parametrize("given", ["sk-ant-sid01-nobody", "sessionKey=sk-ant-sid01-nobody; lastActiveOrg=x"])
async def test_a_cookie_that_is_none(connected: Any, given: str) -> None:
    """A cookie that the site refuses is told with what to do, and stands nowhere in the error."""
    with pytest.raises(AuthenticationRequired, match="jackfield login") as caught:
        async with connected(ProviderContext("claude_web", "cookies", {"cookies": given})):
            pass

    assert "sk-ant" not in repr(caught.value) + str(caught.value)
