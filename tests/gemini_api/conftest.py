"""Gemini's stand-in for each test, and connections to it that lose no time."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any, TypeAlias

import pytest

from jackfield import Connection, ProviderContext, connect
from jackfield_playground import GeminiPlayground

Opener: TypeAlias = Callable[..., AbstractAsyncContextManager[Connection]]
OUTSIDE = ("GEMINI_BASE_URL", "GEMINI_TOKEN", "GEMINI_DEFAULT_MODEL", "GEMINI_API_KEY", "GOOGLE_API_KEY")


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep a developer's own variables out of the tests."""
    for name in OUTSIDE:
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(scope="module")
def server() -> Iterator[GeminiPlayground]:
    """One stand-in for a module: a test looks at what arrived since it began."""
    with GeminiPlayground().running() as running:
        yield running


@pytest.fixture
def room(server: GeminiPlayground) -> Iterator[GeminiPlayground]:
    """The stand-in, as nobody has used it."""
    settings = server.state.settings
    server.state.forget()
    yield server
    server.state.settings = settings


@pytest.fixture
def opened(room: GeminiPlayground) -> Opener:
    """Open a connection to the stand-in that hardly waits."""

    @asynccontextmanager
    async def open_one(token: str | None = None, **options: Any) -> AsyncIterator[Connection]:
        usual = {"base_url": room.base_url, "default_model": room.model, "base_delay": 0.001, "timeout": 20.0}
        context = ProviderContext("gemini_api", credentials={"token": token or room.key})
        async with connect("gemini_api", {**usual, **options}, context=context) as connection:
            yield connection

    return open_one
