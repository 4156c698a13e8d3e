"""Beginning a conversation on a page that may begin with an earlier one.

Law: a message that begins a conversation goes where no earlier one is shown, or it does not go.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ..errors import PageChanged, missing
from ..hands import InputDriver, deadline, eventually
from ..site import Site
from ._click import clear_the_way, click
from ._frames import conversation_frame, find_visible

if TYPE_CHECKING:
    from playwright.async_api import Page

_OPEN_SECONDS: Final = 30.0
_DRAWN_SECONDS: Final = 2.0
_GREETING: Final = "With selectors.user_turn in the Site a greeting is told from an answer."


async def begin_anew(page: Page, site: Site, hands: InputDriver) -> None:
    """See to it that *page* shows no earlier conversation: by its button, or opened anew.

    Raises:
        PageChanged: It goes on with an earlier one; nothing was sent.
        DeadlineExceeded: It was not opened in time.
    """
    frame = await conversation_frame(page, site)
    if not await _has_turns(page, site):
        return
    await clear_the_way(page, site, hands)
    button = await find_visible(frame, site.selectors.new_chat_button)
    if button is not None:
        await click(page, site, button, hands, name="new_chat_button")
    elif await shows_thread(page, site):
        with deadline(_OPEN_SECONDS + hands.seconds_for(), "opening a new conversation"):
            await hands.navigate(page, site.addresses.start)

    async def is_new() -> bool:
        return not (await _has_turns(page, site) and await shows_thread(page, site))

    if not await eventually(is_new, site.timing.composer):
        raise no_new_conversation(site)


async def _has_turns(page: Page, site: Site) -> bool:
    """Whether *page* shows turns, be they a greeting: at a conversation's address in a moment, too.

    A page that goes on to its last conversation draws that later; one that names a new one draws nothing.
    """
    frame = await conversation_frame(page, site)
    turns = (*site.selectors.response_area, *site.selectors.user_turn)
    seconds = min(_DRAWN_SECONDS, site.timing.composer / 2) if site.conversation_address(page.url) else 0.0
    return await find_visible(frame, turns, seconds=seconds) is not None


async def shows_thread(page: Page, site: Site) -> bool:
    """Whether *page* shows a conversation. Nobody asked for a greeting, so that is none."""
    frame = await conversation_frame(page, site)
    if await find_visible(frame, site.selectors.user_turn) is not None:
        return True
    may_greet = bool(site.selectors.user_turn) and site.conversation_address(page.url) is None
    return not may_greet and await find_visible(frame, site.selectors.response_area) is not None


def no_new_conversation(site: Site) -> PageChanged:
    """Return the error for a page that goes on with an earlier conversation."""
    return missing(
        site,
        "new_chat_button",
        "the page shows an earlier conversation, and a new one is not begun by",
        advice="" if site.selectors.user_turn else _GREETING,
    )
