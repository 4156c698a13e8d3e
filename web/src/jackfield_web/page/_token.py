"""The token that a page keeps in its local storage, read from a world of which the page knows nothing."""

from __future__ import annotations

import contextlib
import json
from typing import TYPE_CHECKING, Any

from ..browser import error_of
from ..site import Site
from ._frames import WORLD

if TYPE_CHECKING:
    from playwright.async_api import Page


async def token_of(page: Page, site: Site) -> str:
    """Return the `session_item` that *page* has now; empty where it has none, or is just being loaded."""
    session = await page.context.new_cdp_session(page)
    with contextlib.suppress(error_of(page)):
        try:
            tree: Any = await session.send("Page.getFrameTree")
            frame = {"frameId": tree["frameTree"]["frame"]["id"], "worldName": WORLD}
            world: Any = await session.send("Page.createIsolatedWorld", frame)
            told: Any = await session.send(
                "Runtime.evaluate",
                {
                    "expression": f"localStorage.getItem({json.dumps(site.session_item)})",
                    "contextId": world["executionContextId"],
                    "returnByValue": True,
                },
            )
            # Where storage is refused to the document the result is an error, which is no text.
            value = told["result"].get("value")
            return value if isinstance(value, str) else ""
        finally:
            await session.detach()
    return ""
