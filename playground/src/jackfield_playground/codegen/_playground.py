"""The Codegen stand-in as one object: start it, talk to it, make it misbehave, look at what arrived."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, final

from jackfield_playground._engines import Engine, ScriptedEngine
from jackfield_playground._loopback import LoopbackServer

from ._api import build_app
from ._settings import CodegenSettings
from ._state import CodegenState
from ._work import Workshop

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Self


@final
class CodegenPlayground:
    """A stand-in of the Codegen API on 127.0.0.1, with its own token and organization.

    ```python
    with CodegenPlayground().running() as codegen:
        print(codegen.base_url, codegen.token, codegen.org_id)
    ```

    It serves from a thread of its own, so the same object works in a test on any event loop, in a command and
    in a shell. Runs and counters stay after it has stopped, and it can run again.

    Args:
        settings: how it behaves; see `CodegenSettings`. `state.change(...)` changes them while it runs.
        engine: who writes the answers; a `ScriptedEngine` unless given. `best_engine()` prefers a real model.
        port: the port to listen on; 0 takes a free one.
    """

    def __init__(
        self, settings: CodegenSettings | None = None, *, engine: Engine | None = None, port: int = 0
    ) -> None:
        self.engine: Engine = engine or ScriptedEngine()
        self.state = CodegenState(settings or CodegenSettings())
        self._port = port
        self._server: LoopbackServer | None = None

    @contextlib.contextmanager
    def running(self) -> Iterator[Self]:
        """Serve until the `with` block is left; then no thread, socket or unfinished answer is left behind.

        Entering and leaving take milliseconds, but they block: in async code keep them in a fixture or a
        worker thread.

        Raises:
            OSError: when the port is taken.
            RuntimeError: when it runs already.
        """
        if self._server is not None:
            raise RuntimeError(f"this stand-in runs already, on {self.base_url}; make a second one beside it")
        workshop = Workshop(self.engine, lambda: self.state.settings)
        self._server = LoopbackServer(
            build_app(self.state, workshop), port=self._port, name="codegen-playground"
        )
        self.state.base_url = self._server.base_url
        try:
            with self._server:
                yield self
        finally:
            self._server = None
            self.engine.close()

    def kill(self) -> None:
        """Die as a server does whose process is ended: every connection drops, nothing is answered any more.

        Does not block. Does nothing when it is not running.
        """
        if self._server is not None:
            self._server.kill()

    @property
    def base_url(self) -> str:
        """The address to give a client, such as `http://127.0.0.1:41234`; empty before the first start."""
        return self.state.base_url

    @property
    def token(self) -> str:
        """The bearer token that is accepted."""
        return self.state.settings.token

    @property
    def org_id(self) -> int:
        """The organization's id."""
        return self.state.settings.org_id
