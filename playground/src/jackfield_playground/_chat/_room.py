"""A chat page as one object: what starts it, and what ends it."""

from __future__ import annotations

import contextlib
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any

from jackfield_playground._engines import Engine, ScriptedEngine
from jackfield_playground._loopback import LoopbackServer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Self

    from starlette.types import ASGIApp

    from ._state import ChatState


class ChatRoom(ABC):
    """A chat page on 127.0.0.1, for providers that drive one in a browser.

    It serves from a thread of its own, as the Codegen stand-in does. Conversations and counters stay after it
    has stopped, and it can run again.
    """

    state: ChatState[Any]
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
                f"this page is served already, on {self.base_url}; make a second one beside it"
            )
        self._server = LoopbackServer(self._app(), port=self._port, name=type(self).__name__)
        self.state.base_url = self._server.base_url
        try:
            with self._server:
                yield self
        finally:
            self._server = None
            self.engine.close()

    def kill(self) -> None:
        """Die as a server does whose process is ended. Does not block, and does nothing when not running."""
        if self._server is not None:
            self._server.kill()

    @property
    def base_url(self) -> str:
        """The page's address; empty before the first start."""
        return self.state.base_url
