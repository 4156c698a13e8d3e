"""What only the account's owner can do: the core calls for them, waits for them, and goes on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import anyio
import attrs
import pytest

from jackfield import (
    Certainty,
    ChallengeRequired,
    DeadlineExceeded,
    ProviderContext,
    ProviderStatus,
    hookimpl,
)

pytestmark = pytest.mark.anyio

TOKEN = ProviderContext("scripted", credentials={"token": "t"})


@attrs.define(eq=False)
class Owner:
    """The account's owner: hears the call, and passes the challenge or does not.

    Attributes:
        passes: Whether they pass it.
        heard: The challenges that they were called for.
        waited: How often somebody waited for them.
    """

    passes: bool = True
    heard: list[ChallengeRequired] = attrs.field(factory=list)
    waited: int = 0

    @hookimpl
    def jackfield_human_needed(self, challenge: ChallengeRequired) -> None:
        self.heard.append(challenge)

    async def passed(self) -> None:
        self.waited += 1
        await anyio.lowlevel.checkpoint()
        if not self.passes:
            raise ChallengeRequired("nobody came")

    def challenge(self, certainty: Certainty | None = None) -> ChallengeRequired:
        return ChallengeRequired(
            "are you a person?", address="http://remote/challenge", passed=self.passed, certainty=certainty
        )


async def test_a_challenge_that_is_passed_lets_the_request_go_on(
    opened: Callable[..., Any], script: Any
) -> None:
    """The owner is called and waited for; then the request is tried again, and that is no retry."""
    owner = Owner()
    script.attempts = [[owner.challenge()], *script.attempts]

    async with opened({"max_retries": 0}, owner) as connection:
        response = await connection.send("Hi")

    assert response.content == "Hello"
    assert [challenge.address for challenge in owner.heard] == ["http://remote/challenge"]
    assert (owner.waited, len(script.requests)) == (1, 2)


async def test_a_login_goes_on_after_its_challenge(opened: Callable[..., Any], script: Any) -> None:
    """A challenge while logging in is waited for, and then the same credentials are used again."""
    owner = Owner()
    script.login_faults = [owner.challenge()]

    async with opened(None, owner, context=TOKEN, auth_types={"token"}) as connection:
        status = connection.status

    assert status is ProviderStatus.ACTIVE
    assert (owner.waited, script.tokens) == (1, ["t", "t"])


async def test_a_challenge_that_nobody_passes_needs_a_login(opened: Callable[..., Any], script: Any) -> None:
    """When waiting ends in vain the challenge is the error, and nothing is sent until somebody logs in."""
    owner = Owner(passes=False)
    script.attempts = [[owner.challenge()], *script.attempts]

    async with opened(None, owner) as connection:
        with pytest.raises(ChallengeRequired, match="are you a person"):
            await connection.send("Hi")
        status = connection.status

    assert status is ProviderStatus.AUTHENTICATION_REQUIRED
    assert len(script.requests) == 1


@pytest.mark.parametrize("certainty", [Certainty.UNKNOWN, Certainty.STARTED])
async def test_what_may_have_been_acted_on_is_not_sent_again(
    opened: Callable[..., Any], script: Any, certainty: Certainty
) -> None:
    """The owner is called but not waited for when the remote may have acted on the request already."""
    owner = Owner()
    script.attempts = [[owner.challenge(certainty)], *script.attempts]

    async with opened(None, owner) as connection:
        with pytest.raises(ChallengeRequired):
            await connection.send("Hi")

    assert (len(owner.heard), owner.waited, len(script.requests)) == (1, 0, 1)


@pytest.mark.virtual_time
async def test_the_wait_for_the_owner_ends_with_the_request(opened: Callable[..., Any], script: Any) -> None:
    """Nobody waits for a person longer than the request may take."""
    challenge = ChallengeRequired("are you a person?", passed=anyio.sleep_forever)
    script.attempts = [[challenge], *script.attempts]

    async with opened({"timeout": 30}) as connection:
        with pytest.raises(DeadlineExceeded) as caught:
            await connection.send("Hi")

    assert caught.value.phase == "login"


@pytest.mark.virtual_time
async def test_a_login_waits_for_the_owner_no_longer_than_it_may(
    opened: Callable[..., Any], script: Any
) -> None:
    """Opening a connection ends with its time, too, while somebody waits for a person."""
    script.login_faults = [ChallengeRequired("are you a person?", passed=anyio.sleep_forever)]

    with pytest.raises(DeadlineExceeded):
        async with opened({"timeout": 30}, context=TOKEN, auth_types={"token"}):
            pass


async def test_a_provider_learns_which_connection_logs_in(opened: Callable[..., Any], script: Any) -> None:
    """The context that a provider gets names its connection; that is no part of what the context says."""
    async with opened(context=TOKEN, auth_types={"token"}):
        pass

    assert script.logged_in == ["scripted"]
    assert attrs.evolve(TOKEN, connection="work") == TOKEN
