"""Setting a page up for a message: the right conversation, the model, the files. Nothing is sent here.

Runs where the page lives, in the browser host's loop.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import attrs

from jackfield import InvalidRequest

from ..errors import missing
from ..hands import InputDriver, eventually
from ..page import Attachment, attach_files, begin_anew, choose_model, conversation_frame, find_visible
from ..site import Site
from ._reader import PageReader

if TYPE_CHECKING:
    from playwright.async_api import Page

_DRAWN_SECONDS: Final = 2.0


@attrs.frozen(kw_only=True)
class Wish:
    """What is to be done on the page.

    Attributes:
        text: What is to be sent.
        files: What goes with it, images and others, in their order.
        model: The model that is to answer, in the page's own word; None for the one that it uses anyway.
    """

    text: str
    files: tuple[Attachment, ...] = ()
    model: str | None = None


async def prepare(page: Page, reader: PageReader, hands: InputDriver, wish: Wish, is_new: bool) -> None:
    """Make *page* ready for the message of *wish*.

    Args:
        page: The page; it is where it must be, and logged in.
        reader: What reads the page; it is told whether the message begins a conversation.
        hands: What types and clicks.
        wish: What is to be done.
        is_new: Whether the message begins a conversation.

    Raises:
        InvalidRequest: The page has forgotten the conversation.
        ModelNotFound: As for `choose_model`.
        PageChanged: The page has not what it takes.
        DeadlineExceeded: As for `attach_files`.
    """
    await reader.choose_variant()
    site, reader.begins = reader.site, is_new
    if is_new:
        await _begin_anew(page, site, hands)
    else:
        await _rest(reader)
        await _require_thread(page, site)
    if wish.model is not None:
        await choose_model(page, site, wish.model, hands)
    if wish.files:
        await attach_files(page, site, wish.files, hands)


async def _begin_anew(page: Page, site: Site, hands: InputDriver) -> None:
    """Leave the earlier conversation that the page may begin with."""
    if site.is_incognito and page.url != site.addresses.start:
        # What is said where it sent us instead would be kept.
        raise missing(site, "addresses", "the page does not stay in its incognito conversation; see")
    await begin_anew(page, site, hands)


async def _rest(reader: PageReader) -> None:
    """Wait while the page is at work on an answer that was left, as long as answers may take."""

    async def is_at_rest() -> bool:
        try:
            return not await reader.is_stoppable()
        except reader.engine_error:
            if reader.page.is_closed():
                raise
            # It went on to another document meanwhile.
            return False

    if reader.site.selectors.stop_button:
        await eventually(is_at_rest, reader.site.timing.total)


async def _require_thread(page: Page, site: Site) -> None:
    """Refuse to go on where the thread is gone.

    One without an address ends when its page is loaded anew. At an address that is not the account's a page
    may show an empty conversation, and leave for a new one a moment later: what is written there would begin
    another.
    """
    turns = (*site.selectors.response_area, *site.selectors.user_turn)
    frame = await conversation_frame(page, site)
    address = site.conversation_address(page.url)
    is_drawn = await find_visible(frame, turns, seconds=_DRAWN_SECONDS) is not None
    if address is not None and site.conversation_address(page.url) != address:
        raise InvalidRequest(
            "the page left the conversation: the account has none at its address",
            hint="It may be another account's, or deleted.",
        )
    if address is None and not is_drawn:
        raise InvalidRequest(
            "the page was loaded anew, and has forgotten the conversation",
            hint=f"{site.title or site.name} gives a conversation no address: begin a new one.",
        )
