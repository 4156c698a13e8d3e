"""The control room of an API's stand-in: what a test may order and read while it runs.

Law: the server's thread alone writes; others swap the frozen settings whole and put faults into a queue.
"""

from __future__ import annotations

import threading
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

import attrs

from ._spoiling import Fault

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from starlette.requests import Request


class _Settings(Protocol):
    @property
    def fault(self) -> Fault: ...


S = TypeVar("S", bound=_Settings)


@attrs.frozen
class Arrived:
    """A request for an answer, as its bytes arrived. The key is not kept, unless it is in the address."""

    path: str = attrs.field(repr=False)
    """Its path, with the query."""
    headers: Mapping[str, str] = attrs.field(repr=False)
    """Its headers, by lower-case names."""
    body: bytes = attrs.field(repr=False)


@attrs.define(eq=False)
class Posted:
    """A request for an answer, as it was understood. The key is not kept."""

    arrived: Arrived
    body: Any = attrs.field(repr=False)
    """Its JSON; None where it has none."""
    fault: Fault = Fault.NONE
    """What befalls it."""
    key_in: str = ""
    """The header that the key came in."""
    status: int | None = None
    """The status that was sent; None: none yet, or never."""
    left: bool = False
    """Whether the caller left before the end."""
    over: threading.Event = attrs.field(factory=threading.Event, repr=False)
    """Set when nothing more comes of it."""

    @property
    def headers(self) -> Mapping[str, str]:
        """Its headers, by lower-case names."""
        return self.arrived.headers

    def end(self, status: int | None = None, *, left: bool = False) -> None:
        """Note that nothing more comes of it. For the server's thread."""
        self.status, self.left = status, left
        self.over.set()


class Books(Generic[S]):
    """Settings, faults and what arrived; safe from any thread, and nothing blocks.

    Args:
        settings: How the stand-in behaves; an attrs class with a `fault`.
        plays: What can go wrong.
    """

    def __init__(self, settings: S, plays: Collection[Fault]) -> None:
        self.settings = settings
        self.base_url = ""
        self._plays = plays
        self._changing = threading.Lock()
        self._ordered: SimpleQueue[Fault] = SimpleQueue()
        self._posted: list[Posted] = []
        self._flaky = False

    def change(self, **changes: Any) -> None:  # attrs checks the names
        """Change settings, by their names; the next request sees them."""
        with self._changing:
            self.settings = attrs.evolve(self.settings, **changes)  # type: ignore[misc]

    def play(self, fault: Fault | str) -> None:
        """Let a fault befall every request for an answer, from now on; `none` ends that.

        Raises:
            ValueError: for what it cannot play.
        """
        self.change(fault=self._known(fault))

    def play_next(self, *faults: Fault | str) -> None:
        """Let faults befall the next requests for an answer, one after another, before any other."""
        for fault in faults:
            self._ordered.put(self._known(fault))

    def _known(self, fault: Fault | str) -> Fault:
        if fault in self._plays:
            return Fault(fault)
        raise ValueError(f"{str(fault)!r} cannot be played; there is {', '.join(sorted(self._plays))}")

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

    async def note(self, request: Request, body: Any, keys: tuple[str, ...]) -> Posted:
        """Note a request whose key is in one of the headers *keys*. For the server's thread."""
        kept = {name: value for name, value in request.headers.items() if name not in keys}
        query = f"?{request.url.query}" if request.url.query else ""
        arrived = Arrived(f"{request.url.path}{query}", kept, await request.body())
        key_in = next((name for name in keys if name in request.headers), "")
        self._posted.append(Posted(arrived, body, self._next_fault(), key_in))
        return self._posted[-1]

    def _next_fault(self) -> Fault:
        try:
            fault = self._ordered.get_nowait()
        except Empty:
            fault = self.settings.fault
        if fault is not Fault.FLAKY:
            return fault
        self._flaky = not self._flaky
        return Fault.SERVER_ERROR if self._flaky else Fault.NONE
