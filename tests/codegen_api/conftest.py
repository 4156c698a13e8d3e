"""A Codegen stand-in for each test, and connections to it that lose no time."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any, TypeAlias

import pytest
from blockbuster import BlockBuster

import jackfield_api
import jackfield_codegen_api
from jackfield import Connection, ProviderContext, connect
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
    async def open_one(token: str | None = None, **options: Any) -> AsyncIterator[Connection]:
        where = {"base_url": playground.base_url, "org_id": playground.org_id}
        context = ProviderContext("codegen_api", credentials={"token": token or playground.token})
        async with connect("codegen_api", {**where, **quick, **options}, context=context) as connection:
            yield connection

    return open_one
