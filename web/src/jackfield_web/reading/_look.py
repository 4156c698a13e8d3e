"""What one look at the page tells, and when an answer that is read from the page is complete. No I/O.

Whoever sends a message still sees the signs of the answer before it, the stop button leaves before the last
words are drawn, and a text that stands still may only be thinking. So a sign is needed that says yes, and
after it the text must stand still.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import attrs

from ..site import may_be

_WITHOUT_A_CHANGE: Final = 3.0


@attrs.frozen(kw_only=True)
class Look:
    """What is on the page.

    Attributes:
        turns: The turns that answer us, as `{"markdown": …}` or `{"html": …}`; None when they are as before.
        thoughts: What the model thinks, in the same form; None when it is as before.
        failure: What the page says of its own failure; None while it says nothing.
        goes_on_by: What lets an answer go on that stopped at its limit: its selector and its place among what
            this finds visible; None when there is nothing of the kind.
        count: How many there are.
        mine: Whether our message is there, or was: a list may take it out again while it is answered.
        here: Whether it is there just now; never where nobody knows what it says.
        instead: The letters of the turn that stands in its place, and says something else; empty for none.
        left: Whether it was there while it was answered, and is not any more.
        works: Whether a stop button or another sign of work is there.
        worked: Whether one was there since the probe was put in.
        finished: Whether a sign of completion is in or after the last turn.
        written: What stands in the composer; None without a composer.
        limit: Whether the page says that the account's limit is reached.
        challenge: Whether the page wants proof of a person.
        says_the_same: Whether turns and thoughts say what they said: some are only drawn otherwise, or a
            clock in one goes on.
    """

    turns: list[Mapping[str, str]] | None = None
    thoughts: list[Mapping[str, str]] | None = None
    failure: str | None = attrs.field(default=None, repr=False)
    goes_on_by: tuple[str, int] | None = None
    count: int = 0
    mine: bool = False
    here: bool = False
    instead: str = attrs.field(default="", repr=False)
    left: bool = False
    works: bool = False
    worked: bool = False
    finished: bool = False
    written: str | None = None
    limit: bool = False
    challenge: bool = False
    says_the_same: bool = False

    def is_another_s(self, sent: str) -> bool:
        """Whether what stands in the place of our message, of the letters *sent*, cannot be ours."""
        return bool(self.instead) and not may_be(self.instead, sent)

    @property
    def is_drawn_anew(self) -> bool:
        """Whether turns or thoughts are not drawn as they were."""
        return self.turns is not None or self.thoughts is not None

    @property
    def goes_on(self) -> bool:
        """Whether turns or thoughts say something else than they did: pictures and clocks may never stop."""
        return self.is_drawn_anew and not self.says_the_same


@attrs.define(eq=False)
class Completion:
    """Decides when an answer on a page is complete.

    Args:
        settle: Seconds for which the text must stand still after a sign of completion.
        still: Seconds for which the text must stand still where no sign is known; None where one is.

    Attributes:
        by_stillness: Whether nothing but its standing still said that the answer was complete.
    """

    _settle: float
    _still: float | None = None
    by_stillness: bool = attrs.field(default=False, init=False)
    _quiet_since: float | None = attrs.field(default=None, init=False)

    def is_complete(self, look: Look, *, now: float, in_flight: bool, is_found: bool = False) -> bool:
        """Take a look in and tell whether it is the last.

        Args:
            look: The look.
            now: The time, in seconds.
            in_flight: Whether traffic that belongs to the answer is under way.
            is_found: Whether the answer may have been complete before we looked, so that no change will be
                seen: it was asked for earlier, or its page was loaded anew.
        """
        # Where nothing else tells that a page works, a picture that moves may tell it.
        is_moving = look.goes_on if self._still is None else look.is_drawn_anew
        if is_moving or look.works or in_flight or self._quiet_since is None:
            self._quiet_since = now
        if look.works or in_flight or not look.count:
            return False
        needed = self._needed(look, is_found=is_found)
        return needed is not None and now - self._quiet_since >= needed

    def _needed(self, look: Look, *, is_found: bool) -> float | None:
        """Return the seconds of standing still that are enough, or None when no sign says complete."""
        self.by_stillness = False
        if look.finished or look.worked:
            return self._settle
        # That a message could be sent says nothing: many pages take the next one while they answer.
        long = self._settle * _WITHOUT_A_CHANGE if is_found else None
        if self._still is None:
            return long
        self.by_stillness = True
        return max(long or 0.0, self._still)
