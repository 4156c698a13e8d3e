"""A picture of a page that shows its controls and nothing that was said or typed."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Final

import anyio

from ..browser import error_of
from ..site import Site
from ._frames import conversation_frame, holders

if TYPE_CHECKING:
    from playwright.async_api import Page

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
_HTML: Final = """() => {
    const roots = []
    const enter = (root) => {
        for (const { shadowRoot } of root.querySelectorAll("*")) if (shadowRoot) {
            roots.push(shadowRoot)
            enter(shadowRoot)
        }
    }
    enter(document)
    const page = document.documentElement
    return `<html>${page.getHTML ? page.getHTML({ shadowRoots: roots }) : page.innerHTML}</html>`
}"""


async def take_picture(page: Page, site: Site) -> tuple[bytes, list[str]]:
    """Return a picture of *page* with the controls of its Site and nothing else, and its documents."""
    # The conversation's frame is shown, so what is in it must be covered: the engine does it once it looked.
    await (await conversation_frame(page, site)).locator("html").count()
    return await page.screenshot(style=_cover(site), caret="initial"), await _documents(page)


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
    shown, never, frames = (
        f":is({', '.join(css) or '_'})"
        for css in (controls_of(site), [*turns_of(site), *FIELDS], _holders(site))
    )
    every, more, most = f"*{_STRONG}", _STRONG * 2, _STRONG * 3
    return f"""
        {every}, {every}::before, {every}::after, {every}::backdrop {_HIDDEN}
        {every}::backdrop, :root{_STRONG}, body{_STRONG} {_BARE}
        {frames}{more}, {shown}{more}, {shown} *{more} {_VISIBLE}
        {never}{most}, {never} *{most} {_HIDDEN}
    """


def _holders(site: Site) -> list[str]:
    """Return the CSS of all frame elements round the conversation."""
    return [css for path in site.selectors.frame for css in holders(path)]


def controls_of(site: Site) -> list[str]:
    """Return the CSS of what the page says by itself, whoever uses it and whatever for."""
    named = site.named_selectors()
    return [css for name in _SHOWN for css in named[name]]


def turns_of(site: Site) -> tuple[str, ...]:
    """Return the CSS of what was said."""
    return (*site.selectors.response_area, *site.selectors.user_turn)
