"""Where a page stands while an answer is read: in our conversation, on its way elsewhere, or gone. No I/O.

Law: an answer is read where our message stands. A page may give its conversation another address while it
answers, and then shows our message there too; one that shows another conversation, or none, has left ours.
So has one where another message, which cannot be ours drawn otherwise, stands in the place of ours.
"""

from __future__ import annotations

from typing import Final

import attrs

from jackfield import ProviderError

from ..errors import PageClosed, PageLeft
from ..site import Site
from ._look import Look

_NEVER_SEEN: Final = (
    "Look at its conversations for the answer. If it draws what is said in other words, leave "
    "selectors.user_turn out of its Site."
)


@attrs.define(eq=False)
class Whereabouts:
    """Keeps where the page showed our message.

    Args:
        site: What the page is like.
        was_here: Whether it is certain already that our message was where the page is.
        sent: The letters of our message.

    Attributes:
        is_elsewhere: Whether the page shows another conversation than ours, or none.
    """

    _site: Site
    _was_here: bool = False
    _sent: str = attrs.field(default="", repr=False)
    is_elsewhere: bool = attrs.field(default=False, init=False)
    _address: str | None = attrs.field(default=None, init=False)
    _is_seen: bool = attrs.field(default=False, init=False)
    """Whether our message was seen at that address, which it is taken for otherwise."""
    _left_at: float | None = attrs.field(default=None, init=False)

    def address(self, url: str) -> str | None:
        """Return the address of the conversation that the answer is in, while the page is at *url*."""
        # The first can be no other's: the message was sent there, or where no conversation was. But
        # a page may bring an earlier one back late, in the place of ours.
        if self._address is None and not self.is_elsewhere:
            self._address = self._site.conversation_address(url)
        return self._address

    def may_have_moved(self, url: str) -> bool:
        """Whether *url* is of another conversation than that of the answer, as far as was seen."""
        return self._site.conversation_address(url) not in (None, self._address)

    def see(self, look: Look, *, began: str, ended: str) -> None:
        """Take in a look that began while the page was at one address, and ended at another or the same."""
        address = self._site.conversation_address(ended)
        is_another_s = look.is_another_s(self._sent)
        is_here = look.here and not is_another_s
        if is_here and address is not None and address == self._site.conversation_address(began):
            self._address, self._is_seen = address, True
        # Where our message was never seen, nobody knows whose conversation is shown without it.
        self._was_here |= is_here
        is_known = self._was_here and self._address is not None
        has_left = is_another_s or (is_known and address != self._address and not is_here)
        # What its login page says of a refusal is heard as ever.
        self.is_elsewhere = has_left and not self._site.is_login_page(ended)
        if self.is_elsewhere and address == self._address and not self._is_seen:
            self._address = None

    def check(
        self, url: str, now: float, *, grace: float, by_wire: bool, told: ProviderError | None = None
    ) -> None:
        """Raise when the page has left, and what it left is not told otherwise.

        Args:
            url: Where the page is.
            now: The time, in seconds.
            grace: Seconds for the wire to tell why the page went to its login.
            by_wire: Whether the wire tells the answer, wherever the page is.
            told: What the remote is known to have refused our message with; it says more than the login page.

        Raises:
            ProviderError: *told*, where it went to its login.
            PageClosed: It went to its login.
            PageLeft: It went on to another conversation, or to none.
        """
        at_login = self._site.is_login_page(url)
        if not at_login and (by_wire or not self.is_elsewhere):
            self._left_at = None
            return
        self._left_at = now if self._left_at is None else self._left_at
        # A page may take a moment to draw our conversation at its new address.
        if now - self._left_at < (grace if at_login else self._site.timing.composer):
            return
        if at_login:
            raise told or PageClosed("the page left for its login before the answer was complete")
        if self._was_here:
            raise PageLeft("the page left the conversation before the answer was complete")
        raise PageLeft("the page shows another message in the place of ours", hint=_NEVER_SEEN)
