"""A scripted provider on the public contract: the core's tests see what a plugin author sees."""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from typing import Any, ClassVar

import anyio
import attrs
import pytest
import trio.testing

from jackfield import (
    AuthenticationRequired,
    Capability,
    ChallengeRequired,
    ChatRequest,
    Effect,
    EventStream,
    Finding,
    Model,
    Provider,
    ProviderContext,
    ProviderManager,
    ProviderOptions,
    ProviderSpec,
    ProviderType,
    ResponseFinished,
    ResponseStarted,
    Secret,
    StreamEvent,
    TextDelta,
    hookimpl,
)

Step = StreamEvent | BaseException | float | Callable[[], Awaitable[Any]]
"""What a script does next: give an event, raise, sleep some seconds, or await something."""

HELLO: tuple[Step, ...] = (
    ResponseStarted(handle="run-1", url="http://remote/run-1"),
    TextDelta("Hel"),
    TextDelta("lo"),
    ResponseFinished(),
)


@attrs.define(eq=False)
class Script:
    """What the scripted remote does, and what it saw.

    Attributes:
        attempts: The steps of each attempt, in order; the last one serves all further attempts.
        refuses: Tokens that it refuses.
        challenges: Tokens for which it wants a person.
        login_seconds: How long a login takes.
        login_faults: What goes wrong with the next logins.
        logged_in: The connection of each login.
        capabilities: What the provider says that it can do once it is open.
    question: What each login asks the account's owner.
        answers: What they answered; None where nobody was asked or nobody answered.
    """

    attempts: list[Iterable[Step]] = attrs.field(factory=lambda: [HELLO])
    refuses: set[str] = attrs.field(factory=set, repr=False)
    challenges: set[str] = attrs.field(factory=set, repr=False)
    login_seconds: float = 0.0
    login_faults: list[Exception] = attrs.field(factory=list)
    health: Exception | Callable[[], Awaitable[Any]] | None = None
    renewed: ProviderContext | None = None
    findings: list[Finding] = attrs.field(factory=list)
    opening: list[Step] = attrs.field(factory=list)
    requests: list[ChatRequest] = attrs.field(factory=list)
    tokens: list[str] = attrs.field(factory=list, repr=False)
    logged_in: list[str] = attrs.field(factory=list)
    attached: list[str] = attrs.field(factory=list)
    capabilities: frozenset[Capability] | None = None
    question: str = ""
    answers: list[Secret | None] = attrs.field(factory=list)
    on_close: Callable[[], Any] = lambda: None
    opened: int = 0
    closed: int = 0
    streams_left: int = 0
    on_wire: int = 0
    most_on_wire: int = 0


@attrs.define(eq=False)
class Played:
    """A script as an iterator that is a class, as the contract asks."""

    _steps: list[Step]

    def __aiter__(self) -> Played:
        return self

    async def __anext__(self) -> StreamEvent:
        while self._steps:
            step = self._steps.pop(0)
            if isinstance(step, BaseException):
                raise step
            if isinstance(step, float | int):
                await anyio.sleep(step)
            elif callable(step):
                await step()
            else:
                await anyio.lowlevel.checkpoint()
                return step
        raise StopAsyncIteration


@attrs.define(eq=False)
class ScriptedProvider(Provider):
    """A provider that does as its script says; an exception as the first step is raised on entering."""

    script: Script
    options: ProviderOptions
    read_timeout: ClassVar[float | None] = None

    def __attrs_post_init__(self) -> None:
        self.capabilities = self.script.capabilities

    @asynccontextmanager
    async def _play(self, steps: list[Step]) -> AsyncIterator[AsyncIterator[StreamEvent]]:
        script = self.script
        script.on_wire += 1
        script.most_on_wire = max(script.most_on_wire, script.on_wire)
        try:
            if steps and isinstance(steps[0], BaseException):
                raise steps[0]
            yield Played(steps)
        finally:
            script.on_wire -= 1
            script.streams_left += 1

    def stream(self, request: ChatRequest) -> EventStream:
        self.script.requests.append(request)
        attempts = self.script.attempts
        return self._play(list(attempts.pop(0) if len(attempts) > 1 else attempts[0]))

    def attach(self, handle: str) -> EventStream:
        self.script.attached.append(handle)
        return self._play(list(self.script.attempts[0]))

    async def authenticate(self, context: ProviderContext) -> ProviderContext | None:
        token = context.secret("token").reveal()
        self.script.tokens.append(token)
        self.script.logged_in.append(context.connection)
        if self.script.question:
            self.script.answers.append(await context.ask(self.script.question) if context.ask else None)
        await anyio.sleep(self.script.login_seconds)
        if self.script.login_faults:
            raise self.script.login_faults.pop(0)
        if token in self.script.refuses:
            raise AuthenticationRequired("the remote refuses the token")
        if token in self.script.challenges:
            raise ChallengeRequired("prove that you are human")
        return self.script.renewed

    async def check_health(self) -> None:
        health = self.script.health
        if isinstance(health, Exception):
            raise health
        if health is not None:
            await health()

    async def list_models(self) -> list[Model]:
        return [Model(id="small", default=True)]

    async def examine(self) -> list[Finding]:
        return self.script.findings


@attrs.define(eq=False)
class ScriptedPlugin:
    """A plugin object that registers one scripted provider."""

    spec: ProviderSpec

    @hookimpl
    def jackfield_register_providers(self) -> list[ProviderSpec]:
        return [self.spec]


@pytest.fixture
def script() -> Script:
    """What the scripted remote does."""
    return Script()


@pytest.fixture
def make_spec(script: Script) -> Callable[..., ProviderSpec]:
    """Build a specification of the scripted provider; keywords change it, or give it another script."""

    def make(script: Script = script, **changes: Any) -> ProviderSpec:
        @asynccontextmanager
        async def open_provider(options: ProviderOptions) -> AsyncIterator[Provider]:
            for step in script.opening:
                if isinstance(step, BaseException):
                    raise step
            script.opened += 1
            try:
                yield ScriptedProvider(script, options)
            finally:
                script.on_close()
                script.closed += 1

        known: dict[str, Any] = {
            "name": "scripted",
            "title": "Scripted",
            "type": ProviderType.API_BASED,
            "options": ProviderOptions,
            "capabilities": {
                Capability.ATTACH,
                Capability.CONVERSATIONS,
                Capability.HISTORY,
                Capability.MODELS,
                Capability.TEXT_DELTAS,
            },
            "effect": Effect.EFFECT,
            "env_prefix": "SCRIPTED",
            "open": open_provider,
        }
        return ProviderSpec(**{**known, **changes})

    return make


@pytest.fixture
def make_plugin(make_spec: Callable[..., ProviderSpec]) -> Callable[..., object]:
    """Build a plugin that registers a scripted provider; keywords as for `make_spec`."""
    return lambda **changes: ScriptedPlugin(make_spec(**changes))


@pytest.fixture
def make_manager(make_plugin: Callable[..., object]) -> Callable[..., ProviderManager]:
    """Build a manager that knows the scripted provider; keywords change its specification."""

    def make(*plugins: object, **changes: Any) -> ProviderManager:
        return ProviderManager(plugins=[make_plugin(**changes), *plugins])

    return make


@attrs.define(eq=False)
class Errands:
    """What the event loop has worker threads do just now: meanwhile no virtual time passes."""

    under_way: int = 0

    async def run_sync(self, *args: Any, **settings: Any) -> Any:
        """Run something in a worker thread; it is over when whoever waits for it goes on."""
        self.under_way += 1
        try:
            return await run_sync(*args, **settings)
        finally:
            self.under_way -= 1


run_sync = anyio.to_thread.run_sync
errands = Errands()


@pytest.fixture(autouse=True)
def _no_time_passes_in_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    errands.under_way = 0
    monkeypatch.setattr(anyio.to_thread, "run_sync", errands.run_sync)


class VirtualSelector(selectors.DefaultSelector):
    """A selector that does not wait for a timer: it moves the clock there."""

    now = 0.0

    def select(self, timeout: float | None = None) -> Any:
        ready = super().select(timeout if timeout is None else 0)
        while not ready and timeout and errands.under_way:
            ready = super().select(0.001)
        if not ready and timeout is not None:
            self.now += max(0.0, timeout)
        return ready


class VirtualLoop(asyncio.SelectorEventLoop):
    """An asyncio loop in which hours pass in milliseconds."""

    def __init__(self) -> None:
        self._clock = VirtualSelector()
        super().__init__(self._clock)

    def time(self) -> float:
        return self._clock.now


def virtual_clock() -> trio.testing.MockClock:
    """Return the same for trio; its clock is final, so what lets it jump is replaced on this one."""
    clock = trio.testing.MockClock(autojump_threshold=0)
    jump = clock._autojump
    clock._autojump = lambda: None if errands.under_way else jump()
    return clock


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "virtual_time: waits take no time; the clock jumps to the next timer")


@pytest.fixture
def anyio_backend(request: pytest.FixtureRequest, anyio_backend: Any) -> Any:
    """Run an async test on both event loops; on a virtual clock where it is marked `virtual_time`."""
    if request.node.get_closest_marker("virtual_time") is None:
        return anyio_backend
    if anyio_backend == "trio":
        return "trio", {"clock": virtual_clock()}
    return "asyncio", {"loop_factory": VirtualLoop}
