"""What tests of the manager share."""

from __future__ import annotations

from typing import Any

import pytest

from jackfield import ChatRequest, EventStream, Provider, ProviderManager


class Silent(Provider):
    """A provider that nobody asks anything."""

    def stream(self, request: ChatRequest) -> EventStream:
        raise AssertionError(request)


@pytest.fixture
def silent() -> Provider:
    """Return a provider that nobody asks anything."""
    return Silent()


@pytest.fixture
def many(make_plugin: Any) -> Any:
    """Make a manager of several providers, each with a script of its own."""

    def make(**scripts: Any) -> ProviderManager:
        return ProviderManager(
            plugins=[make_plugin(name=name, script=script) for name, script in scripts.items()]
        )

    return make


@pytest.fixture
def make_script(script: Any) -> Any:
    """Make a script of one attempt's steps."""
    return lambda *steps: type(script)(attempts=[list(steps)])
