"""The doors that are compared: each a process of its own, in front of the benchmark's remote."""

from __future__ import annotations

import json
import os
import secrets
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

import anyio
import attrs
import psutil

from .answers import MODEL
from .clients import BODY
from .lab import ON_TRIO, OURS
from .vendor_clients import PRICES_FROM_FILE

LITELLM: Final = "litellm"
DOORS: Final = (OURS, ON_TRIO, LITELLM)
_COMMAND_OF_LITELLM: Final = os.environ.get("LITELLM")
_STARTING_SECONDS: Final = 300.0
_COMMAND: Final[tuple[str, ...]] = (sys.executable, "-c", "from jackfield_cli import main; main()")


@attrs.frozen
class Door:
    """A door that is open.

    Attributes:
        name: Whose it is.
        address: Where it is.
        token: What lets one in.
    """

    name: str
    address: str
    token: str
    _process: psutil.Process

    def cpu(self) -> float:
        """Return the seconds of CPU that it has used, with those that it started."""
        return sum(sum(one.cpu_times()[:2]) for one in self._processes())

    def memory(self) -> float:
        """Return its memory in MiB."""
        return sum(one.memory_info().rss for one in self._processes()) / 2**20

    def files(self) -> float:
        """Return how many files it has open."""
        return float(sum(one.num_fds() for one in self._processes()))

    def _processes(self) -> Sequence[psutil.Process]:
        return [self._process, *self._process.children(recursive=True)]

    async def hang_up(self, text: bytes) -> float:
        """Ask for a stream, hang up when *text* is there, and return when that was, in ns of the machine."""
        host, port = self.address.removeprefix("http://").split(":")
        body = json.dumps({**BODY, "stream": True}).encode()
        lines = [
            "POST /v1/chat/completions HTTP/1.1",
            f"host: {host}:{port}",
            f"authorization: Bearer {self.token}",
            "content-type: application/json",
            f"content-length: {len(body)}",
        ]
        async with await anyio.connect_tcp(host, int(port)) as stream:
            await stream.send("\r\n".join([*lines, "", ""]).encode() + body)
            found = b""
            while text not in found:
                found += await stream.receive()
            return float(time.monotonic_ns())


def is_there(name: str) -> bool:
    """Whether a door can be opened here."""
    return name != LITELLM or _COMMAND_OF_LITELLM is not None


@contextmanager
def opened(name: str, root: str, how: str) -> Iterator[Door]:
    """Open a door to the remote, which is to answer in the way *how*, for the length of a block."""
    token = f"sk-{secrets.token_hex(16)}"
    with tempfile.TemporaryDirectory() as folder:
        command, environment = _launch(name, Path(folder), f"{root}/{how}", token)
        with subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=environment, cwd=folder
        ) as run:
            try:
                assert run.stdout
                address = _waited_for(command[-1]) if name == LITELLM else run.stdout.readline().split()[-1]
                yield Door(name, address, token, psutil.Process(run.pid))
            finally:
                run.terminate()


def _launch(name: str, folder: Path, remote: str, token: str) -> tuple[list[str], dict[str, str]]:
    """Return a door's command and environment; of LiteLLM's, the last word is its port."""
    if name == LITELLM:
        told = {"model": f"openai/{MODEL}", "api_base": remote, "api_key": "none"}
        config = {
            "model_list": [{"model_name": MODEL, "litellm_params": told}],
            "general_settings": {"master_key": token},
            "litellm_settings": {"num_retries": 0, "telemetry": False},
        }
        (folder / "config.yaml").write_text(json.dumps(config), "utf-8")  # YAML has JSON in it
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = str(taken.getsockname()[1])
        command = [str(_COMMAND_OF_LITELLM), "--config", "config.yaml"]
        # The remote says the same word again and again, which the proxy would take for a fault.
        environment = {PRICES_FROM_FILE: "True", "REPEATED_STREAMING_CHUNK_LIMIT": str(sys.maxsize)}
        return [*command, "--host", "127.0.0.1", "--port", port], {**os.environ, **environment}
    connection = {"provider": "openai_api", "preset": "openai", "base_url": remote, "default_model": MODEL}
    lines = [f"{name} = {json.dumps(value)}" for name, value in connection.items()]
    lines.append("max_concurrency = 1000")
    (folder / "jackfield.toml").write_text("\n".join(["[connections.work]", *lines]), "utf-8")
    file = folder / "token"
    file.touch(0o600)
    file.write_text(token, "utf-8")
    backend = "trio" if name == ON_TRIO else "asyncio"
    options = ["--config", "jackfield.toml", "--backend", backend, "serve", "--port", "0"]
    command = [*_COMMAND, *options, "--token-file", "token", "--alias", f"{MODEL}=work:{MODEL}"]
    return command, {**os.environ, "OPENAI_WORK_TOKEN": "sk-of-the-benchmark-0123456789"}


def _waited_for(port: str) -> str:
    """Return the address of a door that does not say when it is open, as soon as it answers."""
    address = f"http://127.0.0.1:{port}"
    until = time.monotonic() + _STARTING_SECONDS
    while time.monotonic() < until:
        with suppress(OSError):
            urllib.request.urlopen(f"{address}/health/liveliness", timeout=10).close()
            return address
        time.sleep(0.2)
    raise RuntimeError("LiteLLM's proxy did not open")
