"""The frame that holds the conversation, and what can be seen in it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import anyio

from .._site import Site

if TYPE_CHECKING:
    from playwright.async_api import Frame, Locator, Page

_STEP_SECONDS: Final = 0.05


async def conversation_frame(page: Page, site: Site) -> Frame:
    """Return the frame that holds the conversation: the one that the Site names, or the page's own."""
    for selector in site.selectors.frame:
        holder = await page.query_selector(selector)
        if holder is not None and (frame := await holder.content_frame()) is not None:
            return frame
    return page.main_frame


async def find_visible(frame: Frame, selectors: tuple[str, ...], *, seconds: float = 0.0) -> Locator | None:
    """Return the first visible element that one of *selectors* finds, or None when *seconds* show none."""
    with anyio.move_on_after(seconds):
        while selectors:
            if (found := await _find_visible(frame, selectors)) is not None:
                return found
            await anyio.sleep(_STEP_SECONDS)
    return await _find_visible(frame, selectors)


async def _find_visible(frame: Frame, selectors: tuple[str, ...]) -> Locator | None:
    for selector in selectors:
        found = frame.locator(f"css={selector}").filter(visible=True)
        if await found.count():
            return found.first
    return None
