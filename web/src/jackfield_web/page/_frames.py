"""The frame that holds the conversation, and what can be seen in it."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Iterable
from functools import partial, reduce
from typing import TYPE_CHECKING, Any, Final

from ..browser import SEEING, seen_in
from ..hands import eventually, isolated_world, object_of, own_frame
from ..site import Site

if TYPE_CHECKING:
    from playwright.async_api import CDPSession, Frame, Locator, Page

_FRAME: Final = "iframe, frame"
_FIND: Final = f"""function (css) {{
    return ({SEEING}).rootsIn(document).map((root) => root.querySelector(css)).find(Boolean)
}}"""
_INTO: Final = re.compile(r"\s*>>>\s*")


def holders(path: str) -> list[str]:
    """Return the CSS of each frame element on a *path* of frames, the outermost first."""
    return _INTO.split(path.strip()) if path else []


async def conversation_frame(page: Page, site: Site) -> Frame:
    """Return the frame that holds the conversation: the one that the Site names, or the page's own."""
    return (await _frames(page, site))[-1][0]


async def _frames(page: Page, site: Site) -> list[tuple[Frame, str]]:
    """Return the frames down to the one that holds the conversation, each with the CSS of its element."""
    for path in site.selectors.frame:
        found = await frames_on(page, path)
        if len(found) > len(holders(path)):
            return [*found, *await _inner(found[-1][0], site)]
    return [(page.main_frame, "")]


async def frames_on(page: Page, path: str) -> list[tuple[Frame, str]]:
    """Return the page's own frame and those on *path*, as far as they are there, each as `_frames` does."""
    found = [(page.main_frame, "")]
    for css in holders(path):
        holder = await found[-1][0].query_selector(css)
        if holder is None or (frame := await holder.content_frame()) is None:
            break
        found.append((frame, css))
    return found


async def _inner(frame: Frame, site: Site) -> list[tuple[Frame, str]]:
    """Return the frame below the named one that has its composer; none when the named one itself has it.

    A page of frames is often described by the outermost: where there is one frame in it, that is looked into.
    """
    composer = ", ".join(site.selectors.chat_input)
    below: list[tuple[Frame, str]] = []
    while await frame.query_selector(composer) is None:
        holders = await frame.query_selector_all(_FRAME)
        inner = await holders[0].content_frame() if len(holders) == 1 else None
        if inner is None:
            return []
        below.append((inner, _FRAME))
        frame = inner
    return below


async def devtools_place(
    page: Page, site: Site, session: CDPSession, own: Callable[[Frame], Awaitable[CDPSession | None]]
) -> tuple[CDPSession, str]:
    """Return where the conversation's frame is reached by DevTools; as `reached_by_devtools`."""
    return await reached_by_devtools(session, await _frames(page, site), own)


async def reached_by_devtools(
    session: CDPSession, frames: list[tuple[Frame, str]], own: Callable[[Frame], Awaitable[CDPSession | None]]
) -> tuple[CDPSession, str]:
    """Return where the last of *frames* is reached by DevTools: by which session, under which name.

    The page's own *session* reaches the frames that share its process; *own* returns the one of a frame with
    a process of its own, None for another.
    """
    name = await own_frame(session)
    for frame, css in frames[1:]:
        name = await _name_of(session, name, css)
        session = await own(frame) or session
    return session, name


async def _name_of(session: CDPSession, holding: str, css: str) -> str:
    """Return the DevTools name of the frame in the element that *css* finds in the frame *holding*."""
    world = await isolated_world(session, holding)
    found = await object_of(session, _FIND, css, executionContextId=world)
    # Of an element that is gone meanwhile the engine complains.
    told: Any = await session.send("DOM.describeNode", {"objectId": found or ""})
    name: str = told["node"].get("frameId", "")
    return name


async def find_visible(frame: Frame, selectors: tuple[str, ...], *, seconds: float = 0.0) -> Locator | None:
    """Return the first visible element that one of *selectors* finds, or None when *seconds* show none."""
    find = partial(_find_visible, frame, selectors)
    if selectors and seconds > 0 and (found := await eventually(find, seconds)):
        return found
    return await find()


async def _find_visible(frame: Frame, selectors: tuple[str, ...]) -> Locator | None:
    every = [seen_in(frame, selector) for selector in selectors]
    # Mostly there is none, and one question tells.
    if len(every) > 1 and not await reduce(lambda one, other: one.or_(other), every).count():
        return None
    for found in every:
        if await found.count():
            return found.first
    return None


async def first_found(frame: Frame, selectors: Iterable[str]) -> list[Locator]:
    """Return all visible elements that the first of *selectors* finds which finds any."""
    for css in selectors:
        if found := await seen_in(frame, css).all():
            return found
    return []
