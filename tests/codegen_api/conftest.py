"""A Codegen stand-in for each test, and connections to it that lose no time."""

from __future__ import annotations

import asyncio
import json
import selectors
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any, TypeAlias

import anyio
import attrs
import pytest
import trio.testing
from blockbuster import BlockBuster

import jackfield_api
import jackfield_codegen_api
from jackfield import Connection, ProviderContext, connect
from jackfield_api import Reply
from jackfield_playground import CodegenPlayground, CodegenSettings

Opener: TypeAlias = Callable[..., AbstractAsyncContextManager[Connection]]


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep a developer's own CODEGEN_* variables out of the tests."""
    for name in ("BASE_URL", "ORG_ID", "TOKEN", "TIMEOUT", "MAX_RETRIES", "BASE_DELAY", "DEFAULT_MODEL"):
        monkeypatch.delenv(f"CODEGEN_{name}", raising=False)


@pytest.fixture(autouse=True)
def _never_block_the_loop() -> Iterator[None]:
    """Fail an async test in which the provider blocks the loop, imports aside; the core has its own tests."""
    guard = BlockBuster([jackfield_codegen_api, jackfield_api])
    for function in guard.functions.values():
        function.can_block_in("<frozen importlib._bootstrap>", {"_find_and_load", "_find_and_load_unlocked"})
    guard.activate()
    yield
    guard.deactivate()


@pytest.fixture
def playground() -> Iterator[CodegenPlayground]:
    """Return a stand-in whose runs take a step whenever somebody looks."""
    with CodegenPlayground(CodegenSettings(step_on_read=True)).running() as running:
        yield running


@pytest.fixture
def opened(playground: CodegenPlayground) -> Opener:
    """Open a connection to the stand-in that hardly waits: its options over quick ones, logged in."""
    quick = {"base_delay": 0.01, "poll_start": 0.001, "poll_longest": 0.01, "timeout": 20.0}

    @asynccontextmanager
    async def open_one(
        token: str | None = None, plugins: Sequence[object] = (), **options: Any
    ) -> AsyncIterator[Connection]:
        where = {"base_url": playground.base_url, "org_id": playground.org_id}
        context = ProviderContext("codegen_api", credentials={"token": token or playground.token})
        settings = {**where, **quick, **options}
        async with connect("codegen_api", settings, context=context, plugins=plugins) as connection:
            yield connection

    return open_one


@attrs.define(eq=False)
class Remote:
    """What the API answers, without a wire: for tests in which hours pass in no time.

    Attributes:
        answers: Gives the answer to a request, from its method and path, or raises.
        headers: The headers of its answers.
        asked: Every request, as method and path, with its time.
    """

    answers: Callable[[str, str], Any] = lambda method, path: {"id": 1, "status": "RUNNING", "logs": []}
    headers: Mapping[str, str] = attrs.field(factory=dict)
    asked: list[tuple[str, float]] = attrs.field(factory=list)

    async def request_json(self, method: str, path: str, **_: Any) -> Any:
        """Answer as `ApiClient.request_json` does."""
        self.asked.append((f"{method} {path}", anyio.current_time()))
        await anyio.lowlevel.checkpoint()
        return self.answers(method, path)

    async def request(self, method: str, path: str, **settings: Any) -> Reply:
        """Answer as `ApiClient.request` does."""
        body = json.dumps(await self.request_json(method, path, **settings)).encode()
        return Reply(status=200, headers=self.headers, body=body)

    def times(self, what: str) -> list[float]:
        """Return when was asked what ends like *what*."""
        return [time for asked, time in self.asked if asked.endswith(what)]


class VirtualSelector(selectors.DefaultSelector):
    """A selector that does not wait for a timer: it moves the clock there."""

    now = 0.0

    def select(self, timeout: float | None = None) -> Any:
        ready = super().select(timeout if timeout is None else 0)
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


@pytest.fixture
def remote() -> Remote:
    """Return a remote without a wire, whose runs are at work for ever."""
    return Remote()


@pytest.fixture(params=["asyncio", "trio"])
def anyio_backend(request: pytest.FixtureRequest) -> str | tuple[str, dict[str, Any]]:
    """Run an async test on both event loops; on a virtual clock where it asks for `remote`."""
    name: str = request.param
    if "remote" not in request.fixturenames:
        return name
    if name == "trio":
        return name, {"clock": trio.testing.MockClock(autojump_threshold=0)}
    return name, {"loop_factory": VirtualLoop}
