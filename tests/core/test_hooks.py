"""Every hook: when it is called, with what, and what a faulty implementation does to the others."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import anyio
import attrs
import pytest

from jackfield import (
    AuthenticationRequired,
    ChallengeRequired,
    ChatRequest,
    ConnectFailed,
    ContractBroken,
    ProviderContext,
    ProviderStatus,
    RunFailed,
    TextDelta,
    hookimpl,
    hookspecs,
)

pytestmark = pytest.mark.anyio

HOOKS = [name for name in vars(hookspecs) if name.startswith("jackfield_")]
TOKEN = ProviderContext("scripted", "token", {"token": "abc"})

NO_TOKEN = ProviderContext("scripted", "token", {})


def implement(**hooks: Callable[..., Any]) -> object:
    """Return a plugin that implements hooks with those functions; the prefix is added."""
    functions = {f"jackfield_{name}": staticmethod(hookimpl(function)) for name, function in hooks.items()}
    return type("Plugin", (), functions)()


def raising(error: BaseException) -> Callable[[], Any]:
    def fail() -> None:
        raise error

    return fail


@attrs.define(eq=False)
class Witness:
    """A plugin that writes down what it is told."""

    seen: list[tuple[Any, ...]] = attrs.field(factory=list)

    @hookimpl
    def jackfield_provider_opened(self, connection: Any) -> None:
        self.seen.append(("opened", connection.name))

    @hookimpl
    def jackfield_provider_closed(self, connection: Any, error: Any) -> None:
        self.seen.append(("closed", connection.name, type(error)))

    @hookimpl
    def jackfield_status_changed(self, old: Any, new: Any, reason: str) -> None:
        self.seen.append(("status", old.name, new.name, reason))

    @hookimpl
    def jackfield_response_finished(self, request: Any, response: Any, error: Any) -> None:
        assert request.id == response.request_id
        self.seen.append(("finished", response.content or response.partial, type(error)))

    def of(self, kind: str) -> list[tuple[Any, ...]]:
        return [tuple(facts) for told, *facts in self.seen if told == kind]


async def test_notifying_hooks(make_manager: Any) -> None:
    """An exchange tells: opening, its states, open, finished, closed, in that order."""
    witness = Witness()
    async with make_manager(witness) as manager:
        await manager.add_provider("scripted")
        await manager.send_message("scripted", "Hi")

    assert witness.seen == [
        ("status", "INACTIVE", "INITIALIZING", "opening"),
        ("opened", "scripted"),
        ("status", "INITIALIZING", "ACTIVE", "ready"),
        ("finished", "Hello", type(None)),
        ("status", "ACTIVE", "INACTIVE", "not open"),
        ("closed", "scripted", type(None)),
    ]


async def test_finished_once_whichever_way(make_manager: Any, script: Any) -> None:
    """`response_finished` is called once per request: answered, failed, left early, cancelled."""
    witness = Witness()
    async with make_manager(witness) as manager:
        connection = await manager.add_provider("scripted")
        await connection.send("Hi")
        script.attempts = [[TextDelta("so"), RunFailed("the run failed")]]
        await manager.send_message("scripted", "Hi")
        script.attempts = [[TextDelta("left"), TextDelta("unread")]]
        async with connection.stream("Hi") as stream:
            await stream.__anext__()
        with anyio.CancelScope() as scope:
            async with connection.stream("Hi") as stream:
                await stream.__anext__()
                scope.cancel()
                await stream.__anext__()

    none = type(None)
    assert witness.of("finished") == [("Hello", none), ("so", RunFailed), ("left", none), ("left", none)]


async def test_closed_tells_the_error(make_spec: Any) -> None:
    """`provider_closed` is called on the way out with what ended the connection; never for one not opened."""
    from jackfield._connect import build_connection, load_plugins

    witness, spec = Witness(), make_spec(auth_types={"token", "none"})
    plugins = load_plugins([implement(register_providers=lambda: [spec]), witness])
    with pytest.raises(ZeroDivisionError):
        async with build_connection(plugins, "scripted", None, None).opened():
            raise ZeroDivisionError
    with pytest.raises(AuthenticationRequired):
        async with build_connection(plugins, "scripted", None, None).opened(NO_TOKEN):
            raise AssertionError

    assert witness.of("closed") == [("scripted", ZeroDivisionError)]


@pytest.mark.parametrize("error", [ValueError("x"), SystemExit(1), RunFailed("x")], ids=repr)
async def test_notifying_hook_that_raises(make_manager: Any, error: BaseException) -> None:
    """A notifying hook that raises, even SystemExit, loses nobody else's call and fails no request."""
    fail = raising(error)
    bad = implement(
        provider_opened=fail,
        provider_closed=fail,
        status_changed=fail,
        response_finished=fail,
        stream_event=fail,
        request_retried=fail,
    )
    before, after = Witness(), Witness()
    async with make_manager(before, bad, after) as manager:
        await manager.add_provider("scripted")
        assert (await manager.send_message("scripted", "Hi")).content == "Hello"

    assert before.seen == after.seen
    assert len(after.seen) == 6


async def test_stream_event(make_manager: Any) -> None:
    """`stream_event` is called for every event of every stream, also those that `send` collects."""
    seen: list[Any] = []

    def tell(event: Any) -> None:
        seen.append(event)

    async with make_manager(implement(stream_event=tell)) as manager:
        connection = await manager.add_provider("scripted")
        await connection.send("Hi")
        async with connection.stream("Hi") as stream:
            events = [event async for event in stream]

    assert seen == events * 2


async def test_stream_event_costs_nothing_when_nobody_listens(make_manager: Any) -> None:
    """Where nobody implements `stream_event`, a stream does not even try to tell."""
    for plugins, listens in (((), False), ((implement(stream_event=lambda event: None),), True)):
        async with make_manager(*plugins) as manager:
            connection = await manager.add_provider("scripted")
            async with connection.stream("Hi") as stream:
                assert (stream._notify is not None) is listens


async def test_request_retried(make_manager: Any, script: Any) -> None:
    """`request_retried` is called before each retry with the error and the seconds to wait."""
    script.attempts = [[ConnectFailed("one")], [ConnectFailed("two")], script.attempts[0]]
    seen: list[Any] = []
    plugin = implement(
        request_retried=lambda request, error, wait: seen.append((request.id, str(error), wait))
    )
    async with make_manager(plugin) as manager:
        await manager.add_provider("scripted", {"base_delay": 0})
        response = await manager.send_message("scripted", "Hi")

    assert response.attempts == 3
    assert seen == [(response.request_id, "one", 0.0), (response.request_id, "two", 0.0)]


def wrapping(name: str, order: list[str], *, first: bool = False, last: bool = False) -> object:
    """Return a plugin whose middleware writes down when a request goes in and comes out."""

    def middleware(handler: Any) -> Any:
        @asynccontextmanager
        async def wrapped(request: ChatRequest) -> Any:
            order.append(f"in {name}")
            async with handler(request) as events:
                yield events
            order.append(f"out {name}")

        return wrapped

    wrap = hookimpl(tryfirst=first, trylast=last)(lambda: middleware)
    return type(name, (), {"jackfield_wrap_request": staticmethod(wrap)})()


async def test_wrap_request(make_manager: Any) -> None:
    """Middleware wraps every attempt; the first registered is outermost, `tryfirst`, `trylast` aside."""
    order: list[str] = []
    plugins = [
        wrapping("last", order, last=True),
        wrapping("one", order),
        wrapping("two", order),
        wrapping("first", order, first=True),
    ]
    async with make_manager(*plugins) as manager:
        connection = await manager.add_provider("scripted")
        await connection.send("Hi")
        async with connection.attach("run-1") as stream:
            await stream.collect()

    names = ["first", "one", "two", "last"]
    once = [f"in {name}" for name in names] + [f"out {name}" for name in reversed(names)]
    assert order == once * 2


async def test_limits_are_outermost(make_manager: Any) -> None:
    """The core's own queue and gate are outside of all middleware: what waits has not begun."""
    running: list[int] = []

    def middleware(handler: Any) -> Any:
        @asynccontextmanager
        async def wrapped(request: ChatRequest) -> Any:
            running.append(connection.slots.in_flight)
            async with handler(request) as events:
                yield events

        return wrapped

    async with make_manager(implement(wrap_request=lambda: middleware)) as manager:
        connection = await manager.add_provider("scripted", {"max_concurrency": 1})
        await connection.send("Hi")

    assert running == [1]


@pytest.mark.parametrize(
    ("wrap", "told"),
    [
        (lambda: "no middleware", "gave str"),
        (raising(KeyError("x")), "raised KeyError"),
        (raising(SystemExit(1)), "raised SystemExit"),
    ],
    ids=["text", "KeyError", "SystemExit"],
)
async def test_broken_wrap_request(make_manager: Any, script: Any, wrap: Any, told: str) -> None:
    """Middleware that is none keeps its connection closed, names the plugin, and leaves nothing open."""
    async with make_manager(implement(wrap_request=wrap)) as manager:
        with pytest.raises(ContractBroken, match=f"jackfield_wrap_request of Plugin {told}"):
            await manager.add_provider("scripted")

        assert manager.list_providers() == []
    assert script.opened == script.closed == 1


async def test_no_middleware(make_manager: Any) -> None:
    """A plugin that does not care for a provider gives None."""
    async with make_manager(implement(wrap_request=lambda spec: None)) as manager:
        await manager.add_provider("scripted")
        assert (await manager.send_message("scripted", "Hi")).success


async def test_load_context(make_manager: Any, script: Any) -> None:
    """The first plugin that knows credentials is believed, in a worker thread; others are not asked."""
    threads: list[Any] = []

    def load(spec: Any, connection_name: str) -> ProviderContext:
        threads.append((threading.current_thread(), spec.name, connection_name))
        return TOKEN

    plugins = [
        implement(load_context=lambda: None),
        implement(load_context=raising(OSError("the keyring is broken"))),
        implement(load_context=load),
        implement(load_context=raising(AssertionError())),
    ]
    async with make_manager(*plugins, auth_types={"token"}) as manager:
        connection = await manager.add_provider("scripted", name="work")
        assert connection.status is ProviderStatus.ACTIVE

    assert script.tokens == ["abc"]
    ((thread, *named),) = threads
    assert thread is not threading.main_thread()
    assert named == ["scripted", "work"]


async def test_environment_goes_first(
    make_manager: Any, script: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The environment goes before what other plugins know."""
    monkeypatch.setenv("SCRIPTED_TOKEN", "from-environment")
    async with make_manager(implement(load_context=lambda: TOKEN), auth_types={"token"}) as manager:
        await manager.add_provider("scripted")

    assert script.tokens == ["from-environment"]


async def test_load_context_that_says_why_not(make_manager: Any) -> None:
    """A plugin may say why there are no credentials, and is heard."""
    locked = implement(load_context=raising(AuthenticationRequired("the keyring is locked")))
    async with make_manager(locked, auth_types={"token"}) as manager:
        connection = await manager.add_provider("scripted")
        assert connection.status is ProviderStatus.AUTHENTICATION_REQUIRED

        with pytest.raises(AuthenticationRequired, match="the keyring is locked"):
            await connection.send("Hi")


async def test_load_context_of_a_wrong_type(make_manager: Any) -> None:
    """A plugin that gives something else than a context breaks the contract, and is named."""
    async with make_manager(implement(load_context=lambda: "abc"), auth_types={"token"}) as manager:
        with pytest.raises(ContractBroken, match="jackfield_load_context of Plugin gave str"):
            await manager.add_provider("scripted")


async def test_store_context(make_manager: Any, script: Any) -> None:
    """A renewed context is offered to the plugins until one keeps it, in a worker thread."""
    script.renewed = ProviderContext("scripted", "token", {"token": "renewed"})
    kept: list[Any] = []

    def keep(spec: Any, connection_name: str, context: ProviderContext) -> bool:
        kept.append((connection_name, context, threading.current_thread() is threading.main_thread()))
        return True

    plugins = [
        implement(store_context=lambda context: None),
        implement(store_context=raising(OSError("the disk is full"))),
        implement(store_context=keep),
        implement(store_context=raising(AssertionError())),
    ]
    async with make_manager(*plugins, auth_types={"token"}) as manager:
        await manager.add_provider("scripted")
        await manager.set_provider_context("scripted", TOKEN)
        assert manager.get_provider("scripted").status is ProviderStatus.ACTIVE

    assert kept == [("scripted", script.renewed, False)]


async def test_human_needed(make_manager: Any, script: Any) -> None:
    """A challenge is told to the plugins once, and the connection waits for the person."""
    script.attempts = [[ChallengeRequired("prove that you are human")]]
    seen: list[str] = []
    plugin = implement(
        human_needed=lambda connection, challenge: seen.append(f"{connection.name}: {challenge.message}")
    )
    async with make_manager(plugin, auth_types={"token"}) as manager:
        await manager.add_provider("scripted")
        await manager.set_provider_context("scripted", TOKEN)
        response = await manager.send_message("scripted", "Hi")
        again = await manager.send_message("scripted", "Hi")

        assert manager.get_provider("scripted").status is ProviderStatus.AUTHENTICATION_REQUIRED
    assert seen == ["scripted: prove that you are human"]
    assert isinstance(response.error, ChallengeRequired)
    assert isinstance(again.error, AuthenticationRequired)
    assert len(script.requests) == 1


def test_every_hook_is_documented_and_tested() -> None:
    """Every hook says when it is called, of which kind it is, and has a test in this file."""
    here = Path(__file__).read_text(encoding="utf-8")
    for name in HOOKS:
        hook = getattr(hookspecs, name)
        kinds = [
            kind for kind in ("Collecting", "Notifying", "Firstresult") if f"{kind}." in str(hook.__doc__)
        ]
        assert len(kinds) == 1, name
        assert (kinds == ["Firstresult"]) == bool(hook.jackfield_spec["firstresult"]), name
        assert f"{name}(" in here or f"{name.removeprefix('jackfield_')}=" in here, name


async def test_hooks_may_leave_out_arguments(make_manager: Any) -> None:
    """A hook takes only the arguments it needs."""
    called: list[str] = []
    plugin = implement(
        provider_opened=lambda: called.append("opened"),
        status_changed=lambda new: called.append(new.value),
        response_finished=lambda error, connection: called.append(connection.name),
    )
    async with make_manager(plugin) as manager:
        await manager.add_provider("scripted")
        await manager.send_message("scripted", "Hi")

    assert called == ["initializing", "opened", "active", "scripted", "inactive"]
