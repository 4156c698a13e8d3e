"""The conversation that a message belongs to: one that it begins, or one that it goes on with.

Law: a message that begins a conversation goes where no earlier one is shown, and one that goes on goes into
the conversation that was asked for; or it does not go. An address is not enough: where its conversation was
deleted or is another account's, pages show an empty one, at that address or after a moment at another, and
what is written there begins a new conversation. Nor is an answer: what a page says of a conversation that it
does not find, or to greet one, may stand in an answer's place.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from functools import partial
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qs, urlsplit

import attrs

from jackfield import Certainty, InvalidRequest

from ..browser import ask_aside, error_of
from ..errors import PageChanged, missing, shown_url
from ..hands import InputDriver, deadline, eventually
from ..site import Site, in_storage, read_address
from ._click import clear_the_way, click
from ._frames import conversation_frame, find_visible

if TYPE_CHECKING:
    from playwright.async_api import Page

_OPEN_SECONDS: Final = 30.0
_DRAWN_SECONDS: Final = 2.0
_GREETING: Final = "With selectors.user_turn in the Site a greeting is told from an answer."
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


async def begin_anew(page: Page, site: Site, hands: InputDriver) -> str | None:
    """See to it that *page* shows no earlier conversation: by its button, or opened anew.

    One that it went on to by itself is left before anything of it is drawn: its address alone does not tell
    whether it is an earlier one, that is drawn late, or a new one that the page names.

    Returns:
        The address of the one that it left, where its new one may still be at a while; None for none.

    Raises:
        PageChanged: It goes on with an earlier one; nothing was sent.
        DeadlineExceeded: It was not opened in time.
    """
    frame = await conversation_frame(page, site)
    gone_to, is_drawn = _gone_to(page, site), await _has_turns(page, site)
    if not (gone_to or is_drawn):
        return None
    left = site.conversation_address(page.url)
    await clear_the_way(page, site, hands)
    button = await find_visible(frame, site.selectors.new_chat_button)
    # One that is disabled where nothing is drawn says that this is a new one.
    if button is not None and (is_drawn or await button.is_enabled()):
        await click(page, site, button, hands, name="new_chat_button")
    elif gone_to or await shows_thread(page, site):
        with deadline(_OPEN_SECONDS + hands.seconds_for(), "opening a new conversation"):
            await load(page, hands, site.addresses.start)

    async def is_new() -> bool:
        if not (await _has_turns(page, site) and await shows_thread(page, site)):
            return True
        # Some ask whether the earlier one may go.
        await clear_the_way(page, site, hands)
        return False

    if not await eventually(is_new, site.timing.composer):
        raise no_new_conversation(site)
    if is_drawn or _gone_to(page, site) != left:
        return left
    # It goes there again: to an earlier one that it draws late, or so it names each new one.
    if await eventually(partial(shows_thread, page, site), site.timing.composer):
        raise no_new_conversation(site)
    return None


def _gone_to(page: Page, site: Site) -> str | None:
    """Return the conversation that *page*, which was opened at the start, went on to; None for none."""
    here = site.conversation_address(page.url)
    return None if here == site.conversation_address(site.addresses.start) else here


async def load(page: Page, hands: InputDriver, url: str) -> None:
    """Let *hands* go to *url*, in a document that is loaded for it.

    To an address that differs from the page's in its fragment alone, or not at all, a browser goes within the
    document: what stands there is still of where the page was, and looks like what was asked for.
    """
    document, *fragment = url.split("#", 1)
    if fragment and _href(document) == _href(page.url.split("#", 1)[0]):
        await page.goto("about:blank")
    await hands.navigate(page, url)


def _href(url: str) -> str:
    """Return *url* as the browser writes it."""
    return url if (address := read_address(url)) is None else address.href


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


def why_not_incognito(site: Site, url: str) -> str:
    """Return why what is said at *url* may be kept, where the Site's conversations are to be incognito.

    A page may add to the query of its address, as the model that it shows. What it takes away or changes may
    be what keeps the conversation from being remembered.
    """
    if not site.is_incognito:
        return ""
    wanted, shown = (urlsplit(_href(each)) for each in (site.addresses.start, url))
    told = f"the page does not stay in its incognito conversation: it is at {shown_url(url)}"
    if (wanted[:3], wanted.fragment) != (shown[:3], shown.fragment):
        return told
    asked, has = (parse_qs(each.query, keep_blank_values=True) for each in (wanted, shown))
    lost = [name for name in asked if has.get(name) != asked[name]]
    return f"{told} without its {', '.join(map(repr, lost))}" if lost else ""


async def is_in_storage(page: Page, traces: Collection[str]) -> bool:
    """Whether *page* has one of the *traces*, a message or an id, in local storage, which all tabs share."""
    forms = json.dumps([form for text in traces for form in in_storage(text)])
    kept = f"Object.values(localStorage).some((kept) => {forms}.some((form) => kept.includes(form)))"
    return await ask_aside(page, kept) is True


def no_new_conversation(site: Site) -> PageChanged:
    """Return the error for a page that goes on with an earlier conversation."""
    return missing(
        site,
        "new_chat_button",
        "the page shows an earlier conversation, and a new one is not begun by",
        advice="" if site.selectors.user_turn else _GREETING,
    )


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


def other_thread(site: Site) -> InvalidRequest:
    """Return the error for a page that shows another conversation, where ours has no address."""
    return InvalidRequest(
        "the page shows another conversation in the place of ours",
        hint=f"{site.title or site.name} gives a conversation no address: begin a new one.",
        certainty=Certainty.NOT_SENT,
    )


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
