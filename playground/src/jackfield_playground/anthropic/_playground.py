"""Anthropic's stand-in as one object: start it, talk to it, make it misbehave, look at what arrived."""

from __future__ import annotations

from typing import TYPE_CHECKING, final

from jackfield_playground._room import ApiRoom

from ._api import build_app
from ._settings import AnthropicSettings
from ._state import AnthropicState

if TYPE_CHECKING:
    from starlette.types import ASGIApp

    from jackfield_playground._engines import Engine


@final
class AnthropicPlayground(ApiRoom):
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

    state: AnthropicState

    def __init__(
        self, settings: AnthropicSettings | None = None, *, engine: Engine | None = None, port: int = 0
    ) -> None:
        super().__init__(engine, port)
        self.state = AnthropicState(settings or AnthropicSettings())

    def _app(self) -> ASGIApp:
        return build_app(self.state, self.engine)
