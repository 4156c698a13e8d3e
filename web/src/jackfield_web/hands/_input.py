"""How things are done to a page: the seam between what is wanted and the hand that does it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final, Protocol

import anyio
import attrs

from ..errors import scrubbed
from ._deadline import unreached
from ._many_lines import MANY_LINES, RUNS, apart, kept_tab, write_lines
from ._motion import IS_LATE, press_in_motion

if TYPE_CHECKING:
    from playwright.async_api import Frame, Locator, Page, Request

CLICK_SECONDS: Final = 10.0
"""How long a click may look for a way to its target."""

_ARRIVAL_SECONDS: Final = 2.0
_HAS_A_LOG: Final = "Call log:"
_PRESSES: Final = "performing click action"
_IN_MOTION: Final = "element is not stable"
_TRIES_AGAIN: Final = "retrying click action"
_PUSHED_ASIDE: Final = "is interrupted by another navigation"


class InputDriver(Protocol):
    """Visits, clicks and types. Its methods run on the host's loop and get the engine's own objects."""

    async def navigate(self, page: Page, url: str) -> None:
        """Go to *url* and return when the document is there."""

    async def click(self, target: Locator, *, seconds: float = CLICK_SECONDS) -> None:
        """Click *target*, which is visible.

        Args:
            target: What to click.
            seconds: How long *target* may take to be enabled, to stand still and to have nothing over it.

        Raises:
            DeadlineExceeded: It took longer. Where its certainty is NOT_SENT, nothing was pressed or will be.
        """

    async def approach(self, target: Locator, *, seconds: float = CLICK_SECONDS) -> bool:
        """Do what of a click on *target* takes time, and press nothing; tell whether there is a way to it.

        Arguments as for `click`.
        """

    async def focus(self, target: Locator) -> None:
        """Give *target*, which is visible, the focus."""

    async def type_text(self, target: Locator, text: str, *, new_line: str = "") -> None:
        """Type *text* into *target*, which is visible, behind what stands there.

        Args:
            target: Where to.
            text: What.
            new_line: The keys that begin a new line, in an editor that takes no line break as text.
        """

    async def press(self, target: Locator, keys: str) -> None:
        """Press *keys* in *target*: `Enter`, `ControlOrMeta+A`."""

    def seconds_for(self, text: str = "") -> float:
        """Return how much longer than the engine itself it may take to click, or to type *text*."""


def line_feeds(text: str) -> str:
    """Return *text* with one line feed for each line break, however it was written: as pages have it."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


async def visit(page: Page, url: str) -> None:
    """Go to *url* and return when the document is there.

    A navigation that fails ends when the browser shows its error page: that page comes late, and would push
    aside the next navigation. One that is pushed aside by a page on its way elsewhere, to a login say, ends
    there. So does one whose page wants to go elsewhere and is kept from it: no more of it is read then.
    """
    arrived = asyncio.Event()
    going = anyio.CancelScope()

    def note(frame: Frame) -> None:
        if frame is page.main_frame:
            arrived.set()

    def note_failed(request: Request) -> None:
        if arrived.is_set() and request.is_navigation_request() and request.frame is page.main_frame:
            going.cancel()

    page.on("framenavigated", note)
    page.on("requestfailed", note_failed)
    try:
        with going:
            await page.goto(url, wait_until="domcontentloaded")
    except Exception as error:
        if not any(said in str(error) for said in ("net::ERR_", _PUSHED_ASIDE)):
            raise
        with anyio.move_on_after(_ARRIVAL_SECONDS):
            await arrived.wait()
        if not arrived.is_set() or page.url.startswith("chrome-error:"):
            raise
        await page.wait_for_load_state("domcontentloaded")
    finally:
        page.remove_listener("framenavigated", note)
        page.remove_listener("requestfailed", note_failed)


def _was_pressed(steps: str) -> bool:
    """Whether an engine's log says that the mouse button went down on what was to be clicked.

    It notes the press before it is made, and that it tries again where something else would have got it.
    """
    return steps.rfind(_PRESSES) > steps.rfind(_TRIES_AGAIN)


@attrs.frozen
class PlainInput:
    """The engine's own input: fast and exact, as no person is.

    Attributes:
        by_keys: Whether every line is begun with keys of the engine's, however many there are. Otherwise many
            lines are written from within the page, where each of them costs a small part of that.
    """

    by_keys: bool = False

    async def navigate(self, page: Page, url: str) -> None:
        """Go to *url* and return when the document is there."""
        await visit(page, url)

    async def click(self, target: Locator, *, seconds: float = CLICK_SECONDS) -> None:
        """Click the middle of *target*."""
        try:
            # The engine's own limit: a wait that is only left would go on, and click when the way is free.
            await target.click(timeout=seconds * 1000)
        except Exception as error:
            first, log, steps = str(error).partition(_HAS_A_LOG)
            # Without a log nothing is certain.
            if not log or IS_LATE not in first:
                raise
            if _was_pressed(steps) or (_IN_MOTION in steps and await press_in_motion(target)):
                return
            raise unreached(seconds) from scrubbed(error)

    async def approach(self, target: Locator, *, seconds: float = CLICK_SECONDS) -> bool:
        """Do nothing: its clicks take no time, and look for the way themselves."""
        del target, seconds
        return True

    async def focus(self, target: Locator) -> None:
        """Give *target* the focus."""
        await target.focus(timeout=CLICK_SECONDS * 1000)

    async def type_text(self, target: Locator, text: str, *, new_line: str = "") -> None:
        """Insert *text* in one go, so that a line break in it presses no key but *new_line*."""
        text = line_feeds(text)
        # Not `fill`: the engine quotes in its errors what it was to fill in.
        await target.focus()
        is_long = text.count("\n") >= MANY_LINES and not self.by_keys
        if is_long and await write_lines(target, text, new_line):
            return
        keyboard = target.page.keyboard
        lines = text.split("\n") if new_line else [text]
        # In a form field all blanks stay.
        tab = await kept_tab(target) if new_line and RUNS.search(text) else None
        for at, line in enumerate(lines):
            if at:
                await keyboard.press(new_line)
            for piece in apart(line, tab):
                await keyboard.insert_text(piece)

    async def press(self, target: Locator, keys: str) -> None:
        """Press *keys* in *target*."""
        await target.press(keys, timeout=CLICK_SECONDS * 1000)

    def seconds_for(self, text: str = "") -> float:
        """Return 0: it takes no time of its own."""
        del text
        return 0.0
