"""The control room of an API's stand-in: what a test may order and read while it runs.

Law: the server's thread alone writes; others swap the frozen settings whole and put faults into a queue.
"""

from __future__ import annotations

import threading
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

import attrs

if TYPE_CHECKING:
    from collections.abc import Mapping
    from enum import StrEnum


class _Settings(Protocol):
    @property
    def fault(self) -> Any: ...


S = TypeVar("S", bound=_Settings)


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


class Books(Generic[S]):
    """Settings, faults and what arrived; safe from any thread, and nothing blocks.

    Args:
        settings: How the stand-in behaves; an attrs class with a `fault`.
        faults: The words for what can go wrong, `none`, `500` and `flaky` among them.
    """

    def __init__(self, settings: S, faults: type[StrEnum]) -> None:
        self.settings = settings
        self.base_url = ""
        self._faults: Any = faults
        self._changing = threading.Lock()
        self._ordered: SimpleQueue[Any] = SimpleQueue()
        self._posted: list[Posted] = []
        self._flaky = False

    def change(self, **changes: Any) -> None:  # attrs checks the names
        """Change settings, by their names; the next request sees them."""
        with self._changing:
            self.settings = attrs.evolve(self.settings, **changes)  # type: ignore[misc]

    def play(self, fault: StrEnum | str) -> None:
        """Let a fault befall every request for an answer, from now on; `none` ends that.

        Raises:
            ValueError: for a name that is no fault's.
        """
        self.change(fault=fault)

    def play_next(self, *faults: StrEnum | str) -> None:
        """Let faults befall the next requests for an answer, one after another, before any other."""
        for fault in faults:
            self._ordered.put(self._faults(fault))

    def forget(self) -> None:
        """Forget what arrived and which faults wait: as if nobody had used it."""
        while not self._ordered.empty():
            self._ordered.get_nowait()
        self._posted, self._flaky = [], False
        self.play("none")

    @property
    def posted(self) -> tuple[Posted, ...]:
        """Every request for an answer so far: one that was sent twice is there twice."""
        return tuple(self._posted)

    def note(self, headers: Mapping[str, str], body: Any, keys: tuple[str, ...]) -> Posted:
        """Note a request whose key is in one of the headers *keys*. For the server's thread."""
        kept = {name: value for name, value in headers.items() if name not in keys}
        self._posted.append(Posted(kept, body, next((name for name in keys if name in headers), "")))
        return self._posted[-1]

    def next_fault(self) -> Any:
        """Return what befalls the request that has just arrived. For the server's thread."""
        try:
            fault = self._ordered.get_nowait()
        except Empty:
            fault = self.settings.fault
        if fault != "flaky":
            return fault
        self._flaky = not self._flaky
        return self._faults("500" if self._flaky else "none")
