"""Real chat applications that we did not write, each started once, and connections to them."""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import secrets
import socket
import subprocess
import sys
import urllib.request
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from time import monotonic, sleep
from typing import Any, TypeAlias

import anyio
import attrs
import pytest

from jackfield import (
    Connection,
    InvalidRequest,
    ProviderContext,
    ProviderError,
    ProviderManager,
    SubmissionUncertain,
)
from jackfield_web import PageClosed, WebOptions, find_browser, lend_host

APPLICATIONS = Path(__file__).parent / "applications"
LOOPBACK_ONLY = "MAP * ~NOTFOUND , EXCLUDE 127.0.0.1 , EXCLUDE localhost"
START_SECONDS = 180
STEP_SECONDS = 0.05
STEPS = 600
USERNAME, PASSWORD = "ada", secrets.token_hex(8)

BEGINNING = ["# Title ", "KEY", "\n\nHello **wor"]
MIDDLE = (
    "ld** “curly” 'straight' \"double\" 😀 👩‍🚀 中文 かな é, a_b and $x^2$\n\n"
    "```python\nprint('*not bold*')\n\n    indented()\n```\n\n"
    "| a | b |\n| --- | --- |\n| 1 | 2 |\n\n"
    "$$\n\\int_0^1 x\\,dx = \\frac{1}{2}\n$$\n\n"
    "- *one*\n- ~~two~~ [three](http://127.0.0.1/)\n\n1. first\n2. second\n\n> quoted\n\nBefore: "
)
PIECES = [MIDDLE[at : at + 7] for at in range(0, len(MIDDLE), 7)]
LONG = "\n\n".join(f"Paragraph {number} of “many” 😀 with `code` in it." for number in range(2000))
SCRIPTS: Mapping[str, Sequence[str | None]] = {
    "in steps": [*BEGINNING, None, *PIECES[:5], None, *PIECES[5:], None, "BEFORE"],
    "at once": ["".join(BEGINNING[:1]), "KEY", *BEGINNING[2:], MIDDLE, "BEFORE"],
    "What is a": ["A ", "KEY", " A panel", " of sockets."],
    "at length": [LONG[at : at + 5000] for at in range(0, len(LONG), 5000)],
}
"""What the applications say, in the form of `applications/scripted.py`."""

Connect: TypeAlias = Callable[..., AbstractAsyncContextManager[Connection]]


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

    def notes(self) -> list[tuple[str, int, int]]:
        """Return what the application wrote down so far: a word, when, and how many characters were said."""
        with contextlib.suppress(FileNotFoundError):
            lines = (self._orders / f"{self.key}.record").read_text("utf-8").splitlines()
            return [tuple(json.loads(line)) for line in lines]
        return []

    async def ended(self) -> str:
        """Wait until the application ended its answer; return how: `complete` or `left`."""
        for _ in range(STEPS):
            if (notes := self.notes()) and notes[-1][0] in {"complete", "left"}:
                return notes[-1][0]
            await anyio.sleep(STEP_SECONDS)
        pytest.fail(f"the application did not end its answer: {self.notes()[-1:]}")

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
        login: What it lets in; None when it has no login.
        keeps: What a conversation lives in: its `address`, or the `tab` only.
        logged_out: What the next message of a conversation may raise when the login has ended; empty where
            that is seen to in time.
        exact: Settings of `reading` without which what the page shows is not all that was said.
        orders: The folder through which it is told what to do.
    """

    site: str
    url: str
    open_url: str | None = None
    login: ProviderContext | None = None
    keeps: str = "tab"
    logged_out: tuple[type[ProviderError], ...] = ()
    exact: Mapping[str, str] = attrs.field(factory=dict)
    orders: Path

    def ask(self, script: str) -> Asked:
        """Return a new message."""
        return Asked(f"{script} {secrets.token_hex(4)}", self.orders)

    async def log_out(self) -> None:
        """Make the application forget who is logged in."""
        order = self.orders / "log-out"
        order.touch()
        for _ in range(STEPS):
            if not order.exists():
                return
            await anyio.sleep(STEP_SECONDS)
        pytest.fail("the application did not take the order to log out")


@attrs.frozen
class Recipe:
    """How an application is started.

    Attributes:
        command: What Python is given; `{port}` and `{closed}` are free ports, `{here}` is `APPLICATIONS`.
        facts: Fields of `Application`; the same may stand in them.
        environment: Variables, besides the usual ones.
    """

    command: str
    facts: Mapping[str, Any]
    environment: Mapping[str, str] = attrs.field(factory=dict)


COPY = {"settle": "copy"}  # drawn without its formulas' language, a backslash is an escape
LOGIN = ProviderContext("custom_web", "username_password", {"username": USERNAME, "password": PASSWORD})
RECIPES = {
    "gradio": Recipe(
        "{here}/gradio_app.py {port} {closed}",
        {
            "url": "http://127.0.0.1:{closed}",
            "open_url": "http://127.0.0.1:{port}",
            "login": LOGIN,
            "logged_out": (InvalidRequest,),
        },
        {"GRADIO_ANALYTICS_ENABLED": "False", "HF_HUB_OFFLINE": "1"},
    ),
    "chainlit": Recipe(
        "-m chainlit run {here}/chainlit_app.py --headless --host 127.0.0.1 --port {port}",
        {
            "url": "http://127.0.0.1:{port}",
            "login": LOGIN,
            "logged_out": (PageClosed, SubmissionUncertain),
            "exact": COPY,
        },
        {"CHAINLIT_AUTH_SECRET": secrets.token_hex(32)},
    ),
}


@pytest.fixture(scope="session", params=RECIPES)
def application(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Application]:
    """Start an application of somebody else's."""
    orders = tmp_path_factory.mktemp("orders")
    (orders / "scripts.json").write_text(json.dumps(SCRIPTS), "utf-8")
    with started(RECIPES[request.param], orders) as ports:
        facts = {
            name: fact.format(**ports) if isinstance(fact, str) else fact
            for name, fact in RECIPES[request.param].facts.items()
        }
        yield Application(site=request.param, orders=orders, **facts)


@contextlib.contextmanager
def started(recipe: Recipe, orders: Path) -> Iterator[Mapping[str, int]]:
    """Run an application for the length of a block; give the ports that it listens on."""
    ports = {"port": free_port(), "closed": free_port()}
    parts = recipe.command.split()
    command = [sys.executable, *(part.format(here=APPLICATIONS, **ports) for part in parts)]
    environment = {
        **os.environ,
        **recipe.environment,
        "CHAT_ORDERS": str(orders),
        "CHAT_USERNAME": USERNAME,
        "CHAT_PASSWORD": PASSWORD,
    }
    with (orders / "log").open("wb") as log:
        process = subprocess.Popen(command, cwd=orders, env=environment, stdout=log, stderr=log)
        try:
            wait_for(f"http://127.0.0.1:{ports['port']}", process, orders / "log")
            yield ports
        finally:
            process.terminate()
            process.wait(20)


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


@pytest.fixture(scope="module", params=["asyncio", "trio"])
def anyio_backend(request: pytest.FixtureRequest) -> str:
    """Run a module's tests on one event loop, then on the other, so that they can share a browser."""
    backend: str = request.param
    return backend


@pytest.fixture(scope="session")
def options() -> Mapping[str, Any]:
    """Return the options of every connection: a browser that reaches loopback only."""
    return {
        "browser": str(find_browser().path),
        "host_rules": LOOPBACK_ONLY,
        "max_concurrency": 3,
        "max_retries": 0,
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


@pytest.fixture
def connected(application: Application, options: Mapping[str, Any], _browser_of_the_module: None) -> Connect:
    """Return what connects to the application through a manager; options go over the usual ones."""

    @asynccontextmanager
    async def connect(
        login: ProviderContext | None = application.login, **more: Any
    ) -> AsyncIterator[Connection]:
        where = {"site": application.site, "base_url": application.url}
        async with ProviderManager() as manager:
            await manager.add_provider("custom_web", {**where, **options, **more})
            if login is not None:
                await manager.set_provider_context("custom_web", login)
            yield manager.get_provider("custom_web")

    return connect
