"""Anthropic's stand-in as one object: start it, talk to it, make it misbehave, look at what arrived."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, final

from jackfield_playground._engines import Engine, ScriptedEngine
from jackfield_playground._loopback import LoopbackServer

from ._api import build_app
from ._settings import AnthropicSettings
from ._state import AnthropicState

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Self


@final
class AnthropicPlayground:
    """A stand-in of Anthropic's Messages API on 127.0.0.1, in both versions that are in use.

    ```python
    with AnthropicPlayground().running() as anthropic:
        options = {"base_url": anthropic.base_url, "default_model": anthropic.model}
    ```

    Args:
        settings: how it behaves; see `AnthropicSettings`. `state.change(...)` changes them while it runs.
        engine: who writes the answers; a `ScriptedEngine` unless given.
        port: the port to listen on; 0 takes a free one.
    """

    def __init__(
        self, settings: AnthropicSettings | None = None, *, engine: Engine | None = None, port: int = 0
    ) -> None:
        self.engine: Engine = engine or ScriptedEngine()
        self.state = AnthropicState(settings or AnthropicSettings())
        self._port = port
        self._server: LoopbackServer | None = None

    @contextlib.contextmanager
    def running(self) -> Iterator[Self]:
        """Serve until the `with` block is left; then no thread, socket or unfinished answer is left behind.

        Raises:
            OSError: when the port is taken.
            RuntimeError: when it runs already.
        """
        if self._server is not None:
            raise RuntimeError(f"this stand-in runs already, on {self.base_url}; make a second one beside it")
        app = build_app(self.state, self.engine)
        self._server = server = LoopbackServer(app, port=self._port, name="anthropic-playground")
        self.state.base_url = server.base_url
        self.state.count_connections(lambda: server.connections)
        try:
            with server:
                yield self
        finally:
            self._server = None
            self.engine.close()

    def kill(self) -> None:
        """Die as a server does whose process is ended. Does not block."""
        if self._server is not None:
            self._server.kill()

    @property
    def base_url(self) -> str:
        """The address to give a client; empty before the first start."""
        return self.state.base_url

    @property
    def token(self) -> str:
        """The key that is accepted."""
        return self.state.settings.token

    @property
    def model(self) -> str:
        """The first of the models on offer."""
        return self.state.settings.models[0].id
