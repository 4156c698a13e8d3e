"""The OpenAI stand-in as one object: start it, talk to it, make it misbehave, look at what arrived."""

from __future__ import annotations

from typing import TYPE_CHECKING, final

from jackfield_playground._room import ApiRoom

from ._api import Desk
from ._settings import OpenAISettings
from ._state import OpenAIState

if TYPE_CHECKING:
    from starlette.types import ASGIApp

    from jackfield_playground._engines import Engine


@final
class OpenAIPlayground(ApiRoom):
    """A stand-in of OpenAI's API on 127.0.0.1, with a key of its own, for the provider `openai_api`.

    ```python
    with OpenAIPlayground().running() as openai:
        print(openai.base_url, openai.key)
    ```

    Args:
        settings: how it behaves; see `OpenAISettings`. `state.change(...)` changes them while it runs.
        engine: who writes the answers; a `ScriptedEngine` unless given. `best_engine()` prefers a real model.
        port: the port to listen on; 0 takes a free one.
    """

    state: OpenAIState

    def __init__(
        self, settings: OpenAISettings | None = None, *, engine: Engine | None = None, port: int = 0
    ) -> None:
        super().__init__(engine, port)
        self.state = OpenAIState(settings or OpenAISettings())

    def _app(self) -> ASGIApp:
        return Desk(self.state, self.engine).app()

    @property
    def base_url(self) -> str:
        """The address to give a client, version included; empty before the first start."""
        return f"{self.state.base_url}/v1" if self.state.base_url else ""

    @property
    def model(self) -> str:
        """The first of the models on offer."""
        return self.state.settings.models[0]
