"""The login of a context as it is now. Law: nothing that a page stores ends the browser's driver.

The driver (Playwright 1.65) writes what it found as JSON, and dies of an object in a database that holds
itself. So the pages that are open are asked first, and where one has such an object the databases are
collected here: of the open pages those that JSON can say as they are, as Firebase's with its login.
"""

from __future__ import annotations

import importlib.resources
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from playwright.async_api import BrowserContext, Page

_SCRIPT: Final = importlib.resources.files(__package__).joinpath("databases.js").read_text("utf-8")


async def login_state(context: BrowserContext) -> tuple[Any, bool]:
    """Return the login in Playwright's form, and whether all databases are in it that can be saved."""
    found = [await _databases(context, page) for page in context.pages]
    if not any(one["endless"] for one in found):
        return await context.storage_state(indexed_db=True), True
    state: Any = await context.storage_state()
    origins = {one["origin"]: one for one in state["origins"]}
    for one in found:
        if one["databases"]:
            origin = origins.setdefault(one["origin"], {"origin": one["origin"], "localStorage": []})
            origin["indexedDB"] = one["databases"]
    return {**state, "origins": list(origins.values())}, False


async def _databases(context: BrowserContext, page: Page) -> Any:
    """Return what *page* says of its databases, from a world of ours."""
    session = await context.new_cdp_session(page)
    try:
        tree: Any = await session.send("Page.getFrameTree")
        frame = tree["frameTree"]["frame"]["id"]
        world: Any = await session.send("Page.createIsolatedWorld", {"frameId": frame})
        told: Any = await session.send(
            "Runtime.evaluate",
            {
                "expression": f"({_SCRIPT})()",
                "contextId": world["executionContextId"],
                "awaitPromise": True,
                "returnByValue": True,
            },
        )
    finally:
        await session.detach()
    # A page on its way elsewhere has no answer, nor one whose values are too deep to be looked at.
    return told["result"].get("value") or {"origin": "", "endless": True, "databases": []}
