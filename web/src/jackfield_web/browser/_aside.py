"""A question to a page's document, from a world of which the page knows nothing."""

from __future__ import annotations

import contextlib
import secrets
from typing import TYPE_CHECKING, Any, Final

from ._engine import error_of

if TYPE_CHECKING:
    from playwright.async_api import Page

WORLD: Final = f"w{secrets.token_hex(6)}"
"""The name of the isolated worlds from which pages are looked at; another in every program."""


async def ask_aside(page: Page, expression: str) -> Any:
    """Return what *expression* is worth in *page*, or promises; None for nothing, or if nobody can tell."""
    session = await page.context.new_cdp_session(page)
    with contextlib.suppress(error_of(page)):
        try:
            tree: Any = await session.send("Page.getFrameTree")
            frame = {"frameId": tree["frameTree"]["frame"]["id"], "worldName": WORLD}
            world: Any = await session.send("Page.createIsolatedWorld", frame)
            question = {
                "expression": expression,
                "contextId": world["executionContextId"],
                "returnByValue": True,
                "awaitPromise": True,
            }
            told: Any = await session.send("Runtime.evaluate", question)
            return told["result"].get("value")
        finally:
            await session.detach()
    return None
