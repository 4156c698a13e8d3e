"""The chat page as one object: start it, drive it, make it misbehave, look at what arrived."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any, final

from jackfield_playground._engines import Engine, ScriptedEngine
from jackfield_playground._loopback import LoopbackServer

from ._answers import Desk
from ._pages import build_app
from ._settings import WebChatSettings
from ._site import site_of
from ._state import WebChatState

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Self


@final
class WebChatPlayground:
    """A chat page on 127.0.0.1, for providers that drive one in a browser.

    ```python
    with WebChatPlayground().running() as chat:
        options = {"site": chat.site}
    ```

    It serves from a thread of its own, as the Codegen stand-in does. Conversations and counters stay after it
    has stopped, and it can run again.

    Args:
        settings: how it behaves; see `WebChatSettings`. `state.change(...)` changes them while it runs.
        engine: who writes the answers; a `ScriptedEngine` unless given.
        port: the port to listen on; 0 takes a free one.
    """

    def __init__(
        self, settings: WebChatSettings | None = None, *, engine: Engine | None = None, port: int = 0
    ) -> None:
        self.engine: Engine = engine or ScriptedEngine()
        self.state = WebChatState(settings or WebChatSettings())
        self._port = port
        self._server: LoopbackServer | None = None

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
        app = build_app(self.state, Desk(self.engine, self.state))
        self._server = LoopbackServer(app, port=self._port, name="webchat-playground")
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

    @property
    def site(self) -> Mapping[str, Any]:
        """The page's description, to be given as the option `site`."""
        return site_of(self.base_url)
