"""A hand on a page: person-like input as an `InputDriver`.

Law: every number comes from the hand or from one generator, and a whole action is drawn before any of it is
played. So the same seed, the same sitting and the same page give the same input.
"""

from __future__ import annotations

import math
import random
import secrets
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final, Literal, TypeAlias
from weakref import WeakKeyDictionary

import anyio
import attrs

from ._deadline import unreached
from ._devtools import devtools, isolated_world, value_of
from ._hand import HOMING_SECONDS, Hand, pause_seconds, reading_seconds
from ._input import CLICK_SECONDS, InputDriver, PlainInput, line_feeds, visit
from ._motion import box_of, bring_into_view, fits, is_pointed_at, place_of
from ._player import Player
from ._pointing import Box, Point, aim, movement_seconds, path, press, scroll
from ._typing import keystrokes, strike

if TYPE_CHECKING:
    from playwright.async_api import Locator, Page

Pace: TypeAlias = Literal["person", "quick", "off"]

PASTE_OVER: Final = {"person": 150, "quick": 20}
"""Characters from which on a text is pasted: nobody types a page of text into a chat."""

_CLIPBOARD: Final = threading.Lock()
_GLANCE_WORDS: Final = 6
_SCROLLS: Final = 5
_MARGIN_PIXELS: Final = 30
_LIMIT_SECONDS: Final = 20.0
_STILL_SECONDS: Final = 0.05
_LINE_SECONDS: Final = 3.0
# Editors make lists, headings, menus and smart quotes of what is typed, not of what is pasted.
_ACTED_UPON: Final = frozenset("*_`#~<>|[]{}()@/:-+=$\\\"'0123456789")
_FILL: Final = """async (text) => {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const give = (event) => {
      event.clipboardData.setData("text/plain", text);
      event.preventDefault();
      event.stopImmediatePropagation();
    };
    addEventListener("copy", give, { capture: true, once: true });
    const given = document.execCommand("copy");
    removeEventListener("copy", give, true);
    return given;
  }
}"""


@attrs.define(eq=False)
class HumanInput:
    """Visits, clicks and types as a person does.

    Text is written byte by byte as it is given. What is longer than `PASTE_OVER` is pasted, through the
    clipboard of the machine that the browser runs on: what was in it is gone. Passwords are never pasted.

    Attributes:
        pace: `person`: as people do, with pauses. `quick`: as fast as people get, without pauses.
        seed: Whose hand it is; one person's stays the same.
        sitting: Which time they sit down. Nobody repeats themselves to the millisecond, so a new sitting
            draws new times from the same hand.
        typos: The share of letters that are mistyped and corrected at once; `TYPOS` is what people do.
    """

    pace: Literal["person", "quick"] = "person"
    seed: int = 0
    sitting: int = 0
    typos: float = 0.0
    _hand: Hand = attrs.field(init=False)
    _rng: random.Random = attrs.field(init=False)
    _pointers: WeakKeyDictionary[Page, Point] = attrs.field(factory=WeakKeyDictionary, init=False)
    _is_at_keys: bool = attrs.field(default=False, init=False)

    def __attrs_post_init__(self) -> None:
        hand = Hand.of(self.seed)
        self._hand = hand.hurried() if self.pace == "quick" else hand
        self._rng = random.Random(f"{self.seed} {self.sitting}")

    async def navigate(self, page: Page, url: str) -> None:
        """Go to *url*, return when the document is there and was glanced at."""
        await visit(page, url)
        await self._pause(reading_seconds(self._rng, _GLANCE_WORDS))

    async def click(self, target: Locator, *, seconds: float = CLICK_SECONDS) -> None:
        """Move the pointer to *target* and click it, somewhere near its middle.

        A target that moves is followed; one that something lies over is waited for, for *seconds*.
        """
        # The limit is on the way there: what is pressed is never left half pressed.
        if not await self.approach(target, seconds=seconds):
            raise unreached(seconds)
        await Player(target.page).play(press(self._hand, self._rng))

    async def approach(self, target: Locator, *, seconds: float = CLICK_SECONDS) -> bool:
        """Bring the pointer over *target*; tell whether there was a way to it, for *seconds*."""
        with anyio.move_on_after(seconds + _LIMIT_SECONDS) as looking:
            await self._point_at(target)
        return not looking.cancelled_caught

    async def _point_at(self, target: Locator) -> None:
        """Bring the pointer over *target*, with nothing between, unless it is there."""
        await self._home(at_keys=False)
        await place_of(target)
        await self._scroll_to(target)
        box, pointer = await box_of(target), self._pointers.get(target.page)
        if pointer in box and await is_pointed_at(target):
            return
        await self._point(target.page, box)
        while not await is_pointed_at(target):
            await anyio.sleep(_STILL_SECONDS)
            await self._point(target.page, await box_of(target))

    async def focus(self, target: Locator) -> None:
        """See that *target* has the focus; clicked for it, write behind what stands there."""
        if not await fits(target, ":focus-within"):
            await self.click(target)
            if await _holds_text(target):
                await self._strike(target.page, "ControlOrMeta+End")
        await self._home(at_keys=True)

    async def type_text(self, target: Locator, text: str, *, new_line: str = "") -> None:
        """Type or paste *text* into *target*, behind what stands there."""
        text = line_feeds(text)
        await self.focus(target)
        if not await self._pastes(target, text, new_line):
            typed = keystrokes(text, self._hand, self._rng, typos=self.typos, new_line=new_line)
            await Player(target.page).play(typed)
            return
        first, *more = text.split("\n") if new_line else [text]
        await self._paste(target.page, first)
        for line in more:
            await self._strike(target.page, new_line)
            await self._paste(target.page, line)

    async def press(self, target: Locator, keys: str) -> None:
        """Press *keys* in *target*."""
        await self.focus(target)
        await self._strike(target.page, keys)

    def seconds_for(self, text: str = "") -> float:
        """Return how much longer than the engine itself it may take, at the very most."""
        typed = len(text) if len(text) <= PASTE_OVER[self.pace] else 0
        return _LIMIT_SECONDS + typed * 6 * self._hand.interval + text.count("\n") * _LINE_SECONDS

    async def _pastes(self, target: Locator, text: str, new_line: str) -> bool:
        if await fits(target, "[type=password]"):
            return False
        return len(text) > PASTE_OVER[self.pace] or bool(new_line and _ACTED_UPON.intersection(text))

    async def _paste(self, page: Page, text: str) -> None:
        """Paste *text*; where no clipboard can be had, insert it as an input method does."""
        if not text:
            return
        async with _the_clipboard():
            if await _fill_clipboard(page, text):
                await self._strike(page, "ControlOrMeta+V")
                return
        await page.keyboard.insert_text(text)

    async def _strike(self, page: Page, keys: str) -> None:
        await Player(page).play(strike(keys, self._hand, self._rng))

    async def _home(self, *, at_keys: bool) -> None:
        """Take the hand to the keys or to the mouse, unless it is there."""
        if at_keys != self._is_at_keys:
            self._is_at_keys = at_keys
            await self._pause(pause_seconds(self._rng, HOMING_SECONDS))

    async def _point(self, page: Page, box: Box) -> None:
        """Move the pointer into *box*. A page's first pointer comes from above."""
        start = self._pointers.get(page)
        if start is None:
            width, _ = await _window(page)
            start = Point(round(width * self._rng.uniform(0.2, 0.8)), 0)
        end = aim(box, self._rng)
        seconds = movement_seconds(math.dist(start, end), box, self._hand, self._rng)
        await Player(page).play(path(start, end, seconds, self._hand, self._rng))
        self._pointers[page] = end

    async def _scroll_to(self, target: Locator) -> None:
        """Turn the wheel until *target* is in the window; what the wheel does not move, the engine brings."""
        page = target.page
        width, height = await _window(page)
        for _ in range(_SCROLLS):
            box = await box_of(target)
            beyond = _beyond(box, height)
            if not beyond:
                break
            await self._point(page, Box(width / 4, height / 4, width / 2, height / 2))
            await Player(page).play(scroll(beyond, self._rng))
            if await box_of(target) == box:
                break
        await bring_into_view(target)

    async def _pause(self, seconds: float) -> None:
        if self.pace == "person":
            await anyio.sleep(seconds)


def input_driver(pace: Pace, seed: int) -> InputDriver:
    """Return what visits, clicks and types at *pace*; `off` is the engine's own input.

    The hand of *seed* sits down anew: it draws times that it did not draw before.
    """
    if pace == "off":
        return PlainInput()
    return HumanInput(pace, seed, sitting=secrets.randbits(32))


@asynccontextmanager
async def _the_clipboard() -> AsyncIterator[None]:
    """Have the clipboard for the length of a block.

    A machine has one. Another account's hand, be it in another browser, would fill it between our copying and
    our pasting, and its text would stand in our page.
    """
    while not _CLIPBOARD.acquire(blocking=False):  # noqa: ASYNC110  who has it may be on another thread's loop
        await anyio.sleep(_STILL_SECONDS)
    try:
        yield
    finally:
        _CLIPBOARD.release()


async def _fill_clipboard(page: Page, text: str) -> bool:
    """Put *text* into the clipboard of the machine that the browser runs on; tell whether that went.

    The page's own world is not touched: the text comes from an isolated one. Where the page may not write to
    the clipboard (no permission, no secure connection), it is copied as a selection would be; then a page
    that listens for `copy` on its window hears one.
    """
    async with devtools(page) as session:
        world = await isolated_world(session)
        return await value_of(session, _FILL, text, executionContextId=world, userGesture=True) is True


def _beyond(box: Box, height: float) -> float:
    """Return how far the window must be scrolled to show *box*; 0 if it does."""
    margin = min(_MARGIN_PIXELS, max((height - box.height) / 2, 0))
    if box.y < 0:
        return box.y - margin
    return max(box.y + min(box.height, height) + margin - height, 0) if box.y + box.height > height else 0.0


async def _holds_text(target: Locator) -> bool:
    is_field = await fits(target, ":is(input, textarea)")
    return bool(await (target.input_value() if is_field else target.inner_text()))


async def _window(page: Page) -> tuple[float, float]:
    """Return the width and height of what the window shows, without asking the page."""
    async with devtools(page) as session:
        seen = (await session.send("Page.getLayoutMetrics"))["cssLayoutViewport"]
    return seen["clientWidth"], seen["clientHeight"]
