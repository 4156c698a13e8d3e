"""The page's own copy button, without the person's clipboard.

For the moment of the click the page's clipboard object gets functions of ours that keep what they are given;
after it, nothing of them is left. A Site asks for this with `reading.settle = "copy"`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import anyio

from ..browser import evaluate_in_page
from ._page_source import PageSource

if TYPE_CHECKING:
    from playwright.async_api import JSHandle, Page

_SECONDS: Final = 2.0
_STEP_SECONDS: Final = 0.02
_CATCH: Final = """() => {
  const clipboard = navigator.clipboard;
  if (!clipboard) return null;
  const caught = { text: null, restore() { delete clipboard.writeText; delete clipboard.write; } };
  clipboard.writeText = async (text) => { caught.text = String(text); };
  clipboard.write = async ([item]) => { caught.text = await (await item.getType("text/plain")).text(); };
  return caught;
}"""


async def copied_text(page: Page, source: PageSource) -> str | None:
    """Press the answer's copy button and return what it copies; None when that is nothing."""
    catch = await evaluate_in_page(page, _CATCH)
    try:
        if not await catch.evaluate("Boolean") or not await source.press_copy():
            return None
        return await _caught(catch)
    finally:
        with anyio.move_on_after(_SECONDS, shield=True):
            await catch.evaluate("caught => caught && caught.restore()")
            await catch.dispose()


async def _caught(catch: JSHandle) -> str | None:
    with anyio.move_on_after(_SECONDS):
        while True:
            text: str | None = await catch.evaluate("caught => caught.text")
            if text is not None:
                return text
            await anyio.sleep(_STEP_SECONDS)
    return None
