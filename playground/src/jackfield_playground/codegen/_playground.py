"""The Codegen stand-in as one object: start it, talk to it, make it misbehave, look at what arrived."""

from __future__ import annotations

from typing import TYPE_CHECKING, final

from jackfield_playground._room import Room

from ._api import build_app
from ._settings import CodegenSettings
from ._state import CodegenState
from ._work import Workshop

if TYPE_CHECKING:
    from starlette.types import ASGIApp

    from jackfield_playground._books import Arrived
    from jackfield_playground._engines import Engine


@final
class CodegenPlayground(Room):
    """A stand-in of the Codegen API on 127.0.0.1, with its own token and organization.

    ```python
    with CodegenPlayground().running() as codegen:
        print(codegen.base_url, codegen.token, codegen.org_id)
    ```

    Runs and counters stay after it has stopped, and it can run again.

    Args:
        settings: how it behaves; see `CodegenSettings`. `state.change(...)` changes them while it runs.
        engine: who writes the answers; a `ScriptedEngine` unless given. `best_engine()` prefers a real model.
        port: the port to listen on; 0 takes a free one.
    """

    state: CodegenState

    def __init__(
        self, settings: CodegenSettings | None = None, *, engine: Engine | None = None, port: int = 0
    ) -> None:
        super().__init__(engine, port)
        self.state = CodegenState(settings or CodegenSettings())

    def _app(self) -> ASGIApp:
        return build_app(self.state, Workshop(self.engine, lambda: self.state.settings))

    def play(self, fault: str) -> None:
        """Let a fault befall every run, in the words of `jackfield.testing`; `none` ends that.

        Raises:
            ValueError: for what it cannot play, such as `cut`: who looks at a run may look again.
        """
        self.state.play(fault)

    def posts(self) -> int:
        """Return how many requests for an answer arrived: those that create or resume a run."""
        return len(self.arrived())

    def arrived(self) -> tuple[Arrived, ...]:
        """Return every request for an answer, as its bytes arrived."""
        return self.state.asked

    @property
    def token(self) -> str:
        """The bearer token that is accepted."""
        return self.state.settings.token

    @property
    def org_id(self) -> int:
        """The organization's id."""
        return self.state.settings.org_id
