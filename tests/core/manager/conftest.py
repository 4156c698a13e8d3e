"""Managers of several scripted providers."""

from __future__ import annotations

from typing import Any

import attrs
import pytest

from jackfield import ProviderManager, hookimpl


@attrs.frozen(eq=False)
class Registering:
    """A plugin that registers what it holds."""

    specs: list[Any]

    @hookimpl
    def jackfield_register_providers(self) -> list[Any]:
        return self.specs


@pytest.fixture
def many(make_spec: Any) -> Any:
    """Make a manager of several providers, each with a script of its own."""

    def make(**scripts: Any) -> ProviderManager:
        plugins = []
        for name, script in scripts.items():
            plugins.append(Registering([make_spec(name=name, script=script)]))
        return ProviderManager(plugins=plugins)

    return make


@pytest.fixture
def make_script(script: Any) -> Any:
    """Make a script of one attempt's steps."""
    return lambda *steps: type(script)(attempts=[list(steps)])
