"""What an end on the wire means, by what the page shows after it. No I/O.

Law: while the page shows that it works, an end on the wire is none; and a request that broke off or was
refused is believed only after a moment in which the page neither asks again nor shows work.
"""

from __future__ import annotations

from typing import Final

import attrs

from ..site import letters_of
from ._look import Look

_UNSEEN_SECONDS: Final = 5.0
_AT_WORK_SECONDS: Final = 10.0


@attrs.define(eq=False)
class WireEnd:
    """Keeps what was seen since the wire ended.

    Args:
        grace: Seconds for which an end without a last word may be followed by more.

    Attributes:
        since: When it ended; None while it has not.
        was_held: Whether the page showed work after it.
        works: Whether it did so at the last look; None while none was taken.
        has_more: Whether it shows more of the answer than was told by then.
    """

    grace: float
    since: float | None = attrs.field(default=None, init=False)
    was_held: bool = attrs.field(default=False, init=False)
    works: bool | None = attrs.field(default=None, init=False)
    has_more: bool = attrs.field(default=False, init=False)
    _answered: tuple[int, int] = attrs.field(default=(0, 0), init=False)
    _letters: int = attrs.field(default=0, init=False)
    _seen_at: float | None = attrs.field(default=None, init=False)
    _moved_at: float = attrs.field(default=0.0, init=False)

    def note(self, ended: bool, now: float) -> bool:
        """Note whether it has ended; tell whether that is news."""
        if not ended:
            self.since, self.was_held, self.works, self._seen_at = None, False, None, None
            return False
        if self.since is not None:
            return False
        self.since = self._moved_at = now
        return True

    def keep(self, answered: tuple[int, int], told: str) -> None:
        """Keep how many requests were *answered* by the end, in all and by streams, and the text *told*."""
        self._answered, self._letters = answered, len(letters_of(told))

    def see(self, look: Look, *, began: float, now: float) -> None:
        """Take a look in; one that began before the end says nothing of it."""
        if self.since is None or began < self.since:
            return
        if look.goes_on or look.works is not bool(self.works):
            self._moved_at = now
        self.works, self._seen_at = look.works, began
        self.was_held |= look.works

    def compare(self, shown: str, told: str) -> None:
        """Compare what the page shows of the answer with what was told by the end, and by the wire."""
        self.has_more = len(letters_of(shown)) > max(self._letters, len(letters_of(told)))

    def went_on(self, answered: tuple[int, int]) -> bool:
        """Tell whether the page went on with the answer since then, by requests that were *answered*."""
        (before, streams), (now, streamed) = self._answered, answered
        return self.has_more and ((self.was_held and now > before) or streamed > streams)

    def move(self, now: float) -> None:
        """Note that the page asks elsewhere: only what is seen after that tells what the end means."""
        self._moved_at = now

    def is_over(self, now: float, wait: float) -> bool:
        """Tell whether an end with a last word is one; *wait* is for how long more may be asked for."""
        if self.since is None or now - self.since < wait:
            return False
        if self.works is None:
            # A page that cannot be looked at shows no work either, and the remote's own word stands.
            return now - self.since >= _UNSEEN_SECONDS
        return not self.works

    def is_believed(self, now: float, again_within: float) -> bool:
        """Tell whether an end without a last word is one."""
        if self.since is None:
            return False
        least = max(_AT_WORK_SECONDS, again_within) if self.works else max(self.grace, again_within)
        # What counts is what a look saw after the moment: a slow page's looks come late.
        seen = self._seen_at is not None and self._seen_at - self._moved_at >= least
        return seen or now - self._moved_at >= least + _UNSEEN_SECONDS
