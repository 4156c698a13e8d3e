"""The login of a context as it is now. Law: nothing that a page stores ends the browser's driver.

The driver (Playwright 1.65) writes what it found as JSON, and dies of an object in a database that holds
itself. So the pages that are open are asked first, and where one has such an object the databases are
collected here: of the open pages those that JSON can say as they are, as Firebase's with its login.
"""

from __future__ import annotations

import importlib.resources
from typing import TYPE_CHECKING, Any, Final

import anyio

from ._aside import ask_aside

if TYPE_CHECKING:
    from playwright.async_api import BrowserContext, Page

_SCRIPT: Final = importlib.resources.files(__package__).joinpath("databases.js").read_text("utf-8")
_TRIES: Final = 3
_ARRIVING_SECONDS: Final = 0.2


async def login_state(context: BrowserContext) -> tuple[Any, bool]:
    """Return the login in Playwright's form, and whether all databases are in it that can be saved."""
    found = [await _databases(page) for page in context.pages]
    if not any(one["endless"] for one in found):
        return await context.storage_state(indexed_db=True), True
    state: Any = await context.storage_state()
    origins = {one["origin"]: one for one in state["origins"]}
    for one in found:
        if one["databases"]:
            origin = origins.setdefault(one["origin"], {"origin": one["origin"], "localStorage": []})
            origin["indexedDB"] = one["databases"]
    return {**state, "origins": list(origins.values())}, False


async def _databases(page: Page) -> Any:
    """Return what *page* says of its databases; one that is on its way elsewhere has its moment to arrive."""
    for _ in range(_TRIES):
        if told := await ask_aside(page, f"({_SCRIPT})()"):
            return told
        await anyio.sleep(_ARRIVING_SECONDS)
    # It is gone, or its values are too deep to be looked at.
    return {"origin": "", "endless": True, "databases": []}
