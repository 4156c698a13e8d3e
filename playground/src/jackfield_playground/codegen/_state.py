"""The control room of the Codegen stand-in: what a test may change, order and read while it runs.

Law: the server's thread alone writes runs and counters, and takes no lock. Other threads speak to it by two
things only: the frozen settings, swapped whole, and a queue of faults, which it empties before each request.
What they read are copies.
"""

from __future__ import annotations

import threading
import time
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any, final

import attrs

from ._faults import Fault
from ._limits import Limiter
from ._run import Message, Run, RunRecord, now
from ._scenes import SCENES, outcome_of, scene_of
from ._settings import CodegenSettings, Outcome, Route

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jackfield_playground._books import Arrived

_VANISHING_READS = 1


@attrs.frozen(kw_only=True)
class Received:
    """A request that arrived. Neither its headers nor its query are kept, so no token is."""

    method: str
    path: str
    route: Route | None
    """None: a path the stand-in does not serve, or a page of a run."""
    at: float
    """Seconds on `time.monotonic`'s clock."""
    status: int | None = None
    """The status that was sent; None: not answered (yet), or dropped."""


@final
class CodegenState:
    """Settings, faults, runs and counters of one stand-in; safe from any thread, and nothing blocks."""

    def __init__(self, settings: CodegenSettings) -> None:
        self.settings = settings
        self.limiter = Limiter()
        self.base_url = ""
        self._changing = threading.Lock()
        self._ordered: SimpleQueue[Fault] = SimpleQueue()
        self._waiting: list[Fault] = []
        self._requests: list[Received] = []
        self._asked: list[Arrived] = []
        self._runs: dict[int, Run] = {}

    def change(self, **changes: Any) -> None:  # attrs checks the names
        """Change settings, by their names; the next request and the next step of a run see them.

        Raises:
            TypeError: for a name `CodegenSettings` does not have.
            ValueError: for a value out of its range.
        """
        with self._changing:
            self.settings = attrs.evolve(self.settings, **changes)

    def play(self, fault: str) -> None:
        """Let a fault befall every run from now on, after those that were ordered; `none` ends that.

        Raises:
            ValueError: for what it cannot play.
        """
        if fault not in SCENES:
            raise ValueError(f"{fault!r} cannot be played; there is {', '.join(sorted(SCENES))}")
        self.change(played=fault)

    def order(self, fault: Fault, count: int = 1) -> None:
        """Let a fault befall the next `count` requests of its route."""
        for _ in range(count):
            self._ordered.put(fault)

    def fail_next(
        self,
        count: int = 1,
        *,
        status: int = 503,
        retry_after: str | float | None = None,
        route: str | None = None,
        executed: bool = False,
    ) -> None:
        """Answer the next `count` requests with an HTTP error, by default without carrying them out."""
        self.order(Fault(route=route, status=status, retry_after=retry_after, executed=executed), count)

    def drop_next(self, count: int = 1, *, route: str | None = None, executed: bool = True) -> None:
        """Drop the connection of the next `count` requests, by default after carrying them out."""
        self.order(Fault(route=route, dropped=True, executed=executed), count)

    def delay_next(self, seconds: float, count: int = 1, *, route: str | None = None) -> None:
        """Carry out the next `count` requests, and answer them `seconds` later."""
        self.order(Fault(route=route, delay_seconds=seconds), count)

    def garble_next(self, count: int = 1, *, route: str | None = None) -> None:
        """Cut the JSON of the next `count` answers in half; what they answer was carried out."""
        self.order(Fault(route=route, garbled=True), count)

    @property
    def requests(self) -> tuple[Received, ...]:
        """Every request so far, in order of arrival."""
        return tuple(self._requests)

    @property
    def asked(self) -> tuple[Arrived, ...]:
        """Every request for an answer so far, as its bytes arrived."""
        return tuple(self._asked)

    @property
    def runs(self) -> tuple[RunRecord, ...]:
        """Every run so far, oldest first: vanished and never-answered ones too."""
        return tuple(run.record() for run in tuple(self._runs.values()))

    @property
    def runs_created(self) -> int:
        """How many runs were created, answered or not: a request that was sent twice counts twice."""
        return len(self._runs)

    def arrived(self, method: str, path: str, route: Route | None) -> int:
        """Note a request; return its index for `answered`. For the server's thread."""
        self._requests.append(Received(method=method, path=path, route=route, at=time.monotonic()))
        return len(self._requests) - 1

    def note_asking(self, request: Arrived) -> None:
        """Note a request for an answer. For the server's thread."""
        self._asked.append(request)

    def answered(self, index: int, status: int) -> None:
        """Note the status a request was answered with. For the server's thread."""
        self._requests[index] = attrs.evolve(self._requests[index], status=status)

    def fault_for(self, route: Route | None) -> Fault | None:
        """Take the oldest fault that waits for a request of this route, or what is played. For the server."""
        while True:
            try:
                self._waiting.append(self._ordered.get_nowait())
            except Empty:
                break
        fault = next((fault for fault in self._waiting if route and fault.route in {None, route}), None)
        if fault is None:
            return scene_of(self.settings).fault_at(route)
        self._waiting.remove(fault)
        return fault

    def new_run(self, prompt: str, images: Sequence[str], **fields: Any) -> Run:  # Run's own
        """Create a run with its first message, and the crowd that comes with it. For the server's thread."""
        run = self._added(unseen_reads=self.settings.create_lag_reads, **fields)
        if outcome_of(prompt, self.settings) is Outcome.VANISHES:
            run.visible_reads = _VANISHING_READS
        run.receive(Message(prompt, tuple(images)))
        for _ in range(self.settings.crowd):
            self._added(status="RUNNING")
        return run

    def _added(self, **fields: Any) -> Run:  # Run's own
        number = len(self._runs) + 1
        run = Run(
            id=number,
            web_url=f"{self.base_url}/agent/trace/{number}",
            created_at=now(self.settings.clock_offset_seconds),
            **fields,
        )
        self._runs[number] = run
        return run

    def run(self, number: int) -> Run | None:
        """Return a run by its id, seen or unseen. For the server's thread."""
        return self._runs.get(number)

    def unfinished_runs(self) -> list[Run]:
        """Return the runs that somebody has to work on. For the server's thread."""
        return [run for run in self._runs.values() if run.at_hand is not None or run.inbox]

    def newest_runs(self) -> list[Run]:
        """Return the runs that this read sees, newest first. For the server's thread."""
        return [run for run in reversed(self._runs.values()) if run.found()]
