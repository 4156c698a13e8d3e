"""Plays steps on a page: the only part of a hand that knows of clocks and engines.

Law: nothing stays pressed. A step that comes late shifts those behind it; none is left out, and none hurried
by more than a picture takes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Final

import anyio
import attrs

from ._steps import Button, Commit, Key, Move, Step, Wheel

if TYPE_CHECKING:
    from playwright.async_api import Page

_RELEASE_SECONDS: Final = 5.0
_LATE_SECONDS: Final = 0.02


@attrs.define(eq=False)
class Player:
    """Plays steps on one page with its engine's mouse and keyboard."""

    _page: Page
    _clock: Callable[[], float] = anyio.current_time
    _keys: list[str] = attrs.field(factory=list, init=False)
    _button: bool = attrs.field(default=False, init=False)

    async def play(self, steps: Iterable[Step]) -> None:
        """Play *steps* in their time; leave no key and no button pressed, whatever happens."""
        drawn = list(steps)
        due = self._clock()
        try:
            for step in drawn:
                due += step.wait
                await anyio.sleep(max(due - self._clock(), 0))
                await self._send(step)
                # The page may have heard of it at any time until now.
                due = max(due, self._clock() - _LATE_SECONDS)
        finally:
            await self._release()

    async def _send(self, step: Step) -> None:
        mouse, keyboard = self._page.mouse, self._page.keyboard
        match step:
            case Move(_, x, y):
                await mouse.move(x, y)
            case Button(_, is_down):
                self._button = is_down
                await (mouse.down() if is_down else mouse.up())
            case Wheel(_, pixels):
                await mouse.wheel(0, pixels)
            case Key(_, code, True):
                self._keys.append(code)
                await keyboard.down(code)
            case Key(_, code, False):
                self._keys.remove(code)
                await keyboard.up(code)
            case Commit(_, text):
                await keyboard.insert_text(text)

    async def _release(self) -> None:
        if not self._keys and not self._button:
            return
        with anyio.move_on_after(_RELEASE_SECONDS, shield=True):
            for code in reversed(self._keys):
                await self._page.keyboard.up(code)
            if self._button:
                await self._page.mouse.up()
