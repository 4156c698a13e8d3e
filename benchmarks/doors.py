"""The doors that are compared, each a program: `jackfield serve` on both event loops, and LiteLLM's proxy."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import attrs
import psutil

from .answers import MODEL
from .cores import CLIENT
from .lab import ON_TRIO, OURS

LITELLM: Final = "litellm"
LITELLM_PROGRAM: Final = "JACKFIELD_LITELLM"
"""The environment variable that says where LiteLLM's proxy is installed: it pins what it needs."""
_KEY: Final = "sk-of-the-bench"
_LITELLM_SETTINGS: Final = {
    "LITELLM_LOCAL_MODEL_COST_MAP": "True",
    "LITELLM_LOG": "ERROR",
    "REPEATED_STREAMING_CHUNK_LIMIT": "1000000",
}
"""Prices from its own file; and it breaks off a stream of a hundred equal pieces, which these are."""
_START_SECONDS: Final = 300
SLOW_SECONDS: Final = 20
"""How long the answer of the model `slow` takes."""
_LEVELS: Final = {
    "talk": "talk/10",
    "burst": "burst/500",
    "paced": "paced/40/50",
    "slow": f"paced/{SLOW_SECONDS * 20}/50",
}
"""Models, each with how the remote answers who asks for it."""


@attrs.frozen
class Door:
    """A door that is open.

    Attributes:
        port: Its port on loopback.
        key: What it wants to see.
        process: Its process, with what it started.
    """

    port: int
    key: str
    process: psutil.Process

    def cpu(self) -> float:
        """Return the seconds of CPU that it has taken."""
        times = [one.cpu_times() for one in self._all()]
        return sum(each.user + each.system for each in times)

    def memory(self) -> float:
        """Return its MiB: what is its own, and its part of what it shares."""
        return sum(float(one.memory_full_info().pss) for one in self._all()) / 2**20

    def lines_to(self, port: int) -> int:
        """Return how many connections it has open to the remote."""
        lines = [line for one in self._all() for line in one.net_connections("tcp")]
        return sum(bool(line.raddr) and line.raddr.port == port for line in lines)

    def _all(self) -> list[psutil.Process]:
        return [self.process, *self.process.children(recursive=True)]


@contextmanager
def opened(contestant: str, root: str) -> Iterator[Door]:
    """Open a door of *contestant* to the remote at *root*, pinned to the core of those who are measured."""
    with tempfile.TemporaryDirectory() as name, _started(contestant, root, Path(name)) as door:
        if sys.platform == "linux":
            cores = sorted(door.process.cpu_affinity() or [])
            door.process.cpu_affinity([cores[CLIENT]])
        yield door


@contextmanager
def _started(contestant: str, root: str, folder: Path) -> Iterator[Door]:
    command, port, token = _PROGRAMS[contestant](root, folder)
    variables = {f"OPENAI_{name.upper()}_TOKEN": _KEY for name in _LEVELS}
    env = {**os.environ, **variables, **_LITELLM_SETTINGS}
    log = folder / "log"
    with log.open("wb") as told, subprocess.Popen(command, env=env, stdout=told, stderr=told) as program:
        try:
            _wait(port, program, log)
            key = token.read_text("utf-8").strip() if token else _KEY
            yield Door(port, key, psutil.Process(program.pid))
        finally:
            program.terminate()
            try:
                program.wait(30)
            except subprocess.TimeoutExpired:
                program.kill()


def _wait(port: int, program: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + _START_SECONDS
    while time.monotonic() < until and program.poll() is None:
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5).close()
        except OSError:
            time.sleep(0.2)
        else:
            return
    raise RuntimeError(f"a door did not open: {log.read_text('utf-8', 'replace')[-2000:]}")


def _jackfield(backend: str) -> Callable[[str, Path], tuple[list[str], int, Path | None]]:
    def program(root: str, folder: Path) -> tuple[list[str], int, Path | None]:
        port, config, token = _free_port(), folder / "jackfield.toml", folder / "token"
        config.write_text(
            "".join(_connection(name, f"{root}/{how}") for name, how in _LEVELS.items()), "utf-8"
        )
        jackfield = [sys.executable, "-c", "from jackfield_cli import main; main()"]
        serve = ["serve", "--port", str(port), "--token-file", str(token)]
        return [*jackfield, "--config", str(config), "--backend", backend, *serve], port, token

    return program


def _connection(name: str, address: str) -> str:
    return (
        f'[connections.{name}]\nprovider = "openai_api"\npreset = "openai"\nbase_url = "{address}"\n'
        f'default_model = "{MODEL}"\nmax_retries = 0\nmax_concurrency = 1000\nmax_queue = 1000\n'
    )


def _litellm(root: str, folder: Path) -> tuple[list[str], int, Path | None]:
    port, config = _free_port(), folder / "litellm.yaml"
    models = "".join(
        f'  - model_name: {name}\n    litellm_params: {{model: "openai/{MODEL}", api_base: "{root}/{how}", '
        f'api_key: "{_KEY}", max_retries: 0}}\n'
        for name, how in _LEVELS.items()
    )
    settings = "litellm_settings: {telemetry: false, num_retries: 0}\n"
    settings += f'general_settings: {{master_key: "{_KEY}"}}\n'
    config.write_text(f"model_list:\n{models}{settings}", "utf-8")
    where = ["--port", str(port), "--host", "127.0.0.1", "--num_workers", "1"]
    return [os.environ[LITELLM_PROGRAM], "--config", str(config), *where], port, None


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        port: int = found.getsockname()[1]
        return port


_PROGRAMS: Final[Mapping[str, Callable[[str, Path], tuple[list[str], int, Path | None]]]] = {
    OURS: _jackfield("asyncio"),
    ON_TRIO: _jackfield("trio"),
    LITELLM: _litellm,
}


def contestants() -> list[str]:
    """Return whose doors can be opened here."""
    return [name for name in _PROGRAMS if name != LITELLM or os.environ.get(LITELLM_PROGRAM)]
