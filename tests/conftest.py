"""What every test shares: both event loops, a guard against blocking them, a browser, Hypothesis profiles."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Iterator

import pytest
from blockbuster import BlockBuster
from hypothesis import HealthCheck, settings

LOOPBACK_ONLY = "MAP * ~NOTFOUND , EXCLUDE 127.0.0.1 , EXCLUDE localhost"
FLAGS = ["--headless", "--no-sandbox", "--no-first-run", f"--host-resolver-rules={LOOPBACK_ONLY}"]
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


@pytest.fixture(scope="module")
def devtools(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Run a browser with a DevTools port, as a person would who has us attach; return the port's address."""
    from jackfield_web import find_browser

    profile = tmp_path_factory.mktemp("person")
    port = profile / "DevToolsActivePort"
    usual = [str(find_browser().path), *FLAGS, f"--user-data-dir={profile}"]
    with subprocess.Popen(
        [*usual, "--remote-debugging-port=0", "about:blank"], stderr=subprocess.DEVNULL
    ) as program:
        while not port.exists():
            assert program.poll() is None
            time.sleep(0.05)
        yield f"http://127.0.0.1:{port.read_text().split()[0]}"
        program.terminate()
