"""What a page shows of what was said: the user's turns, and the conversations that it leads to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ..accounts import Traces
from ..browser import SEEING
from ..page import conversation_frame
from ..site import Site, letters_of

if TYPE_CHECKING:
    from playwright.async_api import Page

_SAID: Final = f"(turns) => turns.map(({SEEING}).said)"


async def traces(page: Page, site: Site) -> Traces:
    """Return what *page* shows now."""
    frame = await conversation_frame(page, site)
    turns: list[str] = []
    for selector in site.selectors.user_turn:
        if turns := await frame.locator(f"css={selector}").evaluate_all(_SAID):
            break
    addresses: dict[str, None] = {}
    for selector in site.selectors.conversation_link:
        links = await page.locator(f"css={selector}").evaluate_all("links => links.map(link => link.href)")
        addresses |= dict.fromkeys(filter(None, map(site.conversation_address, links)))
    return Traces(tuple(map(letters_of, turns)), tuple(addresses))
