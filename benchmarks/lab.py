"""The place where it is measured: the server's process, the workers' processes, and what they told."""

from __future__ import annotations

import json
import subprocess
import sys
import time
import urllib.request
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

import attrs
import psutil

from .worker import Job, Result

OURS: Final = "jackfield"
ON_TRIO: Final = "jackfield on trio"
CONTESTANTS: Final[Mapping[str, tuple[str, str]]] = {
    OURS: (OURS, "asyncio"),
    ON_TRIO: (OURS, "trio"),
    "httpx2": ("httpx2", "asyncio"),
    "httpx": ("httpx", "asyncio"),
    "openai": ("openai", "asyncio"),
}
"""Who takes part: a client on an event loop."""

VENDORS: Final = ("openai_api", "anthropic_api", "httpx2", "openai", "anthropic", "litellm", "pydantic-ai")
"""Who takes part beside the vendors' clients: Jackfield's providers first; all on asyncio."""

Values = dict[str, list[float]]
"""Contestants to what was measured of them, one value a round."""


class WrongCount(Exception):
    """Not everything that was asked was answered, so what was measured means nothing."""


@attrs.define(eq=False)
class Lab:
    """Runs workers and keeps what they tell.

    Attributes:
        quick: Whether it is only tried, at the smallest sizes, that everything can be measured.
        rounds: How often each figure is measured of each contestant.
        readings: Figures to contestants to values.
        notes: What could not be measured, and why.
        load: How many processes wanted to run on the machine before it began.
        asked: Requests that all workers sent.
        answered: Requests of theirs that were answered to the end.
        pieces: Pieces of text that arrived on streams.
    """

    quick: bool
    rounds: int
    readings: dict[str, Values] = attrs.field(
        factory=lambda: defaultdict(lambda: defaultdict(list)), init=False
    )
    notes: list[str] = attrs.field(factory=list, init=False)
    load: float = attrs.field(factory=lambda: psutil.getloadavg()[0], init=False)
    asked: int = attrs.field(default=0, init=False)
    answered: int = attrs.field(default=0, init=False)
    pieces: int = attrs.field(default=0, init=False)
    _root: str = attrs.field(default="", init=False)

    @property
    def root(self) -> str:
        """The server's address, while it runs."""
        return self._root

    def size(self, full: int, quick: int) -> int:
        """Return the size of a workload."""
        return quick if self.quick else full

    def note(self, figure: str, contestant: str, value: float) -> None:
        """Keep one value."""
        self.readings[figure][contestant].append(value)

    @contextmanager
    def remote(self) -> Iterator[None]:
        """Run the server for the length of a block."""
        command = [sys.executable, "-m", "benchmarks.server"]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
            assert server.stdin
            assert server.stdout
            self._root = f"http://127.0.0.1:{int(server.stdout.readline())}"
            try:
                yield
            finally:
                server.stdin.close()

    def served(self) -> int:
        """Return how many answers the server has given to the end."""
        return int(self._server_says("served"))

    def begun(self) -> int:
        """Return how many answers that come in time it has begun."""
        return int(self._server_says("begun"))

    def left(self) -> list[float]:
        """Return when each answer was left that had not come to its end, in the order in which they were."""
        times: list[float] = self._server_says("left")
        return times

    def _server_says(self, what: str) -> Any:
        with urllib.request.urlopen(f"{self._root}/served") as reply:
            return json.load(reply)[what]

    def run(self, contestant: str, workload: str, how: str, concurrency: int, each: int) -> Result:
        """Let a fresh process do one workload.

        Args:
            contestant: One of `CONTESTANTS` or `VENDORS`.
            workload: One of the worker's workloads.
            how: How the server is to answer.
            concurrency: Requests at once.
            each: Requests of each of them.

        Returns:
            What the worker told, and as `lines` the connections that it needed.

        Raises:
            WrongCount: An answer was lost, or more was asked than should have been.
        """
        client, backend = CONTESTANTS.get(contestant, (contestant, "asyncio"))
        before, lines = self.served(), self._server_says("lines")
        job = Job(client, workload, f"{self._root}/{how}", concurrency, each, backend, time.monotonic())
        told: Result = json.loads(said("-m", "benchmarks.worker", json.dumps(job)))
        served = self.served() - before
        if not told["asked"] == told["answered"] == served:
            raise WrongCount(
                f"{contestant}, {workload} {how}: asked {told['asked']}, "
                f"answered {told['answered']}, and the server says {served}"
            )
        self.asked += int(told["asked"])
        self.answered += int(told["answered"])
        self.pieces += int(told.get("pieces", 0))
        return {**told, "lines": self._server_says("lines") - lines}


def said(*arguments: Any) -> str:
    """Run Python with those arguments and return what it printed."""
    command = [sys.executable, *map(str, arguments)]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    if run.returncode:
        raise RuntimeError(f"{' '.join(command)} failed with {run.stderr.strip().rpartition(chr(10))[2]}")
    return run.stdout
