"""Gemini's stand-in as one object: start it, talk to it, make it misbehave, look at what arrived."""

from __future__ import annotations

from typing import TYPE_CHECKING, final

from jackfield_playground._room import ApiRoom

from ._api import Desk
from ._settings import GeminiSettings
from ._state import GeminiState

if TYPE_CHECKING:
    from starlette.types import ASGIApp

    from jackfield_playground._engines import Engine


@final
class GeminiPlayground(ApiRoom):
    """A stand-in of the Gemini API on 127.0.0.1.

    ```python
    with GeminiPlayground().running() as gemini:
        options = {"base_url": gemini.base_url, "default_model": gemini.model}
    ```

    Args:
        settings: how it behaves; see `GeminiSettings`. `state.change(...)` changes them while it runs.
        engine: who writes the answers; a `ScriptedEngine` unless given.
        port: the port to listen on; 0 takes a free one.
    """

    state: GeminiState

    def __init__(
        self, settings: GeminiSettings | None = None, *, engine: Engine | None = None, port: int = 0
    ) -> None:
        super().__init__(engine, port)
        self.state = GeminiState(settings or GeminiSettings())

    def _app(self) -> ASGIApp:
        return Desk(self.state, self.engine).app()
