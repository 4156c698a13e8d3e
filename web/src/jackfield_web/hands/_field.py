"""A field of a page, and writing into it at once. Runs where the page lives, in the browser host's loop.

Law: what is written goes whole into the field that was looked at, in the document whose address was judged,
or nowhere. Keys go to whatever has the focus when they arrive, and a page can move the focus or leave between
two of them; so nothing is typed. One step in the page itself looks whether the field is there and has the
focus, and writes. The field is held from an isolated world: what holds it ends with the field's document.
"""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Final

import anyio
import attrs

if TYPE_CHECKING:
    from playwright.async_api import CDPSession, Locator, Page

_DETACH_SECONDS: Final = 3.0
_FOCUSED: Final = """() => {
    let found = document.activeElement
    while (found?.shadowRoot?.activeElement) found = found.shadowRoot.activeElement
    return found
}"""
_ADDRESS: Final = "function () { return this.ownerDocument.location.href }"
# `execCommand` is what the browser itself does for typed text: editors and forms hear of it as of any other.
_WRITE: Final = f"""function (text) {{
    if (!this.isConnected || ({_FOCUSED})() !== this) return false
    document.execCommand("selectAll")
    return document.execCommand("insertText", false, text)
}}"""


@attrs.frozen
class Field:
    """An element that has had the focus.

    Attributes:
        address: Where its document came from. It stays so: who goes elsewhere gets another document.
    """

    address: str
    _session: CDPSession
    _object: str

    async def write(self, text: str) -> bool:
        """Put *text* in the place of what stands there; tell whether that was done.

        The engine's error means that the field is gone with its document.
        """
        return bool(await _call(self._session, self._object, _WRITE, text))

    async def do(self, function: str, *values: Any) -> Any:
        """Return what a JavaScript *function* returns, called on the element in the isolated world."""
        return await _call(self._session, self._object, function, *values)


@asynccontextmanager
async def focused_field(page: Page, target: Locator) -> AsyncIterator[Field | None]:
    """Give *target* as the field that has the page's focus; None when that is another one."""
    session = await page.context.new_cdp_session(page)
    try:
        held = await _hold(session)
        # It is held first and compared then: a focus that moves on meanwhile is seen on writing.
        is_target = await target.locator(":scope:focus").count() > 0
        yield Field(await _call(session, held, _ADDRESS), session, held) if is_target else None
    finally:
        with anyio.move_on_after(_DETACH_SECONDS, shield=True):
            await session.detach()


async def _hold(session: CDPSession) -> str:
    tree: Any = await session.send("Page.getFrameTree")
    name = f"w{secrets.token_hex(6)}"
    frame = {"frameId": tree["frameTree"]["frame"]["id"], "worldName": name}
    world: Any = await session.send("Page.createIsolatedWorld", frame)
    found: Any = await session.send(
        "Runtime.evaluate", {"expression": f"({_FOCUSED})()", "contextId": world["executionContextId"]}
    )
    held: str = found["result"].get("objectId", "")
    return held


async def _call(session: CDPSession, held: str, function: str, *values: Any) -> Any:
    answer: Any = await session.send(
        "Runtime.callFunctionOn",
        {
            "objectId": held,
            "functionDeclaration": function,
            "arguments": [{"value": value} for value in values],
            "returnByValue": True,
            "awaitPromise": True,
        },
    )
    return answer["result"].get("value")
