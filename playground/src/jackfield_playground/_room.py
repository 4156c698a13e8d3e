"""A stand-in as one object: what starts it, and what ends it."""

from __future__ import annotations

import contextlib
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import urlsplit

from ._engines import Engine, ScriptedEngine
from ._loopback import LoopbackServer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Self

    from starlette.types import ASGIApp

    from ._books import Arrived, Books
    from ._spoiling import Fault


class State(Protocol):
    """What a stand-in knows; its address is empty before the first start."""

    base_url: str


class Room(ABC):
    """A stand-in on 127.0.0.1.

    It serves from a thread of its own, so the same object works in a test on any event loop, in a command and
    in a shell. What it knows stays after it has stopped, and it can run again.
    """

    state: State
    engine: Engine

    def __init__(self, engine: Engine | None, port: int) -> None:
        self.engine = engine or ScriptedEngine()
        self._port = port
        self._server: LoopbackServer | None = None

    @abstractmethod
    def _app(self) -> ASGIApp:
        """Return what is served, made anew for each start."""

    @contextlib.contextmanager
    def running(self) -> Iterator[Self]:
        """Serve until the `with` block is left; entering and leaving block for milliseconds.

        Raises:
            OSError: when the port is taken.
            RuntimeError: when it runs already.
        """
        if self._server is not None:
            raise RuntimeError(
                f"this stand-in is served already, on {self.base_url}; make a second one beside it"
            )
        with contextlib.closing(self.engine):
            self._start(self._port)
            try:
                yield self
            finally:
                self._stop()

    def restart(self) -> None:
        """Serve anew on the same port, whether killed before or not; blocks for milliseconds.

        What it knows stays, as with a server whose books lie elsewhere.

        Raises:
            RuntimeError: when it does not run.
        """
        if self._server is None:
            raise RuntimeError("this stand-in does not run; enter `running()` first")
        port = urlsplit(self.base_url).port
        assert port is not None
        self._stop()
        self._start(port)

    def _start(self, port: int) -> None:
        server = LoopbackServer(self._app(), port=port, name=type(self).__name__)
        self.state.base_url = server.base_url
        server.__enter__()
        self._server = server

    def _stop(self) -> None:
        server, self._server = self._server, None
        if server is not None:
            server.__exit__(None, None, None)

    def open_connections(self) -> int:
        """Return how many connections clients have open."""
        return self._server.open_connections if self._server is not None else 0

    def kill(self) -> None:
        """Die as a server does whose process is ended. Does not block, and does nothing when not running."""
        if self._server is not None:
            self._server.kill()

    @property
    def base_url(self) -> str:
        """The address; empty before the first start."""
        return self.state.base_url


class ApiRoom(Room):
    """A stand-in of an API with a key, models and books."""

    state: Books[Any]

    def play(self, fault: Fault | str) -> None:
        """Let a fault befall every request for an answer, from now on; see `Fault`."""
        self.state.play(fault)

    def posts(self) -> int:
        """Return how many requests for an answer arrived."""
        return len(self.state.posted)

    def arrived(self) -> tuple[Arrived, ...]:
        """Return every request for an answer, as its bytes arrived."""
        return tuple(one.arrived for one in self.state.posted)

    @property
    def key(self) -> str:
        """The key that is accepted."""
        return str(self.state.settings.key)

    @property
    def model(self) -> str:
        """The first of the models on offer."""
        return str(self.state.settings.models[0].id)
