"""An OpenAI stand-in for each test, and connections to it that lose no time."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any, TypeAlias

import pytest

from jackfield import Connection, ProviderContext, connect
from jackfield_playground import OpenAIPlayground

Opener: TypeAlias = Callable[..., AbstractAsyncContextManager[Connection]]


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep a developer's own keys and addresses out of the tests."""
    for name in ("OPENAI_API_KEY", "OPENAI_TOKEN", "OPENAI_BASE_URL", "DEEPSEEK_API_KEY", "OLLAMA_API_KEY"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def playground() -> Iterator[OpenAIPlayground]:
    """Return a stand-in that is running."""
    with OpenAIPlayground().running() as running:
        yield running


@pytest.fixture
def opened(playground: OpenAIPlayground) -> Opener:
    """Open a connection to the stand-in, logged in, that hardly waits; keywords are further options."""

    @asynccontextmanager
    async def open_one(
        key: str | None = None, plugins: Sequence[object] = (), **options: Any
    ) -> AsyncIterator[Connection]:
        usual = {
            "preset": "openai",
            "base_url": playground.base_url,
            "default_model": "gpt-playground",
            "base_delay": 0.01,
            "timeout": 20.0,
        }
        context = ProviderContext("openai_api", credentials={"token": key or playground.key})
        async with connect("openai_api", {**usual, **options}, context=context, plugins=plugins) as one:
            yield one

    return open_one
