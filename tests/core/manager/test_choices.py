"""Asking several connections one after another, until one answers."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import anyio
import attrs
import pytest

from jackfield import (
    AuthenticationRequired,
    Certainty,
    ChatRequest,
    Choice,
    CircuitOpen,
    ConfigError,
    ConnectFailed,
    Connection,
    ConnectionLost,
    ContentRefused,
    DeadlineExceeded,
    Effect,
    InvalidRequest,
    JackfieldError,
    Miss,
    ProviderClosed,
    ProviderContext,
    ProviderManager,
    ProviderUnavailable,
    RateLimited,
    ResponseStarted,
    StreamConsumed,
    StreamInterrupted,
    Target,
    TextDelta,
    UnknownConnection,
    Unsupported,
)

pytestmark = [pytest.mark.anyio, pytest.mark.virtual_time]

PASSED_OVER = [
    ConnectFailed("no route"),
    RateLimited("too fast", retry_after=5),
    ContentRefused("not this"),
    Unsupported("cannot read images"),
    ProviderUnavailable("busy", certainty=Certainty.REJECTED),
    RateLimited("asked back later than anybody waits", retry_after=9999),
]
FINAL = [
    ConnectionLost("broke off"),
    ProviderUnavailable("500"),
    StreamInterrupted("no end"),
    RuntimeError("a plugin's own bug"),
]


@attrs.define(eq=False)
class Two:
    """A manager with the connections `work` and `claude`, and their scripts."""

    manager: ProviderManager
    work: Any
    claude: Any

    @property
    def asked(self) -> tuple[int, int]:
        """How often each was asked."""
        return len(self.work.requests), len(self.claude.requests)


@pytest.fixture
def two(many: Any, make_script: Any, script: Any) -> Any:
    """Open `work`, which does those steps, and `claude`, which says Hello; `any` asks them in turn."""

    @asynccontextmanager
    async def open_two(*steps: Any, **options: Any) -> AsyncIterator[Two]:
        work, claude = make_script(*steps) if steps else type(script)(), type(script)()
        async with many(work=work, claude=claude) as manager:
            for name in ("work", "claude"):
                await manager.add_provider(name, options)
            manager.add_choice("any", fallback=["work", "claude"])
            yield Two(manager, work, claude)

    return open_two


async def test_the_first(two: Any) -> None:
    """The first one that answers is the one; the next is not asked."""
    async with two() as they:
        response = await they.manager.send_message("any", "Hi")

    assert (response.connection, response.content, response.misses) == ("work", "Hello", ())
    assert they.asked == (1, 0)


@pytest.mark.parametrize(
    "error", PASSED_OVER, ids=lambda error: f"{type(error).__name__} {error.retry_after}"
)
async def test_goes_on(two: Any, error: JackfieldError) -> None:
    """Whoever certainly did not act is passed over at once and without a retry; the answer says why."""
    async with two(error) as they:
        began = anyio.current_time()
        response = await they.manager.send_message("any", "Hi")

        assert anyio.current_time() == began
        assert (response.connection, response.content) == ("claude", "Hello")
        assert response.misses == (Miss("work", error),)
        assert they.asked == (1, 1)
        assert [they.manager.get_provider(name).stats.failed for name in ("work", "claude")] == [1, 0]


@pytest.mark.parametrize("error", FINAL, ids=lambda error: type(error).__name__)
@pytest.mark.parametrize("started", [False, True])
async def test_stops(two: Any, error: Exception, started: bool) -> None:
    """What may have acted is asked of nobody else: the failure is the answer."""
    async with two(*[ResponseStarted()] * started, error) as they:
        response = await they.manager.send_message("any", "Hi")

    assert response.connection == "work"
    assert type(response.error) is type(error) or response.error.__cause__ is error
    assert they.asked == (1, 0)


async def test_leave_to_act_twice(two: Any) -> None:
    """With `retry_uncertain` the next is asked also then; an error says what can have happened at any."""
    async with two(ConnectionLost("broke off")) as they:
        response = await they.manager.send_message("any", "Hi", retry_uncertain=True)
        they.claude.attempts = [[ContentRefused("not this")]]
        failed = await they.manager.send_message("any", "Hi", retry_uncertain=True)

    assert (response.connection, response.misses[0].error.certainty) == ("claude", Certainty.UNKNOWN)
    assert isinstance(failed.error, ContentRefused)
    assert failed.error.certainty is Certainty.UNKNOWN


async def test_what_acts_not(make_plugin: Any, make_script: Any) -> None:
    """A provider whose requests have no effect may be followed by another one whatever became of them."""
    lost = make_script(ConnectionLost("broke off"))
    plugins = [make_plugin(name="work", script=lost, effect=Effect.SAFE), make_plugin(name="claude")]
    async with ProviderManager(plugins=plugins) as manager:
        for name in ("work", "claude"):
            await manager.add_provider(name)
        response = await manager.first_of("work", "claude").send("Hi")

    assert (response.connection, len(response.misses)) == ("claude", 1)


async def test_nobody(two: Any) -> None:
    """When nobody answers, the last one's failure is the answer; the others are told in it and on it."""
    async with two(ConnectFailed("no route")) as they:
        they.claude.attempts = [[ContentRefused("not this")]]
        response = await they.manager.send_message("any", "Hi")
        they.claude.attempts = [[ContentRefused("not that either")]]
        with pytest.raises(ContentRefused) as caught:
            await they.manager.get_choice("any").send("Hi")

    assert (response.connection, type(response.error)) == ("claude", ContentRefused)
    assert [type(miss.error) for miss in response.misses] == [ConnectFailed]
    assert caught.value.certainty is Certainty.REJECTED
    assert caught.value.__notes__ == ["Asked before it, and no answer: work: no route"]


async def test_the_last_is_patient(two: Any) -> None:
    """The last one is asked as if it were alone: it is waited for and tried again."""
    async with two(ConnectFailed("no route"), max_retries=3) as they:
        hello = they.claude.attempts[0]
        they.claude.attempts = [[ConnectFailed("no route")], [RateLimited("too fast", retry_after=7)], hello]
        began = anyio.current_time()
        response = await they.manager.send_message("any", "Hi")

        assert (response.connection, response.attempts) == ("claude", 3)
        assert anyio.current_time() - began >= 7
        assert they.asked == (1, 3)


async def test_streams(two: Any) -> None:
    """Once an event was handed out, that connection is the one; before that, nobody sees that one failed."""
    async with two(ContentRefused("not this")) as they:
        async with they.manager.stream_message("any", "Hi") as stream:
            said = [text async for text in stream.text]
        assert said == ["Hel", "lo"]
        assert [miss.connection for miss in stream.response.misses] == ["work"]

        they.work.attempts = [[ResponseStarted(handle="run-1"), ContentRefused("not this any more")]]
        with pytest.raises(ContentRefused) as caught:
            async with they.manager.stream_message("any", "Hi", retry_uncertain=True) as stream:
                assert [type(await anext(stream))] == [ResponseStarted]
                await anext(stream)

    assert caught.value.certainty is Certainty.STARTED
    assert they.asked == (2, 1)


async def test_entered_once(two: Any) -> None:
    """A choice's stream that is entered again asks nobody again."""
    async with two() as they:
        asking = they.manager.stream_message("any", "Hi")
        async with asking as stream:
            assert (await stream.collect()).content == "Hello"
        with pytest.raises(StreamConsumed, match="make another"):
            await asking.__aenter__()

    assert they.asked == (1, 0)


async def test_requests_of_their_own(two: Any) -> None:
    """Each is asked in a request of its own: another id, and the text and the settings of the caller."""
    async with two(ContentRefused("not this")) as they:
        response = await they.manager.send_message(
            "any", ChatRequest(messages="Hi", id="mine", max_tokens=None)
        )
        first, second = they.work.requests[0], they.claude.requests[0]

        assert (first.id, second.id) == ("mine", response.request_id)
        assert second.id not in {"", "mine"}
        assert first.messages == second.messages
        assert response.misses[0].error.request_id == "mine"


async def test_one_time_for_all(two: Any) -> None:
    """`timeout` is for the whole: the next one has what is left, and none is asked when nothing is."""
    async with two(20, ContentRefused("not this")) as they:
        await they.manager.send_message("any", "Hi", timeout=30)
        assert they.claude.requests[0].timeout == pytest.approx(10)

        they.work.attempts = [[50]]
        response = await they.manager.send_message("any", "Hi", timeout=30)
        assert isinstance(response.error, DeadlineExceeded)

        they.work.attempts = [[30, ContentRefused("at the last moment")]]
        response = await they.manager.send_message("any", "Hi", timeout=30)

    assert they.asked == (3, 1)
    assert response.connection == "work"


async def test_opening_takes_none_of_it(two: Any) -> None:
    """Whoever opens connections only when they are asked takes no time from the request with that."""
    async with two(20, ContentRefused("not this")) as they:

        async def reach(name: str) -> Connection:
            await anyio.sleep(60)
            if name == "gone":
                raise ConfigError("it cannot be opened")
            return they.manager.get_provider(name)

        choice = Choice("any", (Target("gone"), Target("work"), Target("claude")), reach)
        response = await choice.answer("Hi", timeout=30)

        assert (response.connection, [miss.connection for miss in response.misses]) == (
            "claude",
            ["gone", "work"],
        )
        assert they.work.requests[0].timeout == pytest.approx(30)
        assert they.claude.requests[0].timeout == pytest.approx(10)


async def test_closed_ones(two: Any) -> None:
    """One that was removed, or closed just now, is passed over."""
    async with two() as they:
        await they.manager.remove_provider("work")
        response = await they.manager.send_message("any", "Hi")
        assert (response.connection, type(response.misses[0].error)) == ("claude", UnknownConnection)

        await they.manager.remove_provider("claude")
        response = await they.manager.send_message("any", "Hi")
        assert (response.connection, type(response.error)) == ("claude", UnknownConnection)
        assert len(response.misses) == 1
        with pytest.raises(UnknownConnection):
            await they.manager.get_choice("any").send("Hi")


async def test_closed_meanwhile(two: Any) -> None:
    """One that is closed while its answer is waited for may have acted: it is not passed over."""
    async with two(50) as they:
        responses = []

        async def ask() -> None:
            responses.append(await they.manager.send_message("any", "Hi"))

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(ask)
            await anyio.sleep(1)
            await they.manager.remove_provider("work")

    assert isinstance(responses[0].error, ProviderClosed)
    assert they.asked == (1, 0)


async def test_no_login(make_plugin: Any) -> None:
    """One that has no login is passed over, and asked as soon as it has one."""
    plugins = [make_plugin(name="work", auth_types={"token"}), make_plugin(name="claude")]
    async with ProviderManager(plugins=plugins) as manager:
        await manager.add_provider("work")
        await manager.add_provider("claude")
        choice = manager.first_of("work", "claude")
        response = await choice.send("Hi")
        assert (response.connection, type(response.misses[0].error)) == ("claude", AuthenticationRequired)

        await manager.set_provider_context(
            "work", ProviderContext("work", "token", {"token": "secret-token"})
        )
        assert (await choice.send("Hi")).connection == "work"


async def test_an_open_circuit(two: Any) -> None:
    """While a remote is left alone because it failed often, the next is asked at once; then it is tried."""
    async with two(ProviderUnavailable("500", certainty=Certainty.REJECTED)) as they:
        for _ in range(5):
            assert (await they.manager.send_message("any", "Hi")).connection == "claude"
        began = anyio.current_time()
        response = await they.manager.send_message("any", "Hi")
        assert anyio.current_time() == began
        assert (response.connection, type(response.misses[0].error)) == ("claude", CircuitOpen)
        assert they.asked == (5, 6)

        they.work.attempts = they.claude.attempts
        await anyio.sleep(10)
        assert (await they.manager.send_message("any", "Hi")).connection == "work"


async def test_a_remote_that_wants_to_be_left_alone(two: Any) -> None:
    """While a remote wants nothing, or is asked with care for a while after, the next one is asked."""
    async with two(RateLimited("too fast", retry_after=30)) as they:
        for _ in range(3):
            response = await they.manager.send_message("any", "Hi")
            assert (response.connection, type(response.misses[0].error)) == ("claude", RateLimited)
        assert they.asked == (1, 3)

        await anyio.sleep(31)
        they.work.attempts = [[RateLimited("too fast")], [5, *they.claude.attempts[0]]]
        await they.manager.send_message("any", "Hi")
        await anyio.sleep(10)
        answered: list[str] = []

        async def ask() -> None:
            answered.append((await they.manager.send_message("any", "Hi")).connection)

        async with anyio.create_task_group() as tasks:
            for _ in range(2):
                tasks.start_soon(ask)

    assert answered == ["claude", "work"]


async def test_a_poll_is_waited_for(two: Any) -> None:
    """Once something is on the wire, a provider waits as ever for what its remote wants."""
    from jackfield import report_sent, report_wait, wait_until_allowed

    async def poll() -> None:
        report_sent()
        report_wait(20)
        await wait_until_allowed()

    async with two(poll, ResponseStarted(), poll, TextDelta("Hello")) as they:
        they.work.attempts = [[*they.work.attempts[0], *they.claude.attempts[0][-1:]]]
        began = anyio.current_time()
        response = await they.manager.send_message("any", "Hi")

        assert (response.connection, response.error) == ("work", None)
        assert anyio.current_time() - began == pytest.approx(40)


async def test_left_early(two: Any) -> None:
    """Who leaves a stream, or is cancelled before the first event, stops it and asks nobody else."""
    async with two() as they:
        async with they.manager.stream_message("any", "Hi") as stream:
            await anext(stream)
        assert they.work.streams_left == 1

        they.work.attempts = [[50]]
        with anyio.move_on_after(5) as scope:
            await they.manager.send_message("any", "Hi")
        assert scope.cancelled_caught
        assert they.manager.get_provider("work").slots.in_flight == 0
        assert they.manager.get_provider("work").stats.left_early == 2
        assert they.asked == (2, 0)


async def test_in_a_fan_out(two: Any) -> None:
    """A choice can be one of several that are asked at once; its events bear its name."""
    async with two(ContentRefused("not this")) as they:
        async with they.manager.send_message_parallel("Hi", ["any"]) as responses:
            assert [response.connection async for response in responses] == ["claude"]
        async with they.manager.stream_parallel("Hi", ["any"]) as events:
            last = [event async for event in events][-1]
        they.claude.attempts = [[ContentRefused("not this")]]
        async with they.manager.stream_parallel("Hi", ["any"]) as events:
            failed = [event async for event in events]

    assert (last[0], last[1].connection, last[1].content) == ("any", "claude", "Hello")
    assert [(name, event.connection, len(event.misses)) for name, event in failed] == [("any", "claude", 1)]


async def test_models(two: Any) -> None:
    """A target's own model is asked of it; the request's of those that none is named for."""
    async with two(ContentRefused("not this")) as they:
        they.manager.add_alias("smart", "work:codegen-premium")
        choice = they.manager.add_choice("both", ["smart", "claude"])
        response = await choice.send("Hi", model="opus")

        assert [str(target) for target in choice.targets] == ["work:codegen-premium", "claude"]
        assert (they.work.requests[0].model, they.claude.requests[0].model) == ("codegen-premium", "opus")
        assert response.misses[0].model == "codegen-premium"
        with pytest.raises(InvalidRequest, match="so the model 'opus' would be asked of nobody"):
            await they.manager.send_message("smart", "Hi", model="opus")


async def test_conversations(two: Any) -> None:
    """A conversation is one connection's: several refuse to go on with one, an alias does not."""
    async with two() as they:
        they.manager.add_alias("smart", "work")
        assert (await they.manager.send_message("smart", "Hi", conversation_id="t-1")).success
        with pytest.raises(Unsupported, match="a conversation belongs to one connection"):
            await they.manager.send_message("any", "Hi", conversation_id="t-1")
        assert they.asked == (1, 0)


async def test_names(two: Any) -> None:
    """Choices are listed apart from connections and can only be asked; removed, they are no names."""
    async with two() as they:
        manager = they.manager
        manager.add_alias("smart", "work:premium")
        assert (manager.list_choices(), manager.list_providers()) == (["any", "smart"], ["work", "claude"])
        assert repr(manager.get_choice("smart")) == "<Choice 'smart': work:premium>"
        with pytest.raises(
            UnknownConnection, match="It is a name for work, then claude, and can only be asked"
        ):
            manager.get_provider("any")
        with pytest.raises(UnknownConnection, match="Did you mean 'smart'"):
            await manager.send_message("smrt", "Hi")
        manager.remove_choice("smart")
        for there_is_none in (manager.get_choice, manager.remove_choice, manager.get_provider):
            with pytest.raises(UnknownConnection, match="there is no"):
                there_is_none("smart")
        await manager.cleanup_all()
        assert manager.list_choices() == []


@pytest.mark.parametrize(
    ("first", "certainty"),
    [
        (ConnectFailed("no route"), Certainty.NOT_SENT),
        (RateLimited("too fast", retry_after=5), Certainty.REJECTED),
        (ConnectionLost("broke off"), Certainty.UNKNOWN),
    ],
    ids=lambda one: type(one).__name__,
)
async def test_given_up(two: Any, first: JackfieldError, certainty: Certainty) -> None:
    """Who gives up while the next one only waits for its turn hears what those before it may have done."""
    async with two(first, max_concurrency=1) as they, anyio.create_task_group() as tasks:
        they.claude.attempts = [[1000.0]]
        tasks.start_soon(they.manager.send_message, "claude", "Hi")
        await anyio.wait_all_tasks_blocked()
        asking = they.manager.get_choice("any").stream("Hi", retry_uncertain=True)
        assert asking.certainty is Certainty.NOT_SENT
        with anyio.move_on_after(1):
            async with asking:
                raise AssertionError
        tasks.cancel_scope.cancel()

    assert they.asked == (1, 1)
    assert asking.certainty is certainty
