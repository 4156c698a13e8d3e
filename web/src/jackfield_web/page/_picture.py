"""A picture of a page that shows its controls and nothing that was said or typed.

Law: nothing that a page says of itself shows more. A style covers what is no control; as a page can outdo any
style, inline or in a closed shadow root, only the boxes of the controls are left of the picture.
"""

from __future__ import annotations

import base64
import contextlib
import json
from typing import TYPE_CHECKING, Final

import anyio

from ..browser import SEEING, ask_aside, error_of, seen_in
from ..errors import BrowserError
from ..site import Site
from ._frames import conversation_frame, holders

if TYPE_CHECKING:
    from playwright.async_api import FloatRect, Frame, Page

_FRAME_SECONDS: Final = 0.5
_SHOWN: Final = (
    "challenge",
    "copy_button",
    "dismiss",
    "guest",
    "limit_banner",
    "login_button",
    "models.button",
    "models.item",
    "models.locked",
    "models.more",
    "new_chat_button",
    "send_button",
    "send_button_disabled",
    "send_button_loading",
    "stop_button",
)
"""The selectors of what a page says by itself, whoever uses it and whatever for."""
FIELDS: Final = ("input", "textarea", "select", "[contenteditable]")
_STRONG: Final = ":not(#_#_#_#_)"
"""Said of a rule, makes it stronger than those of the page."""
_HIDDEN: Final = "{ visibility: hidden !important; transition: none !important; animation: none !important }"
_VISIBLE: Final = "{ visibility: visible !important }"
_BARE: Final = "{ background-image: none !important }"
"""Said of what paints its background though it is hidden: the whole window's, and that of what is on top."""
_HTML: Final = f"""() => {{
    const [page, ...shadowRoots] = ({SEEING}).rootsIn(document.documentElement)
    return `<html>${{page.getHTML ? page.getHTML({{ shadowRoots }}) : page.innerHTML}}</html>`
}}"""
_CUT: Final = """async (picture, boxes) => {
    const bytes = Uint8Array.from(atob(picture), (one) => one.charCodeAt(0))
    const drawn = await createImageBitmap(new Blob([bytes]))
    const canvas = new OffscreenCanvas(drawn.width, drawn.height)
    const pen = canvas.getContext("2d")
    pen.fillStyle = "white"
    pen.fillRect(0, 0, drawn.width, drawn.height)
    pen.beginPath()
    for (const { x, y, width, height } of boxes)
        pen.rect(...[x, y, width, height].map((length) => Math.round((length * drawn.width) / innerWidth)))
    pen.clip()
    pen.drawImage(drawn, 0, 0)
    const cut = new Uint8Array(await (await canvas.convertToBlob()).arrayBuffer())
    return btoa(Array.from(cut, (one) => String.fromCharCode(one)).join(""))
}"""
"""Returns a picture of which only the boxes are left; a picture is a PNG in base64."""


async def take_picture(page: Page, site: Site) -> tuple[bytes, list[str]]:
    """Return a picture of *page* with the controls of its Site and nothing else, and its documents.

    Raises:
        BrowserError: There is none to have.
    """
    frame = await conversation_frame(page, site)
    # The conversation's frame is shown, so what is in it must be covered: the engine does it once it looked.
    await frame.locator("html").count()
    picture = await page.screenshot(style=_cover(site), caret="initial")
    boxes = await _boxes(page.main_frame, site)
    if frame is not page.main_frame:
        held = await (await frame.frame_element()).bounding_box()
        boxes += [_shared(box, held) for box in await _boxes(frame, site) if held is not None]
    return await _cut(page, picture, boxes), await _documents(page)


async def _boxes(frame: Frame, site: Site) -> list[FloatRect]:
    """Return where the controls of *frame* are in the page's window, but for those among what was said."""
    never = f":is({', '.join([*turns_of(site), *FIELDS])})"
    found: list[FloatRect] = []
    for css in controls_of(site):
        for control in await seen_in(frame, f":is({css}):not({never}, {never} *)").all():
            box = await control.bounding_box(timeout=_FRAME_SECONDS * 1000)
            found += [box] if box else []
    return found


def _shared(box: FloatRect, other: FloatRect) -> FloatRect:
    """Return what two boxes share: what is scrolled out of a frame would be beside it."""
    left, top = max(box["x"], other["x"]), max(box["y"], other["y"])
    right = min(box["x"] + box["width"], other["x"] + other["width"])
    bottom = min(box["y"] + box["height"], other["y"] + other["height"])
    return {"x": left, "y": top, "width": max(right - left, 0), "height": max(bottom - top, 0)}


async def _cut(page: Page, picture: bytes, boxes: list[FloatRect]) -> bytes:
    """Return *picture* with nothing left but *boxes*; it is done in the page's process, unseen by it."""
    given = ", ".join(map(json.dumps, (base64.b64encode(picture).decode(), boxes)))
    cut = await ask_aside(page, f"({_CUT})({given})")
    if not isinstance(cut, str):
        raise BrowserError("the page's picture could not be cut to its controls")
    return base64.b64decode(cut)


async def _documents(page: Page) -> list[str]:
    """Return the page and its frames, with what stands in shadow roots; one that is stuck is left out."""
    found: list[str] = []
    for frame in page.frames:
        with contextlib.suppress(error_of(page)), anyio.move_on_after(_FRAME_SECONDS):
            found.append(await frame.evaluate(_HTML))
    return found


def _cover(site: Site) -> str:
    """Return the style that hides all of a page but what the Site names of its controls.

    A page's transition would let what is hidden be seen until its end.
    """
    round_it = [css for path in site.selectors.frame for css in holders(path)]
    shown, never, frames = (
        f":is({', '.join(css) or '_'})" for css in (controls_of(site), [*turns_of(site), *FIELDS], round_it)
    )
    every, more, most = f"*{_STRONG}", _STRONG * 2, _STRONG * 3
    return f"""
        {every}, {every}::before, {every}::after, {every}::backdrop {_HIDDEN}
        {every}::backdrop, :root{_STRONG}, body{_STRONG} {_BARE}
        {frames}{more}, {shown}{more}, {shown} *{more} {_VISIBLE}
        {never}{most}, {never} *{most} {_HIDDEN}
    """


def controls_of(site: Site) -> list[str]:
    """Return the CSS of what the page says by itself, whoever uses it and whatever for."""
    named = site.named_selectors()
    return [css for name in _SHOWN for css in named[name]]


def turns_of(site: Site) -> tuple[str, ...]:
    """Return the CSS of what was said."""
    return (*site.selectors.response_area, *site.selectors.user_turn)
