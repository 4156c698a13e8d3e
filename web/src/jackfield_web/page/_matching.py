"""What the selectors of a Site find on a page."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from ..browser import error_of, seen_in
from ..site import Selectors, Site
from ._frames import conversation_frame, holders

if TYPE_CHECKING:
    from playwright.async_api import Frame, Page


@attrs.frozen
class Matched:
    """What one CSS selector of a Site finds on a page.

    Attributes:
        name: The selector's name in the Site.
        css: The selector.
        found: How many elements it finds.
        seen: How many of those can be seen.
        fault: What is wrong with the selector itself; empty when nothing is.
    """

    name: str
    css: str
    found: int = 0
    seen: int = 0
    fault: str = ""


async def matched(page: Page, site: Site) -> list[Matched]:
    """Return what every selector of *site* finds on *page*."""
    frame = await conversation_frame(page, site)
    named = ((name, css) for name in attrs.fields_dict(Selectors) for css in getattr(site.selectors, name))
    return [await _count(frame, name, css, error_of(page)) for name, css in named]


async def _count(frame: Frame, name: str, css: str, engine_error: type[Exception]) -> Matched:
    place = frame.parent_frame or frame if name == "frame" else frame
    css_there = holders(css)[-1]
    try:
        found = await place.locator(f"css={css_there}").count()
        return Matched(name, css, found, await seen_in(place, css_there).count())
    except engine_error as error:
        return Matched(name, css, fault=str(error).splitlines()[0])
