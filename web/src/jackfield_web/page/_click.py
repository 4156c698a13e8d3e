"""Clicking on a page that lays things over others: news, cookie banners, dialogs that come late.

Law: a click ends. What cannot be clicked in time is told, nothing was sent, and it is not clicked later.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from jackfield import Certainty, DeadlineExceeded, log_event

from ..browser import seen_in
from ..errors import missing
from ..hands import InputDriver, eventually
from ..site import Site
from ._frames import conversation_frame

if TYPE_CHECKING:
    from playwright.async_api import Locator, Page

# A busy machine takes long to look whether a target is free.
_TRIES: Final = (2.0, 4.0, 8.0)
_CLOSER_SECONDS: Final = 1.0
_GONE_SECONDS: Final = 1.0
_LAYERS: Final = 8


async def click(
    page: Page,
    site: Site,
    target: Locator,
    hands: InputDriver,
    *,
    name: str,
    tries: Sequence[float] = _TRIES,
) -> None:
    """Click *target*, which the selector *name* found; what lies over it is closed, also what came meanwhile.

    It has so many seconds to be free as the *tries* say, one after the other.

    Raises:
        PageChanged: Something lies over it that nothing closes; it was not clicked, and nothing was sent.
    """
    for seconds in tries:
        if await _was_reached(hands, target, seconds):
            found_by = site.named_selectors().get(name, ())
            log_event("element.clicked", layer="web", name=name, selector=", ".join(found_by))
            return
        await clear_the_way(page, site, hands, seconds=seconds / 2)
    error = missing(site, name, "something lies over what is to be clicked, or keeps it in motion:")
    error.hint = f"Let selectors.dismiss find what closes it. {error.hint}"
    raise error


async def clear_the_way(
    page: Page, site: Site, hands: InputDriver, *, seconds: float = _CLOSER_SECONDS
) -> None:
    """Close what lies over the page, the uppermost first; what stays open whatever is clicked is left.

    Something may lie over what closes another for so many *seconds* before that one is tried.
    """
    for _ in range(_LAYERS):
        if not await _close_one(page, site, hands, seconds):
            return


async def _close_one(page: Page, site: Site, hands: InputDriver, seconds: float) -> bool:
    """Close the uppermost of what lies over the page; tell whether one went."""
    closers = await _closers(page, site)

    async def is_fewer() -> bool:
        return len(await _closers(page, site)) < len(closers)

    for closer in closers:
        # What something else lies over is refused by the hit test of whoever clicks.
        if await _was_reached(hands, closer, seconds) and await eventually(is_fewer, _GONE_SECONDS):
            return True
    return False


async def _was_reached(hands: InputDriver, target: Locator, seconds: float) -> bool:
    """Click *target*; tell whether there was a way to it."""
    try:
        await hands.click(target, seconds=seconds)
    except DeadlineExceeded as error:
        if error.certainty is not Certainty.NOT_SENT:
            raise
        return False
    return True


async def _closers(page: Page, site: Site) -> list[Locator]:
    """Return what closes something, the last in the document first: that most often lies uppermost."""
    if not site.selectors.dismiss:
        return []
    frames = dict.fromkeys((await conversation_frame(page, site), page.main_frame))
    found: list[Locator] = []
    for frame in frames:
        for css in site.selectors.dismiss:
            found += await seen_in(frame, css).all()
    return found[::-1]
