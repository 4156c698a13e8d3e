"""Asking several connections at once."""

from __future__ import annotations

import gc
from typing import Any

import anyio
import pytest

from jackfield import (
    ConfigError,
    ConnectFailed,
    ContractBroken,
    DeadlineExceeded,
    InvalidRequest,
    ProviderManager,
    ResponseFinished,
    ResponseStarted,
    RunFailed,
    TextDelta,
    UnknownConnection,
)

pytestmark = [pytest.mark.anyio, pytest.mark.virtual_time]


def answers(*steps: Any) -> list[Any]:
    return [ResponseStarted(handle="run-1"), *steps, TextDelta("Hello"), ResponseFinished()]


async def add_all(manager: ProviderManager, **options: Any) -> None:
    for name in ("good", "slow", "bad"):
        await manager.add_provider(name, options)


@pytest.fixture
def mixed(many: Any, make_script: Any) -> Any:
    """A manager of a good, a slow and a failing provider, which are not added yet."""
    return many(
        good=make_script(*answers(1)),
        slow=make_script(*answers(100)),
        bad=make_script(*answers(5, RunFailed("the run failed"))),
    )


async def test_as_they_arrive(mixed: Any) -> None:
    """Responses come as they arrive, a failed one among them; it takes no other down."""
    async with mixed as manager:
        await add_all(manager)
        began = anyio.current_time()
        async with manager.send_message_parallel("Hi", timeout=300) as responses:
            seen = [(one.connection, one.success, anyio.current_time() - began) async for one in responses]

    assert seen == [("good", True, 1), ("bad", False, 5), ("slow", True, 100)]


async def test_entered_too_late(mixed: Any) -> None:
    """Who asks several and enters that only after the manager's end is told so, and leaves nothing open."""
    async with mixed as manager:
        await add_all(manager)
        asking = manager.send_message_parallel("Hi")

    with pytest.raises(RuntimeError, match="the manager is not running"):
        await asking.__aenter__()
    del asking
    gc.collect()


async def test_requests_differ(mixed: Any) -> None:
    """Each connection is asked with a request of its own id."""
    async with mixed as manager:
        await add_all(manager)
        async with manager.send_message_parallel("Hi", ["good", "bad"]) as responses:
            ids = [response.request_id async for response in responses]

    assert len(set(ids)) == 2
    assert all(ids)


async def test_left_early(mixed: Any) -> None:
    """Who leaves after the first response stops the others, and they are closed when the block ends."""
    async with mixed as manager:
        await add_all(manager)
        began = anyio.current_time()
        async with manager.send_message_parallel("Hi") as responses:
            async for response in responses:
                assert response.connection == "good"
                break

        assert anyio.current_time() - began == pytest.approx(1)
        assert [manager.get_provider(name).slots.in_flight for name in ("good", "slow", "bad")] == [0, 0, 0]
        assert (await manager.get_provider_stats("slow")).left_early == 1
        assert (await manager.send_message("good", "Hi")).success


async def test_never_read(mixed: Any) -> None:
    """A fan-out whose responses nobody reads ends with its block."""
    async with mixed as manager:
        await add_all(manager)
        async with manager.send_message_parallel("Hi"):
            await anyio.sleep(10)
        async with manager.stream_parallel("Hi"):
            await anyio.sleep(10)
        assert manager.get_provider("slow").slots.in_flight == 0


async def test_cancelled(mixed: Any) -> None:
    """A cancelled fan-out stops every request and gives everything back."""
    async with mixed as manager:
        await add_all(manager)
        with anyio.move_on_after(3) as scope:
            async with manager.send_message_parallel("Hi") as responses:
                _ = [response async for response in responses]

        assert scope.cancelled_caught
        assert [manager.get_provider(name).slots.in_flight for name in ("good", "slow", "bad")] == [0, 0, 0]


async def test_error_in_the_block(mixed: Any) -> None:
    """An error of the program's own leaves the block as it is and stops the requests."""
    async with mixed as manager:
        await add_all(manager)
        with pytest.raises(ZeroDivisionError):
            async with manager.send_message_parallel("Hi") as responses:
                async for _ in responses:
                    raise ZeroDivisionError
        assert manager.get_provider("slow").slots.in_flight == 0


async def test_streams(mixed: Any) -> None:
    """The events of all come as they arrive, each with its name; the last of each is its response."""
    async with mixed as manager:
        await add_all(manager)
        seen: dict[str, list[Any]] = {"good": [], "slow": [], "bad": []}
        async with manager.stream_parallel("Hi") as events:
            async for name, event in events:
                seen[name].append(event)

    assert [type(event).__name__ for event in seen["good"]] == [
        "ResponseStarted",
        "TextDelta",
        "ResponseFinished",
        "ChatResponse",
    ]
    assert seen["good"][-1].content == seen["slow"][-1].content == "Hello"
    assert isinstance(seen["bad"][-1].error, RunFailed)
    assert seen["bad"][-1].handle == "run-1"


async def test_one_slow_reader(mixed: Any) -> None:
    """Events wait for their reader: none is lost, and none is kept in a heap beside it."""
    async with mixed as manager:
        await manager.add_provider("good")
        async with manager.stream_parallel("Hi") as events:
            seen = []
            async for _, event in events:
                seen.append(event)
                await anyio.sleep(50)

    assert len(seen) == 4


@pytest.mark.parametrize(
    "error", [KeyError("bug"), ConnectFailed("x"), ConfigError("misfit"), OSError("x")], ids=repr
)
async def test_whatever_goes_wrong(many: Any, make_script: Any, error: Exception) -> None:
    """Whatever one provider raises is in its own response; the others and the manager go on."""
    manager = many(good=make_script(*answers()), bad=make_script(error))
    async with manager:
        for name in ("good", "bad"):
            await manager.add_provider(name, {"max_retries": 0})
        for _ in range(2):
            async with manager.send_message_parallel("Hi") as responses:
                by_name = {response.connection: response async for response in responses}
            assert by_name["good"].content == "Hello"
            assert isinstance(by_name["bad"].error, ContractBroken | ConnectFailed | ConfigError)
            async with manager.stream_parallel("Hi") as events:
                ended = {name: event async for name, event in events if hasattr(event, "success")}
            assert ended["good"].success
            assert type(ended["bad"].error) is type(by_name["bad"].error)


async def test_removed_meanwhile(mixed: Any) -> None:
    """A connection that is removed between asking and sending fails alone."""
    async with mixed as manager:
        await add_all(manager)
        for ask in (manager.send_message_parallel, manager.stream_parallel):
            asking = ask("Hi", ["good", "slow"], timeout=3)
            await manager.remove_provider("slow")
            async with asking as told:
                items = [item async for item in told]
            responses = [item[1] if isinstance(item, tuple) else item for item in items]
            errors = {one.connection: one.error for one in responses if hasattr(one, "error")}
            assert errors["good"] is None
            assert isinstance(errors["slow"], UnknownConnection)
            await manager.add_provider("slow")


async def test_misuse(mixed: Any) -> None:
    """An unknown name and nothing to say are told at once, before anybody is asked."""
    async with mixed as manager:
        await add_all(manager)
        for ask in (manager.send_message_parallel, manager.stream_parallel):
            with pytest.raises(UnknownConnection, match="Did you mean 'good'"):
                ask("Hi", ["goood"])
            with pytest.raises(InvalidRequest):
                ask(" ")
        assert (await manager.get_provider_stats("good")).requests == 0


async def test_nobody_to_ask(mixed: Any) -> None:
    """Asking nobody gives nothing, and ends."""
    async with mixed as manager:
        async with manager.send_message_parallel("Hi") as responses:
            assert [response async for response in responses] == []
        assert await manager.test_all_providers() == {}
        assert await manager.health_check_all() == {}


async def test_test_all(mixed: Any) -> None:
    """One small question to every connection, by name; a report is true when the whole answer arrived."""
    async with mixed as manager:
        await add_all(manager)
        tested = await manager.test_all_providers()
        one = await manager.test_provider("good", "Hello?")

    assert {name: bool(report) for name, report in tested.items()} == {
        "good": True,
        "slow": True,
        "bad": False,
    }
    assert one
    assert one.response.content == "Hello"
    assert tested["bad"].error is tested["bad"].response.error is not None
    # As for every response: whether it is there is one thing, how it went another.
    assert tested["bad"].response


async def test_stats_of_all(mixed: Any) -> None:
    """Without a name the statistics are those of all connections, by name, in the order they were added."""
    async with mixed as manager:
        assert await manager.get_provider_stats() == {}
        await add_all(manager)
        await manager.send_message("good", "Hi")
        stats = await manager.get_provider_stats()

        assert list(stats) == manager.list_providers()
        assert {name: one.requests for name, one in stats.items()} == {"good": 1, "slow": 0, "bad": 0}
        assert stats["good"] == await manager.get_provider_stats("good")
        assert stats == manager.get_provider_stats()
        assert stats["good"] == manager.get_provider_stats("good")
        with pytest.raises(UnknownConnection):
            await manager.get_provider_stats("goood")


async def test_health(make_manager: Any, script: Any) -> None:
    """A health check that hangs is given up after five seconds; whatever is wrong is in its report."""
    outcomes: list[Any] = [None, ConnectFailed("refused"), KeyError("bug"), anyio.sleep_forever]

    async def check() -> None:
        outcome = outcomes.pop(0)
        if isinstance(outcome, Exception):
            raise outcome
        if outcome is not None:
            await outcome()

    script.health = check
    async with make_manager() as manager:
        names = ["well", "refused", "buggy", "hanging"]
        for name in names:
            await manager.add_provider("scripted", name=name)
        began = anyio.current_time()
        reports = {}
        for name in names:
            reports[name] = await manager.health_check(name)
        assert anyio.current_time() - began == pytest.approx(5)

    assert [report.healthy for report in reports.values()] == [True, False, False, False]
    assert list(map(bool, reports.values())) == [True, False, False, False]
    errors = [report.error for report in reports.values()]
    assert isinstance(errors[1], ConnectFailed)
    assert isinstance(errors[2], ContractBroken)
    assert isinstance(errors[3], DeadlineExceeded)
    assert (errors[1].operation, errors[3].connection, errors[3].phase) == ("health", "hanging", "health")
    assert reports["hanging"].elapsed == pytest.approx(5)


async def test_health_of_all(make_manager: Any, script: Any) -> None:
    """Ten connections that hang take five seconds together, and cost no request."""
    script.health = anyio.sleep_forever
    async with make_manager() as manager:
        for number in range(10):
            await manager.add_provider("scripted", name=f"number-{number}")
        began = anyio.current_time()
        reports = await manager.health_check_all()

        assert anyio.current_time() - began == pytest.approx(5)
        assert list(reports) == manager.list_providers()
        assert script.requests == []
