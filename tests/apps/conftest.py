"""Real chat applications that we did not write, each started once, and connections to them."""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import runpy
import secrets
import socket
import subprocess
import sys
import tomllib
import urllib.request
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from importlib.util import find_spec
from pathlib import Path
from time import monotonic, sleep
from typing import Any, TypeAlias

import anyio
import attrs
import pytest

from jackfield import Connection, ProviderContext, ProviderManager
from jackfield_web import WebOptions, find_browser
from jackfield_web.browser import lend_host

APPLICATIONS = Path(__file__).parent / "applications"
LOOPBACK_ONLY = "MAP * ~NOTFOUND , EXCLUDE 127.0.0.1 , EXCLUDE localhost"
START_SECONDS = 180
STEP_SECONDS = 0.05
STEPS = 600
USERNAME, PASSWORD = "ada@example.org", secrets.token_hex(8)

SCRIPTS = runpy.run_path(str(APPLICATIONS / "scripts.py"))["SCRIPTS"]

Connect: TypeAlias = Callable[..., AbstractAsyncContextManager[Connection]]


async def until(happened: Callable[[], bool]) -> None:
    """Wait for what an application does."""
    for _ in range(STEPS):
        if happened():
            return
        await anyio.sleep(STEP_SECONDS)
    pytest.fail("the application did not do what was waited for")


@attrs.frozen
class Asked:
    """A message to an application, and what it wrote down of its answer.

    Attributes:
        text: The message.
    """

    text: str
    _orders: Path

    @property
    def key(self) -> str:
        """The message's last word, which no other message has."""
        return self.text.rpartition(" ")[2]

    @property
    def gates(self) -> int:
        """How often the application waits for the test."""
        return self._script.count(None)

    def answer(self, before: int = 0) -> str:
        """Return the whole answer, when *before* questions stand before this one."""
        return "".join(self._pieces(before))

    def until_gate(self, gate: int) -> str:
        """Return what is said until the gate with that number, from 1."""
        gates = itertools.count(1)
        before = itertools.takewhile(lambda piece: piece is not None or next(gates) < gate, self._script)
        return "".join(self._meant(piece, 0) for piece in before if piece is not None)

    def open(self, gate: int) -> None:
        """Let the answer go on at a gate."""
        (self._orders / f"{self.key}.gate-{gate}").touch()

    def open_all(self) -> None:
        """Let the answer go on to its end."""
        for gate in range(1, self.gates + 1):
            self.open(gate)

    def notes(self) -> list[tuple[str, int, int, str]]:
        """Return what the application wrote down: a word, when, how much was said by then, and what."""
        record = self._orders / f"{self.key}.record"
        lines = record.read_text("utf-8").splitlines() if record.exists() else []
        return [tuple(json.loads(line)) for line in lines]

    async def ended(self) -> str:
        """Wait until the application ended its answer; return how: `complete` or `left`."""
        await until(lambda: [word for word, *_ in self.notes()][-1:] in (["complete"], ["left"]))
        return self.notes()[-1][0]

    @property
    def _script(self) -> Sequence[str | None]:
        return SCRIPTS[self.text.rpartition(" ")[0]]

    def _pieces(self, before: int) -> Iterator[str]:
        return (self._meant(piece, before) for piece in self._script if piece is not None)

    def _meant(self, piece: str, before: int) -> str:
        return {"KEY": self.key, "BEFORE": str(before)}.get(piece, piece)


@attrs.frozen(kw_only=True)
class Application:
    """An application that runs.

    Attributes:
        site: The name of its Site.
        url: Its address, behind a login where it has one.
        open_url: Its address without a login; None where it has none.
        keeps: What a conversation lives in: its `address`, or the `tab` only.
        login_kept_by: Who must forget a login to end it: the `server`, or the `browser` if that keeps none.
        logged_out: Errors, one of which a conversation's next message raises when the login has ended.
        read_by: How answers are read.
        lacks: Scenarios that it cannot have, and why not.
        orders: The folder through which it is told what to do.
    """

    site: str
    url: str
    open_url: str | None = None
    keeps: str = "tab"
    login_kept_by: str = "server"
    logged_out: Sequence[str] = ()
    read_by: str = "wire"
    lacks: Mapping[str, str] = attrs.field(factory=dict)
    orders: Path

    @property
    def login(self) -> ProviderContext | None:
        """What it lets in; None when it has no login."""
        known = {"username": USERNAME, "password": PASSWORD}
        return None if "login" in self.lacks else ProviderContext("custom_web", "username_password", known)

    def require(self, scenario: str) -> None:
        """Skip the test of a scenario that it cannot have."""
        if scenario in self.lacks:
            pytest.skip(f"{self.site}: {self.lacks[scenario]}")

    def ask(self, script: str) -> Asked:
        """Return a new message."""
        return Asked(f"{script} {secrets.token_hex(4)}", self.orders)

    async def log_out(self) -> None:
        """Make the application forget who is logged in."""
        order = self.orders / "log-out"
        order.touch()
        await until(lambda: not order.exists())


RECIPES = tomllib.loads((APPLICATIONS / "recipes.toml").read_text("utf-8"))
PARAMETERS = [
    pytest.param(name, marks=[pytest.mark.slow] if recipe.get("apart") else [])
    for name, recipe in RECIPES.items()
]


@pytest.fixture(scope="session", params=PARAMETERS)
def application(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Application]:
    """Start an application of somebody else's."""
    name, recipe = request.param, RECIPES[request.param]
    program = os.environ.get(recipe["program"]) if "program" in recipe else find_spec(name)
    if not program:
        pytest.skip(f"{name} is not installed; `nox -s chat-apps` or `nox -s thirdparty` does that")
    orders = tmp_path_factory.mktemp(name)
    names = {port: str(free_port()) for port in ("port", "closed", "model", "door")}
    names.update(python=sys.executable, program=str(program), secret=secrets.token_hex(32))
    names.update(here=str(APPLICATIONS), orders=str(orders))
    with started(recipe, orders, names):
        if "sign_up" in recipe:
            sign_up(f"http://127.0.0.1:{names['port']}{recipe['sign_up']}")
        facts = {"url": "http://127.0.0.1:{port}", **recipe["facts"]}
        for fact in facts.keys() & {"url", "open_url"}:
            facts[fact] = facts[fact].format(**names)
        yield Application(site=recipe.get("site", name), orders=orders, **facts)


@pytest.fixture(scope="module")
def nicegui(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Start NiceGUI's example of a chat; return its address."""
    orders, port = tmp_path_factory.mktemp("nicegui"), str(free_port())
    recipe = {"commands": ["{python} {here}/nicegui_app.py {port}"]}
    with started(recipe, orders, {"python": sys.executable, "here": str(APPLICATIONS), "port": port}):
        yield f"http://127.0.0.1:{port}"


@contextlib.contextmanager
def started(recipe: Mapping[str, Any], orders: Path, names: Mapping[str, str]) -> Iterator[None]:
    """Run an application's programs for the length of a block."""
    environment = {
        **os.environ,
        **{variable: value.format(**names) for variable, value in recipe.get("environment", {}).items()},
        "CHAT_ORDERS": str(orders),
        "CHAT_USERNAME": USERNAME,
        "CHAT_PASSWORD": PASSWORD,
    }
    with (orders / "log").open("wb") as log, contextlib.ExitStack() as programs:
        for command in recipe["commands"]:
            words = [word.format(**names) for word in command.split()]
            process = subprocess.Popen(words, cwd=orders, env=environment, stdout=log, stderr=log)
            programs.callback(process.wait, 20)
            programs.callback(process.terminate)
        wait_for(f"http://127.0.0.1:{names['port']}", process, orders / "log")
        yield


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
    return port


def wait_for(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    """Wait until an application answers."""
    until = monotonic() + START_SECONDS
    while monotonic() < until and process.poll() is None:
        with contextlib.suppress(OSError):
            urllib.request.urlopen(url, timeout=5).close()
            return
        sleep(STEP_SECONDS)
    pytest.fail(f"{url} did not start:\n{log.read_text(errors='replace')[-2000:]}")


def sign_up(url: str) -> None:
    """Make the account."""
    account = json.dumps({"name": "Ada", "email": USERNAME, "password": PASSWORD}).encode()
    request = urllib.request.Request(url, account, {"Content-Type": "application/json"})
    urllib.request.urlopen(request, timeout=60).close()


@pytest.fixture(scope="module", params=["asyncio", "trio"])
def anyio_backend(request: pytest.FixtureRequest) -> str:
    """Run a module's tests on one event loop, then on the other, so that they can share a browser."""
    backend: str = request.param
    return backend


@pytest.fixture(scope="session")
def options() -> Mapping[str, Any]:
    """Return the options of every connection: a browser that reaches loopback only, and a hasty account."""
    return {
        "browser": str(find_browser().path),
        "host_rules": LOOPBACK_ONLY,
        "max_concurrency": 3,
        "max_retries": 0,
        "max_tabs": 3,
        "min_interval": 0,
    }


@pytest.fixture(scope="module", autouse=True)
def _state(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep logins in a folder of the module's own, so that one login serves many tests."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_STATE_HOME", str(tmp_path_factory.mktemp("state")))
        yield


@pytest.fixture(scope="module")
async def _browser_of_the_module(anyio_backend: str, options: Mapping[str, Any]) -> AsyncIterator[None]:
    settings = WebOptions(browser=options["browser"], host_rules=options["host_rules"])
    async with lend_host(settings.browser_settings()):
        yield


@pytest.fixture(scope="module")
def connected(application: Application, options: Mapping[str, Any], _browser_of_the_module: None) -> Connect:
    """Return what connects to the application through a manager; options go over the usual ones."""

    @asynccontextmanager
    async def connect(
        login: ProviderContext | None = application.login, **more: Any
    ) -> AsyncIterator[Connection]:
        where = {"site": application.site, "base_url": application.url, "session": "own"}
        async with ProviderManager() as manager:
            await manager.add_provider("custom_web", {**where, **options, **more})
            if login is not None:
                await manager.set_provider_context("custom_web", login)
            yield manager.get_provider("custom_web")

    return connect


@pytest.fixture(scope="module")
async def connection(connected: Connect) -> AsyncIterator[Connection]:
    """Return a connection of the module's: it logs in once, and its pages come out of the browser's cache."""
    async with connected(session="shared") as connection:
        yield connection
