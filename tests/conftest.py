"""What every test shares: both event loops, a guard against blocking them, and Hypothesis profiles."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from blockbuster import BlockBuster
from hypothesis import HealthCheck, settings

SHARED = settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
settings.register_profile("default", SHARED, max_examples=50)
settings.register_profile("ci", SHARED, max_examples=100, derandomize=True, database=None)
settings.register_profile("soak", SHARED, max_examples=2000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci" if os.environ.get("CI") else "default"))


@pytest.fixture(params=["asyncio", "trio"])
def anyio_backend(request: pytest.FixtureRequest) -> str:
    """Run an async test on both event loops."""
    backend: str = request.param
    return backend


@pytest.fixture(autouse=True)
def _never_block_the_loop(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fail an async test in which code of ours blocks the loop; loading a plugin is let through."""
    if "anyio_backend" not in request.fixturenames:
        yield
        return
    guard = BlockBuster("jackfield")
    for function in guard.functions.values():
        function.can_block_in("<frozen importlib._bootstrap>", {"_find_and_load"})
        function.can_block_in("jackfield/_plugins.py", {"spec", "add_middleware"})
    guard.activate()
    yield
    guard.deactivate()
