"""Canvas noise, for those who ask for it. Law: the same for one profile always, and never on by default.

It is the one thing here that a page's own objects are changed for, and it can be noticed: functions that are
not the browser's, pixels that are not what was drawn, workers that read otherwise. See docs/stealth.md.
"""

from __future__ import annotations

import importlib.resources
from typing import TYPE_CHECKING, Final

from ..identity import Identity

if TYPE_CHECKING:
    from playwright.async_api import BrowserContext

_SCRIPT: Final = importlib.resources.files(__package__).joinpath("noise.js").read_text("utf-8")


async def add_noise_of(identity: Identity | None, context: BrowserContext) -> None:
    """Change what canvases read on the pages that *context* opens from now on, if *identity* wants that.

    Once a context: the same noise twice is none.
    """
    if identity is not None and identity.canvas == "noise":
        await context.add_init_script(f"({_SCRIPT})({identity.seed})")
