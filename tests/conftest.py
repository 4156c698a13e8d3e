"""What every test shares: one seed for all chance, both event loops, a guard against blocking them.

Law: two runs with the same `JACKFIELD_SEED` draw the same. Seed 0, the default, keeps the tests in the order
in which they are written; any other shuffles files and the tests in them, so that none leans on another.
"""

from __future__ import annotations

import gc
import os
import random
import shutil
import ssl
import subprocess
import threading
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import AbstractContextManager, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import groupby
from pathlib import Path
from typing import Any

import anyio
import anyio.from_thread
import pytest
import trio
from blockbuster import BlockBuster
from hypothesis import HealthCheck, settings

LOOPBACK_ONLY = "MAP * ~NOTFOUND , EXCLUDE 127.0.0.1 , EXCLUDE localhost"
FLAGS = ["--headless", "--no-sandbox", "--no-first-run", f"--host-resolver-rules={LOOPBACK_ONLY}"]
DRIVES = {"application", "browser", "devtools", "grid"}
"""Fixtures of which each brings a browser."""

FIRST_DISPLAY = 121

SEED = int(os.environ.get("JACKFIELD_SEED", "0"))
# Without a database of failures no run depends on the one before it.
SHARED = settings(
    deadline=None,
    database=None,
    derandomize=SEED == 0,
    print_blob=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
settings.register_profile("default", SHARED, max_examples=50)
settings.register_profile("soak", SHARED, max_examples=1000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Give Hypothesis the seed, before its own plugin reads the option."""
    if SEED and config.getoption("hypothesis_seed") is None:
        config.option.hypothesis_seed = str(SEED)


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Have the collector of garbage look at nothing that was imported for the tests, which stays to the end.

    Else each `gc.collect()` in a test takes half a second for what other tests have imported.
    """
    gc.disable()
    try:
        return (yield)
    finally:
        gc.collect()
        gc.freeze()
        gc.enable()


def pytest_report_header() -> str:
    """Tell the seed, with which a run can be repeated."""
    return f"JACKFIELD_SEED={SEED}"


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what drives a browser by what it asks for; shuffle, when there is a seed, by the seed."""
    for item in items:
        if DRIVES.intersection(getattr(item, "fixturenames", ())):
            item.add_marker("browser")
    if SEED:
        dice = random.Random(SEED)
        files = [list(tests) for _, tests in groupby(items, key=lambda item: item.path)]
        dice.shuffle(files)
        items[:] = [item for tests in files for item in dice.sample(tests, len(tests))]


@contextmanager
def _serving(handler: type[BaseHTTPRequestHandler], trust: ssl.SSLContext | None = None) -> Iterator[str]:
    class Silent(handler):  # type: ignore[misc, valid-type]
        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Stay silent."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Silent) as server:
        if trust is not None:
            server.socket = trust.wrap_socket(server.socket, server_side=True)
        # A browser that ends breaks off what it asked for.
        server.handle_error = lambda *_: None  # type: ignore[method-assign]
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield f"{'https' if trust else 'http'}://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture(scope="session")
def serving() -> Callable[..., AbstractContextManager[str]]:
    """Return what serves on loopback for the length of a block, and gives the address.

    It takes the class that answers the requests, and for an encrypted server its `ssl.SSLContext`.
    """
    return _serving


@pytest.fixture(autouse=True)
def _same_dice() -> None:
    """Seed what is drawn in a test: our own waits, and which of several tasks that are ready trio runs first.

    trio draws from a generator of its own, and in a fixed order of tasks since Hypothesis is loaded; neither
    has a public name. `test_same_dice.py` shows that both are still what they were.
    """
    random.seed(SEED)
    trio._core._run._r.seed(SEED)


@pytest.fixture(params=["asyncio", "trio"])
def anyio_backend(request: pytest.FixtureRequest) -> str | tuple[str, dict[str, Any]]:
    """Run an async test on both event loops; `nox -s loops` has uvloop for asyncio's."""
    backend: str = request.param
    uvloop = backend == "asyncio" and os.environ.get("JACKFIELD_UVLOOP")
    return (backend, {"use_uvloop": True}) if uvloop else backend


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
        try:
            # The file is there before anything is written into it.
            while not port.exists() or not port.read_text().strip():
                assert program.poll() is None
                time.sleep(0.05)
            yield f"http://127.0.0.1:{port.read_text().split()[0]}"
        finally:
            program.terminate()


@pytest.fixture(scope="session")
def display() -> Iterator[str | None]:
    """Run an X server of our own and return its display; None where there is no Xvfb."""
    program = shutil.which("Xvfb")
    if program is None:
        yield None
        return
    for number in range(FIRST_DISPLAY, FIRST_DISPLAY + 50):
        if Path(f"/tmp/.X{number}-lock").exists():
            continue
        command = [program, f":{number}", "-displayfd", "1", "-screen", "0", "1920x1080x24"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as server:
            assert server.stdout is not None
            if server.stdout.readline():
                yield f":{number}"
                server.terminate()
                return
    pytest.fail("no display is free")


@pytest.fixture(scope="session")
def open_door() -> Callable[..., AbstractContextManager[str]]:
    """Return what opens a front door in a thread of its own, and gives its address.

    It takes what adds connections to a manager, the token, and settings.
    """
    from jackfield import ProviderManager
    from jackfield_gateway import Gateway, GatewaySettings, Token, serve

    async def live(  # noqa: ASYNC128  the server calls it
        add: Any, stop: anyio.Event, token: str, settings: Any, *, task_status: Any
    ) -> None:
        async with ProviderManager() as manager:
            await add(manager)
            app = Gateway(manager, Token(token), settings=GatewaySettings(**settings))
            await serve(app, stop=stop.wait, ready=task_status.started, grace=2)

    @contextmanager
    def opened(add: Any, token: str, **settings: Any) -> Iterator[str]:
        with anyio.from_thread.start_blocking_portal() as portal:
            stop = portal.call(anyio.Event)
            running, address = portal.start_task(live, add, stop, token, settings)
            yield address
            portal.call(stop.set)
            running.result(30)

    return opened
