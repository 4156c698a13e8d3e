"""Plays steps on a page: the only part of a hand that knows of clocks and engines.

Law: nothing stays pressed, and time is kept. On a busy machine a move is left out when the next one is due as
well, as browsers merge them; keys and buttons are never left out, nor pressed and released at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import zip_longest
from typing import TYPE_CHECKING, Final

import anyio
import attrs

from ._steps import Button, Commit, Key, Move, Step, Wheel

if TYPE_CHECKING:
    from playwright.async_api import Page

_RELEASE_SECONDS: Final = 5.0
_LEAST_SECONDS: Final = 0.03
_CAUGHT_UP_SECONDS: Final = 0.25


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
        due = sent = self._clock()
        try:
            for step, after in zip_longest(drawn, drawn[1:]):
                due += step.wait
                if _is_left_out(step, after, due, self._clock()):
                    continue
                if not isinstance(step, Move):
                    due = max(due, sent + min(step.wait, _LEAST_SECONDS))
                await anyio.sleep(max(due - self._clock(), 0))
                await self._send(step)
                sent = self._clock()
                due = max(due, sent - _CAUGHT_UP_SECONDS)
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


def _is_left_out(step: Step, after: Step | None, due: float, now: float) -> bool:
    """Whether *step* is a move that the one after it, which is due too, makes needless."""
    return isinstance(step, Move) and isinstance(after, Move) and due + after.wait <= now
