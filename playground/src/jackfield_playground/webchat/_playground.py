"""The chat page as one object: start it, drive it, make it misbehave, look at what arrived."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, final

from jackfield_playground._chat import ChatRoom, Desk

from ._pages import build_app
from ._settings import WebChatSettings
from ._site import site_of
from ._state import WebChatState

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.types import ASGIApp

    from jackfield_playground._engines import Engine


@final
class WebChatPlayground(ChatRoom):
    """A chat page on 127.0.0.1, for providers that drive one in a browser.

    ```python
    with WebChatPlayground().running() as chat:
        options = {"site": chat.site}
    ```

    Args:
        settings: how it behaves; see `WebChatSettings`. `state.change(...)` changes them while it runs.
        engine: who writes the answers; a `ScriptedEngine` unless given.
        port: the port to listen on; 0 takes a free one.
    """

    state: WebChatState

    def __init__(
        self, settings: WebChatSettings | None = None, *, engine: Engine | None = None, port: int = 0
    ) -> None:
        super().__init__(engine, port)
        self.state = WebChatState(settings or WebChatSettings())

    def _app(self) -> ASGIApp:
        return build_app(self.state, Desk(self.engine, self.state))

    @property
    def site(self) -> Mapping[str, Any]:
        """The page's description, to be given as the option `site`."""
        return site_of(self.base_url, self.state.settings)
