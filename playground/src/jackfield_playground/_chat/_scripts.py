"""Scripts that the chat pages share."""

from __future__ import annotations

import importlib.resources


def chat_script(name: str) -> str:
    """Return a script that chat pages share: `markdown.js`."""
    return importlib.resources.files(__package__).joinpath(name).read_text("utf-8")
