"""The stand-in of Claude's site as one object: start it, drive it, make it misbehave, see what arrived."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, final

from jackfield_playground._chat import ChatRoom, Desk
from jackfield_playground._loopback import LoopbackServer

from ._completion import ClaudeWriter
from ._doors import Doors
from ._pages import build_app
from ._settings import ClaudeSettings
from ._state import ClaudeState

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Self

    from starlette.types import ASGIApp

    from jackfield_playground._engines import Engine


@final
class ClaudePlayground(ChatRoom):
    """A stand-in of Claude's chat site on 127.0.0.1.

    ```python
    with ClaudePlayground().running() as claude:
        options = {"base_url": claude.base_url}
        cookie = claude.session_key
    ```

    A message that holds `[thinking]`, `[tools]`, `[retract]`, `[range]`, `[compact]`, `[model]`, `[error]`,
    `[cut]`, `[limit]`, `[used]`, `[pause]`, `[unknown]`, `[max]`, `[quotes]`, `[code]` or `[long]` gets that
    scenario; others the engine's answer. The identity provider and the mailbox have an origin of their own.

    Args:
        settings: how it behaves; see `ClaudeSettings`. `state.change(...)` changes them while it runs.
        engine: who writes the answers; a `ScriptedEngine` unless given.
        port: the port to listen on; 0 takes a free one.
    """

    state: ClaudeState

    def __init__(
        self, settings: ClaudeSettings | None = None, *, engine: Engine | None = None, port: int = 0
    ) -> None:
        super().__init__(engine, port)
        self.state = ClaudeState(settings or ClaudeSettings())
        self._doors = Doors(self.state)

    def _app(self) -> ASGIApp:
        desk = Desk(ClaudeWriter(self.engine, self.state), self.state)
        return build_app(self.state, desk, self._doors)

    @contextlib.contextmanager
    def running(self) -> Iterator[Self]:
        """Serve until the `with` block is left.

        Raises:
            OSError: when the port is taken.
            RuntimeError: when it runs already.
        """
        with LoopbackServer(self._doors.identity_app(), name="identity-playground") as identity:
            self.state.identity_url = identity.base_url
            with super().running():
                yield self

    @property
    def session_key(self) -> str:
        """A session cookie that is good from the beginning."""
        return self.state.settings.session_key
