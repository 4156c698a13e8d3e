"""A target that does not stand still: one that beats in its place can be pressed, one on its way not yet."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Final

import anyio

from ._pointing import Box

if TYPE_CHECKING:
    from playwright.async_api import Locator

_STEP_SECONDS: Final = 0.05
_LOOKS: Final = 12
_PLACE_SECONDS: Final = 3.0
_VIEW_SECONDS: Final = 3.0
IS_LATE: Final = "Timeout "
"""What an engine's error says of a time limit that passed."""

_KEPT: Final = 0.5
# A page without a doctype takes a bare `:hover` for that of links alone; `:nth-child(n)` changes only that.
_UNDER_THE_POINTER: Final = ":hover:nth-child(n)"


async def box_of(target: Locator) -> Box:
    """Return where *target* is; wait for it to be drawn."""
    found = await target.bounding_box()
    while found is None:
        await target.wait_for(state="visible")
        found = await target.bounding_box()
    return Box(found["x"], found["y"], found["width"], found["height"])


async def bring_into_view(target: Locator) -> None:
    """Have the engine bring *target* into the window; one that never stands still stays where it is."""
    try:
        await target.scroll_into_view_if_needed(timeout=_VIEW_SECONDS * 1000)
    except Exception as error:
        if IS_LATE not in str(error):
            raise


async def is_pointed_at(target: Locator) -> bool:
    """Whether the pointer is over *target*, with nothing between."""
    return await fits(target, _UNDER_THE_POINTER)


async def fits(target: Locator, selector: str) -> bool:
    """Whether *target* is what *selector* says."""
    return await target.locator(f":scope{selector}").count() > 0


async def place_of(target: Locator) -> Box:
    """Return where *target* stays, once it is enabled: all of it, or what a target that beats never leaves.

    The engine's own trial click waits for that too; but it sends a `mousemove` and a `click` that pages hear.
    """
    seen: deque[Box] = deque(maxlen=_LOOKS)
    while True:
        box = await box_of(target)
        if await target.is_enabled():
            if seen and seen[-1] == box:
                return box
            seen.append(box)
            if len(seen) == _LOOKS and (place := _common(seen)) is not None:
                return place
        await anyio.sleep(_STEP_SECONDS)


async def press_in_motion(target: Locator) -> bool:
    """Press *target*, which does not stand still, where it stays; tell whether there is such a place."""
    mouse = target.page.mouse
    with anyio.move_on_after(_PLACE_SECONDS):
        place = await place_of(target)
        await mouse.move(place.x + place.width / 2, place.y + place.height / 2)
        if await is_pointed_at(target):
            # What is pressed is never left half pressed.
            with anyio.CancelScope(shield=True):
                await mouse.down()
                await mouse.up()
            return True
    return False


def _common(boxes: deque[Box]) -> Box | None:
    """Return what all of *boxes* have in common, if that is most of each."""
    left, top = max(box.x for box in boxes), max(box.y for box in boxes)
    width = min(box.x + box.width for box in boxes) - left
    height = min(box.y + box.height for box in boxes) - top
    largest = max(box.width * box.height for box in boxes)
    is_most = width > 0 and height > 0 and width * height >= largest * _KEPT
    return Box(left, top, width, height) if is_most else None
