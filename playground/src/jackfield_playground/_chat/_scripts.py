"""Scripts that the chat pages share."""

from __future__ import annotations

import importlib.resources
import re


def chat_script(name: str) -> str:
    """Return a script that chat pages share: `markdown.js`."""
    return importlib.resources.files(__package__).joinpath(name).read_text("utf-8")


def with_script(html: str, script: str) -> str:
    """Return a page that runs *script* before any of its own; an empty one changes nothing."""
    return (
        re.sub("(?=<link|<style|<script)", lambda _: f"<script>{script}</script>", html, count=1)
        if script
        else html
    )
