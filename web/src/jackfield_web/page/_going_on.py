"""Going on with a conversation: only where the page shows it.

Law: a message goes into the conversation that was asked for, or it does not go. An address is not enough:
where its conversation was deleted or is another account's, pages show an empty one, at that address or after
a moment at another, and what is written there begins a new conversation. Nor is an answer: what a page says
of a conversation that it does not find, or to greet one, may stand in an answer's place.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import attrs

from jackfield import Certainty, InvalidRequest

from ..browser import error_of
from ..errors import shown_url
from ..hands import eventually
from ..site import Site
from ._frames import conversation_frame, find_visible

if TYPE_CHECKING:
    from playwright.async_api import Page

_DRAWN_SECONDS: Final = 2.0
_BOX_SECONDS: Final = 1.0
_HINT: Final = "It was deleted, or is another account's or a former guest's: begin a new one."


@attrs.frozen(kw_only=True)
class Thread:
    """The conversation that a message belongs to.

    Attributes:
        begins: Whether the message begins it: then no earlier one may be on the page.
        address: Where it is; None for one that has no address, or none yet.
    """

    begins: bool = False
    address: str | None = None


async def require_thread(page: Page, site: Site, thread: Thread) -> None:
    """See to it that *page* shows *thread*, which a message is to go on with.

    Raises:
        InvalidRequest: It does not, though it had its time; nothing was sent.
    """

    async def is_decided() -> bool:
        try:
            return not _is_at(page, site, thread) or await _is_shown(page, site, thread)
        except error_of(page):
            if page.is_closed():
                raise
            # It is on its way to another document.
            return False

    # Who comes to an address waits until its page is drawn; a conversation without one is there already.
    seconds = _DRAWN_SECONDS if thread.address is None else site.timing.composer
    is_decided_in_time = await eventually(is_decided, seconds)
    require_address(page, site, thread)
    if not is_decided_in_time:
        raise _not_shown(site, thread)


def require_address(page: Page, site: Site, thread: Thread) -> None:
    """See to it that *page* has not left the address of *thread*. Asks nothing of the page.

    Raises:
        InvalidRequest: It has; nothing was sent.
    """
    if not _is_at(page, site, thread):
        assert thread.address is not None, "what has no address is not left"
        raise InvalidRequest(
            f"{shown_url(thread.address)} is no conversation here: "
            f"{site.name} left it for {shown_url(page.url)}",
            hint=_HINT,
            certainty=Certainty.NOT_SENT,
        )


async def _is_shown(page: Page, site: Site, thread: Thread) -> bool:
    """Whether *page* shows what a user said, or an answer so long that a list may have left that out."""
    if thread.address is None and site.conversation_address(page.url) is not None:
        # It was begun in this very tab, by a message that was refused: nothing of that need be left to show.
        return True
    frame = await conversation_frame(page, site)
    if await find_visible(frame, site.selectors.user_turn) is not None:
        return True
    answer = await find_visible(frame, site.selectors.response_area)
    if answer is None or not site.selectors.user_turn:
        return answer is not None
    box = await answer.bounding_box(timeout=_BOX_SECONDS * 1000)
    return box is not None and box["y"] < 0


def _is_at(page: Page, site: Site, thread: Thread) -> bool:
    return thread.address in (None, site.conversation_address(page.url))


def _not_shown(site: Site, thread: Thread) -> InvalidRequest:
    """Return the error for a page that has nothing of *thread*."""
    if thread.address is None:
        return InvalidRequest(
            "the page was loaded anew, and has forgotten the conversation",
            hint=f"{site.title or site.name} gives a conversation no address: begin a new one.",
            certainty=Certainty.NOT_SENT,
        )
    drifted = "Where a window shows it, the Site's user_turn and response_area no longer find its turns."
    return InvalidRequest(
        f"{shown_url(thread.address)} is no conversation here: {site.name} shows nothing of it",
        hint=f"{_HINT} {drifted}",
        certainty=Certainty.NOT_SENT,
    )
