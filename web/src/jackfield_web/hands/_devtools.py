"""Short talks with a page by the DevTools protocol, from a world of which the page knows nothing."""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Final

import anyio

if TYPE_CHECKING:
    from playwright.async_api import CDPSession, Page

WORLD: Final = f"w{secrets.token_hex(6)}"
"""The name of the isolated worlds from which pages are looked at; another in every program."""
_DETACH_SECONDS: Final = 3.0


@asynccontextmanager
async def devtools(page: Page) -> AsyncIterator[CDPSession]:
    """Give a session with *page* for the length of a block; it ends with the page, if that is sooner."""
    session = await page.context.new_cdp_session(page)
    try:
        yield session
    finally:
        with contextlib.suppress(Exception), anyio.move_on_after(_DETACH_SECONDS, shield=True):
            await session.detach()


async def isolated_world(session: CDPSession) -> int:
    """Return the name of a world that shares the page's document and none of its objects."""
    tree: Any = await session.send("Page.getFrameTree")
    frame = {"frameId": tree["frameTree"]["frame"]["id"], "worldName": WORLD}
    world: Any = await session.send("Page.createIsolatedWorld", frame)
    name: int = world["executionContextId"]
    return name


async def value_of(session: CDPSession, function: str, *values: Any, **where: Any) -> Any:
    """Return what a JavaScript *function* returns, or promises; None where it throws.

    Said by *where*, in the protocol's words: in which world it is called, or on which object.
    """
    said = {"functionDeclaration": function, "arguments": [{"value": value} for value in values]}
    call = {**said, "returnByValue": True, "awaitPromise": True, **where}
    answer: Any = await session.send("Runtime.callFunctionOn", call)
    return answer["result"].get("value")
