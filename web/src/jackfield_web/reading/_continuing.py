"""Letting an answer go on that the page stopped at its limit: by the page's own button, so often at most.

Law: to press it sends no message, and is done only when everything says that the answer is over. What is
written after it is the same answer. Where the page does not go on, the answer ended at its limit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from jackfield import Certainty, DeadlineExceeded

from ..browser import seen_in
from ..errors import PageChanged
from ..hands import InputDriver, PlainInput
from ..page import click, conversation_frame
from ..site import Site
from ._look import Look

if TYPE_CHECKING:
    from playwright.async_api import Page


@attrs.define(eq=False)
class Continuing:
    """Presses the button of one answer.

    Attributes:
        hands: What clicks.
        times: How often the answer went on.
    """

    _page: Page
    _site: Site
    hands: InputDriver = attrs.field(factory=PlainInput)
    times: int = attrs.field(default=0, init=False)
    _left: int = attrs.field(init=False)
    _pressed_at: float | None = attrs.field(default=None, init=False)

    def __attrs_post_init__(self) -> None:
        self._left = self._site.reading.continues

    @property
    def is_possible(self) -> bool:
        """Whether the page may stop at a limit and be let go on."""
        return bool(self._site.selectors.continue_button)

    @property
    def waits(self) -> bool:
        """Whether the button was pressed and nothing came of it yet."""
        return self._pressed_at is not None

    async def press(self, look: Look, now: float) -> bool:
        """Press the button where *look* saw one; tell whether it was pressed."""
        if look.goes_on_by is None or not self._left:
            return False
        frame = await conversation_frame(self._page, self._site)
        css, at = look.goes_on_by
        button = seen_in(frame, css).nth(at)
        try:
            await click(self._page, self._site, button, self.hands, name="continue_button")
        except (DeadlineExceeded, PageChanged) as error:
            if error.certainty is not Certainty.NOT_SENT:
                raise
            self._left = 0
            return False
        self._left, self.times, self._pressed_at = self._left - 1, self.times + 1, now
        return True

    def see(self, look: Look, now: float, *, in_flight: bool) -> bool:
        """Take a look in after the press; tell whether the page has not gone on and will not."""
        if self._pressed_at is None:
            return False
        if look.works or look.goes_on or in_flight:
            self._pressed_at = None
        elif look.goes_on_by and now - self._pressed_at > self._site.timing.submit:
            self._pressed_at, self._left = None, 0
            self.times -= 1
            return True
        return False
