"""Managers of several scripted providers."""

from __future__ import annotations

from typing import Any

import pytest

from jackfield import ProviderManager


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
