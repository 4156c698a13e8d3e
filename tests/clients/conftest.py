"""`jackfield serve` as a program of its own over the stand-in of OpenAI, on each event loop in turn."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

import attrs
import httpx2
import pytest

from jackfield_playground import OpenAIPlayground

CONNECTION = """
[connections.{name}]
provider = "openai_api"
preset = "openai"
base_url = "{address}"
default_model = "gpt-playground"
max_retries = 0
"""
KEY, KEY_TAKEN_BACK = "sk-of-the-tests", "sk-that-was-taken-back"
PROGRAMS = 11
"""How many programs there are. Each has connections of its own: what fails holds up who asks the same one."""


@attrs.define(eq=False)
class Door:
    """A front door that is open, and what is behind it."""

    address: str
    token: str
    remote: OpenAIPlayground

    def outcomes(self) -> list[str]:
        """Return how the requests so far ended, the newest first."""
        headers = {"authorization": f"Bearer {self.token}"}
        told = httpx2.get(f"{self.address}/status", headers=headers, timeout=30).json()
        return [str(request["outcome"]) for request in told["requests"]]


@pytest.fixture(scope="session")
def _remote() -> Iterator[OpenAIPlayground]:
    with OpenAIPlayground().running() as running:
        running.state.change(key=KEY)
        yield running


@pytest.fixture(scope="session", params=["asyncio", "trio"])
def _opened(
    request: pytest.FixtureRequest, _remote: OpenAIPlayground, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[str, str]]:
    folder = tmp_path_factory.mktemp("door")
    config, token = folder / "jackfield.toml", folder / "token"
    names = [f"{name}{number}" for number in range(PROGRAMS) for name in ("work", "locked")]
    written = "".join(CONNECTION.format(name=name, address=_remote.base_url) for name in names)
    config.write_text(written, "utf-8")
    keys = {f"OPENAI_{name.upper()}_TOKEN": KEY if name[0] == "w" else KEY_TAKEN_BACK for name in names}
    jackfield = [sys.executable, "-c", "from jackfield_cli import main; main()", "--config", str(config)]
    serve = ["--backend", request.param, "serve", "--port", "0", "--token-file", str(token)]
    command = [*jackfield, *serve]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env={**os.environ, **keys}) as program:
        try:
            assert program.stdout is not None
            yield program.stdout.readline().strip().partition(": ")[2], token.read_text("utf-8").strip()
        finally:
            program.terminate()
        assert program.wait(30) == 0


@pytest.fixture
def door(_opened: tuple[str, str], _remote: OpenAIPlayground) -> Door:
    """Return the front door, with a stand-in that is well."""
    _remote.state.change(fault="none", retry_after=0.05)
    return Door(*_opened, _remote)


def until(is_so: Callable[[], Any]) -> None:
    """Wait until something has come about in another process."""
    for _ in range(600):
        if is_so():
            return
        time.sleep(0.05)
    pytest.fail("it did not come about within 30 seconds")
