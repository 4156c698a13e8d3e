"""Logging in: when opening, after a refusal, and never by time."""

from __future__ import annotations

import itertools
from typing import Any

import anyio
import pytest

from jackfield import (
    AuthenticationRequired,
    Certainty,
    ChallengeRequired,
    ConfigError,
    ConnectFailed,
    ContractBroken,
    DeadlineExceeded,
    ProviderContext,
    ProviderStatus,
    ResponseFinished,
    TextDelta,
    hookimpl,
)

pytestmark = pytest.mark.anyio

REFUSED = AuthenticationRequired("the remote says 401")
HELLO = [TextDelta("Hello"), ResponseFinished()]


def token(text: str) -> ProviderContext:
    return ProviderContext("scripted", "token", {"token": text})


class Sources:
    """A plugin that knows credentials, the next at each asking; the last one serves all further askings."""

    def __init__(self, *known: ProviderContext | None) -> None:
        self.known = list(known)
        self.asked = 0

    @hookimpl
    def jackfield_load_context(self) -> ProviderContext | None:
        self.asked += 1
        return self.known.pop(0) if len(self.known) > 1 else self.known[0]


async def test_missing_login(opened: Any, script: Any) -> None:
    """Without credentials a connection does not open, says what is missing and how to give it."""
    with pytest.raises(
        AuthenticationRequired, match=r"has no credentials.*Give it credentials: .*SCRIPTED_TOKEN"
    ):
        async with opened(auth_types={"token"}):
            raise AssertionError

    assert script.opened == script.closed == 1


async def test_refused_while_opening(opened: Any, script: Any) -> None:
    """A refused login is answered once with what the plugins know; when that is refused too, it is over."""
    script.refuses = {"old", "older"}
    sources = Sources(token("older"))
    with pytest.raises(AuthenticationRequired):
        async with opened({}, sources, context=token("old"), auth_types={"token"}):
            raise AssertionError

    assert script.tokens == ["old", "older"]
    assert sources.asked == 1


async def test_refused_is_not_tried_again(opened: Any, script: Any) -> None:
    """Credentials that were just refused are not tried a second time, and others are asked for."""
    script.refuses = {"old"}
    with pytest.raises(AuthenticationRequired, match=r"Give it other credentials: .*SCRIPTED_TOKEN"):
        async with opened({}, Sources(token("old")), auth_types={"token"}):
            raise AssertionError

    assert script.tokens == ["old"]


@pytest.mark.parametrize(
    ("context", "error", "told"),
    [
        (ProviderContext("other", "token", {"token": "abc"}), ConfigError, "is for 'other'"),
        (ProviderContext("scripted", "cookies", {"cookies": "abc"}), ConfigError, "It takes: token"),
        (ProviderContext("scripted", "token", {}), AuthenticationRequired, "lacks token"),
        (ProviderContext("scripted", "token", {"token": " "}), AuthenticationRequired, "lacks token"),
        (ProviderContext("scripted", "env", {"token": "NOT_SET_AT_ALL"}), AuthenticationRequired, "NOT_SET"),
    ],
    ids=range(5),
)
async def test_misfit(opened: Any, script: Any, context: Any, error: type[Exception], told: str) -> None:
    """A context for another provider, of a kind it does not take, or with a gap is refused unused."""
    with pytest.raises(error, match=told):
        async with opened(context=context, auth_types={"token"}):
            raise AssertionError

    assert script.tokens == []
    assert script.opened == script.closed


async def test_renewed_in_the_middle(opened: Any, script: Any) -> None:
    """When a token expires, the next that the plugins know is taken and the request goes on."""
    script.attempts = [[REFUSED], HELLO]
    async with opened({}, Sources(token("first"), token("second")), auth_types={"token"}) as connection:
        response = await connection.send("Hi")

    assert (response.content, response.attempts) == ("Hello", 2)
    assert script.tokens == ["first", "second"]


async def test_latched(opened: Any, script: Any) -> None:
    """When nothing else is known the connection waits for a new context and sends nothing any more."""
    script.attempts = [[REFUSED], HELLO]
    async with opened({}, Sources(token("only")), auth_types={"token"}) as connection:
        with pytest.raises(AuthenticationRequired, match="the remote says 401") as caught:
            await connection.send("Hi")
        for _ in range(3):
            assert connection.status is ProviderStatus.AUTHENTICATION_REQUIRED
            with pytest.raises(AuthenticationRequired, match="the remote says 401"):
                await connection.send("Hi")
        with pytest.raises(AuthenticationRequired):
            await connection.check_health()

    assert len(script.requests) == 1
    assert "set_provider_context" in str(caught.value)


async def test_refused_after_renewal(opened: Any, script: Any) -> None:
    """A login that is taken and refused again does not go round in circles: it is latched."""
    script.attempts = [[REFUSED]]
    async with opened({}, Sources(token("first"), token("second")), auth_types={"token"}) as connection:
        with pytest.raises(AuthenticationRequired):
            await connection.send("Hi")
        assert connection.status is ProviderStatus.AUTHENTICATION_REQUIRED
    assert len(script.requests) == 2


async def test_refused_for_ever(opened: Any, script: Any) -> None:
    """Even when the plugins always know another token, one request tries two of them and not more."""

    class Endless:
        """Knows a new token at each asking."""

        number = itertools.count()

        @hookimpl
        def jackfield_load_context(self) -> ProviderContext:
            return token(f"token-{next(self.number)}")

    script.attempts = [[REFUSED]]
    async with opened({}, Endless(), auth_types={"token"}) as connection:
        with pytest.raises(AuthenticationRequired):
            await connection.send("Hi")
    assert len(script.requests) == 2


async def test_many_refused_at_once(opened: Any, script: Any) -> None:
    """Ten requests that are refused together renew the login once between them."""
    script.attempts = [*[[1.0, REFUSED]] * 10, HELLO]
    sources = Sources(token("first"), token("second"), token("third"))
    async with opened({"max_concurrency": 10}, sources, auth_types={"token"}) as connection:
        async with anyio.create_task_group() as tasks:
            for _ in range(10):
                tasks.start_soon(connection.send, "Hi")
        assert connection.stats.succeeded == 10

    assert script.tokens == ["first", "second"]


async def test_who_waits_is_not_sent_with_what_was_refused(opened: Any, script: Any) -> None:
    """K5: behind a refusal that nothing helps against, those who wait for their turn are not sent at all."""
    script.attempts = [[0.001, REFUSED], HELLO]
    async with opened({"max_concurrency": 1}, context=token("refused"), auth_types={"token"}) as connection:
        responses = []

        async def ask() -> None:
            responses.append(await connection.answer("Hi"))

        async with anyio.create_task_group() as tasks:
            for _ in range(4):
                tasks.start_soon(ask)

    assert {type(one.error) for one in responses} == {AuthenticationRequired}
    assert [one.error.certainty for one in responses].count(Certainty.NOT_SENT) == 3
    assert len(script.requests) == 1


async def test_challenge_tells_once(opened: Any, script: Any) -> None:
    """A challenge that meets several requests at once is told to the person once."""
    told: list[str] = []

    class Bell:
        @hookimpl
        def jackfield_human_needed(self, challenge: ChallengeRequired) -> None:
            told.append(challenge.message)

    script.attempts = [[ChallengeRequired("who are you")]]
    async with opened({"max_concurrency": 5}, Bell(), context=token("t"), auth_types={"token"}) as connection:

        async def ask() -> None:
            with pytest.raises(AuthenticationRequired):
                await connection.send("Hi")

        async with anyio.create_task_group() as tasks:
            for _ in range(5):
                tasks.start_soon(ask)

    assert told == ["who are you"]


async def test_renewal_that_meets_a_challenge(opened: Any, script: Any) -> None:
    """A challenge that comes up while a login is renewed is told as well."""
    told: list[str] = []

    class Bell:
        @hookimpl
        def jackfield_human_needed(self, challenge: ChallengeRequired) -> None:
            told.append(challenge.message)

    script.attempts = [[REFUSED]]
    sources = Sources(token("first"), token("second"))
    async with opened({}, Bell(), sources, auth_types={"token"}) as connection:
        script.challenges = {"second"}
        with pytest.raises(AuthenticationRequired):
            await connection.send("Hi")
    assert told == ["prove that you are human"]


async def test_cancelled_renewal(opened: Any, script: Any) -> None:
    """Credentials whose login was cancelled half way may be tried again: they were not refused."""
    script.attempts = [[REFUSED], HELLO]
    sources = Sources(token("first"), token("second"))
    async with opened({}, sources, auth_types={"token"}) as connection:
        script.login_seconds = 1000.0
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(connection.send, "Hi")
            with anyio.fail_after(30):
                while script.tokens != ["first", "second"]:  # noqa: ASYNC110  a worker thread is in between
                    await anyio.sleep(0.001)
            tasks.cancel_scope.cancel()
        script.login_seconds = 0.0

        assert (await connection.send("Hi")).content == "Hello"
    assert script.tokens == ["first", "second", "second"]


@pytest.mark.virtual_time
async def test_a_deadline_while_the_login_is_renewed(opened: Any, script: Any) -> None:
    """Who was refused, and who only waits for the new login, hears that nothing was acted on."""
    script.attempts = [[0.001, REFUSED]]
    sources = Sources(token("first"), token("second"))
    options = {"timeout": 10.0, "max_concurrency": 1}
    async with opened(options, sources, auth_types={"token"}) as connection:
        script.login_seconds = 1000.0
        responses = []

        async def ask() -> None:
            responses.append(await connection.answer("Hi"))

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(ask)
            tasks.start_soon(ask)

    assert {type(one.error) for one in responses} == {DeadlineExceeded}
    assert {one.error.certainty for one in responses} == {Certainty.REJECTED, Certainty.NOT_SENT}
    assert len(script.requests) == 1


async def test_login_is_tried_again(opened: Any, script: Any) -> None:
    """A remote that cannot be reached while logging in is asked again a few times."""
    script.login_faults = [ConnectFailed("one"), ConnectFailed("two")]
    async with opened({"base_delay": 0}, context=token("abc"), auth_types={"token"}) as connection:
        assert connection.status is ProviderStatus.ACTIVE

    script.login_faults = [ConnectFailed(f"number {number}") for number in range(9)]
    with pytest.raises(ConnectFailed, match="number 3") as caught:
        async with opened({"base_delay": 0}, context=token("abc"), auth_types={"token"}):
            raise AssertionError
    assert (caught.value.operation, caught.value.connection) == ("open", "scripted")


@pytest.mark.parametrize("answer", [True, "renewed", {"token": "x"}], ids=str)
async def test_authenticate_that_gives_something_else(opened: Any, script: Any, answer: Any) -> None:
    """A provider that gives something else than a context or None breaks the contract."""
    script.renewed = answer
    with pytest.raises(ContractBroken, match="authenticate gave"):
        async with opened(context=token("abc"), auth_types={"token"}):
            raise AssertionError
    assert script.opened == script.closed


async def test_bug_while_logging_in(opened: Any, script: Any) -> None:
    """A plugin's bug while logging in is told as the plugin's, and the provider is closed."""
    script.login_faults = [KeyError("x")]
    with pytest.raises(ContractBroken, match="scripted raised KeyError"):
        async with opened(context=token("abc"), auth_types={"token"}):
            raise AssertionError
    assert script.opened == script.closed
