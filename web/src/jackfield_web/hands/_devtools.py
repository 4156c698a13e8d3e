"""Short talks with a page by the DevTools protocol, from a world of which the page knows nothing."""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Final

import anyio

if TYPE_CHECKING:
    from playwright.async_api import CDPSession, Page

_WORLD: Final = f"w{secrets.token_hex(6)}"
"""The name of the isolated worlds from which pages are looked at; another in every program."""
_METHOD: Final = "function (name, ...values) { return this[name](...values) }"
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


async def own_frame(session: CDPSession) -> str:
    """Return the name of the frame that *session* is with: a page's main one."""
    tree: Any = await session.send("Page.getFrameTree")
    name: str = tree["frameTree"]["frame"]["id"]
    return name


async def isolated_world(session: CDPSession, frame: str = "") -> int:
    """Return the name of a world that shares a frame's document, by default its own, and no object of it."""
    place = {"frameId": frame or await own_frame(session), "worldName": _WORLD}
    world: Any = await session.send("Page.createIsolatedWorld", place)
    name: int = world["executionContextId"]
    return name


async def value_of(session: CDPSession, function: str, *values: Any, **where: Any) -> Any:
    """Return what a JavaScript *function* returns, or promises; that it throws is no error here.

    Said by *where*, in the protocol's words: in which world it is called, or on which object.
    """
    answer = await _call(session, function, values, {**where, "returnByValue": True})
    return answer["result"].get("value")


async def object_of(session: CDPSession, function: str, *values: Any, **where: Any) -> str | None:
    """Return the name of the object that a *function* returns, called as by `value_of`; None for none."""
    name: str | None = (await _call(session, function, values, where))["result"].get("objectId")
    return name


async def told_by(session: CDPSession, held: str, method: str, *values: Any) -> Any:
    """Return what a *method* of an object of ours returns, or promises.

    Raises:
        RuntimeError: It throws.
    """
    answer = await _call(session, _METHOD, (method, *values), {"objectId": held, "returnByValue": True})
    if (thrown := answer.get("exceptionDetails")) is not None:
        why = thrown.get("exception", {}).get("description") or thrown.get("text")
        raise RuntimeError(f"{method} failed in the page: {why}")
    return answer["result"].get("value")


async def _call(
    session: CDPSession, function: str, values: Sequence[Any], where: Mapping[str, Any]
) -> Mapping[str, Any]:
    said = {"functionDeclaration": function, "arguments": [{"value": value} for value in values]}
    answer: Any = await session.send("Runtime.callFunctionOn", {**said, "awaitPromise": True, **where})
    told: Mapping[str, Any] = answer
    return told
