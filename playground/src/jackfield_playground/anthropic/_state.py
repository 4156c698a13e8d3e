"""The control room of the stand-in: what a test may order and read while it runs.

Law: the server's thread alone writes; others swap the frozen settings whole and put faults into a queue.
"""

from __future__ import annotations

import threading
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any, final

import attrs

from ._settings import AnthropicSettings, Fault

if TYPE_CHECKING:
    from collections.abc import Mapping


@attrs.define(eq=False)
class Posted:
    """A request for an answer, as it arrived. The key is not kept."""

    headers: Mapping[str, str] = attrs.field(repr=False)
    body: Any = attrs.field(repr=False)
    key_in: str = ""
    """The header that the key came in."""
    status: int | None = None
    """The status that was sent; None: none yet, or never."""
    left: bool = False
    """Whether the caller left before the end."""
    over: threading.Event = attrs.field(factory=threading.Event, repr=False)
    """Set when nothing more comes of it."""


@final
class AnthropicState:
    """Settings, faults and what arrived; safe from any thread, and nothing blocks."""

    def __init__(self, settings: AnthropicSettings) -> None:
        self.settings = settings
        self.base_url = ""
        self._changing = threading.Lock()
        self._ordered: SimpleQueue[Fault] = SimpleQueue()
        self._posted: list[Posted] = []
        self._cached: set[str] = set()
        self._flaky = False

    def change(self, **changes: Any) -> None:  # attrs checks the names
        """Change settings, by their names; the next request sees them."""
        with self._changing:
            self.settings = attrs.evolve(self.settings, **changes)

    def play(self, fault: Fault | str) -> None:
        """Let a fault befall every request for an answer, from now on; `none` ends that.

        Raises:
            ValueError: for a name that is no fault's.
        """
        self.change(fault=fault)

    def play_next(self, *faults: Fault | str) -> None:
        """Let faults befall the next requests for an answer, one after another, before any other."""
        for fault in faults:
            self._ordered.put(Fault(fault))

    def forget(self) -> None:
        """Forget what arrived, what is cached and which faults wait: as if nobody had used it."""
        while not self._ordered.empty():
            self._ordered.get_nowait()
        self._posted, self._cached, self._flaky = [], set(), False
        self.play(Fault.NONE)

    @property
    def posted(self) -> tuple[Posted, ...]:
        """Every request for an answer so far: one that was sent twice is there twice."""
        return tuple(self._posted)

    def arrived(self, headers: Mapping[str, str], body: Any) -> Posted:
        """Note a request. For the server's thread."""
        kept = {name: value for name, value in headers.items() if name not in {"authorization", "x-api-key"}}
        key_in = "x-api-key" if "x-api-key" in headers else "authorization"
        self._posted.append(Posted(kept, body, key_in))
        return self._posted[-1]

    def next_fault(self) -> Fault:
        """Return what befalls the request that has just arrived. For the server's thread."""
        try:
            fault = self._ordered.get_nowait()
        except Empty:
            fault = self.settings.fault
        if fault is not Fault.FLAKY:
            return fault
        self._flaky = not self._flaky
        return Fault.SERVER_ERROR if self._flaky else Fault.NONE

    def is_cached(self, prompt: str) -> bool:
        """Whether a prompt was there before; from now on it is. For the server's thread."""
        known = prompt in self._cached
        self._cached.add(prompt)
        return known
