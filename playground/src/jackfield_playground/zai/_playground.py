"""The z.ai room as one object: start it, drive it, make it misbehave, look at what arrived."""

from __future__ import annotations

from typing import TYPE_CHECKING, final

from jackfield_playground._chat import ChatRoom, Desk

from ._pages import build_app
from ._settings import ZaiSettings
from ._state import ZaiState
from ._writing import ZaiWriter

if TYPE_CHECKING:
    from starlette.types import ASGIApp

    from jackfield_playground._engines import Engine


@final
class ZaiPlayground(ChatRoom):
    """A chat page on 127.0.0.1 that behaves as chat.z.ai is known to, for the provider `zai_web`.

    ```python
    with ZaiPlayground().running() as zai:
        options = {"base_url": zai.base_url}
    ```

    Args:
        settings: how it behaves; see `ZaiSettings`. `state.change(...)` changes them while it runs.
        engine: who writes the answers; a `ScriptedEngine` unless given.
        port: the port to listen on; 0 takes a free one.
    """

    state: ZaiState

    def __init__(
        self, settings: ZaiSettings | None = None, *, engine: Engine | None = None, port: int = 0
    ) -> None:
        super().__init__(engine, port)
        self.state = ZaiState(settings or ZaiSettings())

    def _app(self) -> ASGIApp:
        return build_app(self.state, Desk(ZaiWriter(self.engine, self.state), self.state))
