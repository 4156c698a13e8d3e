"""The playground's chat page, for the demo: a remote without an API, driven in a browser."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from ._rooms import Room, require_playground


@contextmanager
def open_page(*, scripted: bool) -> Iterator[Room]:
    """Serve the chat page until the block is left.

    Args:
        scripted: Let the scripted responder answer, even if a model is installed.

    Raises:
        ConfigError: The playground is not installed.
    """
    require_playground()
    from jackfield_playground import ScriptedEngine, WebChatPlayground, best_engine

    engine = ScriptedEngine() if scripted else best_engine()
    with WebChatPlayground(engine=engine).running() as chat:
        yield Room(
            provider="custom_web",
            address=chat.base_url,
            engine=engine.description,
            options={"site": chat.site},
        )
