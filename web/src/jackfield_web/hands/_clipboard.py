"""Putting text where Ctrl+V takes it from.

The page's own world is not touched: the text comes from an isolated one. Where the page may not write to
the clipboard (no permission, no secure connection), it is copied as a selection would be; then a page that
listens for `copy` on its window hears one.
"""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Final

import anyio

if TYPE_CHECKING:
    from playwright.async_api import Page

_DETACH_SECONDS: Final = 3.0
_FILL: Final = """async (text) => {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const give = (event) => {
      event.clipboardData.setData("text/plain", text);
      event.preventDefault();
      event.stopImmediatePropagation();
    };
    addEventListener("copy", give, { capture: true, once: true });
    const given = document.execCommand("copy");
    removeEventListener("copy", give, true);
    return given;
  }
}"""


async def fill_clipboard(page: Page, text: str) -> bool:
    """Put *text* into the clipboard of the machine that the browser runs on; tell whether that went."""
    session = await page.context.new_cdp_session(page)
    try:
        tree = await session.send("Page.getFrameTree")
        world = await session.send(
            "Page.createIsolatedWorld",
            {"frameId": tree["frameTree"]["frame"]["id"], "worldName": f"w{secrets.token_hex(6)}"},
        )
        answer = await session.send(
            "Runtime.callFunctionOn",
            {
                "functionDeclaration": _FILL,
                "executionContextId": world["executionContextId"],
                "arguments": [{"value": text}],
                "awaitPromise": True,
                "returnByValue": True,
                "userGesture": True,
            },
        )
    finally:
        with anyio.move_on_after(_DETACH_SECONDS, shield=True):
            await session.detach()
    return answer["result"].get("value") is True
