"""Sending a message the way a person does, and knowing whether it went.

Law: what sends is pressed at most once, unless the press certainly did not reach the page. One sign that the
message went outweighs all that are missing, and text that is left in the composer is no sign of anything:
pages keep it until their server has answered, or for good. Sending twice is worse than not knowing.
"""

from __future__ import annotations

import contextlib
import math
from functools import partial
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

import anyio
import attrs

from jackfield import Certainty, log_event

from ..errors import PageChanged
from ..hands import InputDriver, PlainInput, eventually
from ..page import (
    click,
    conversation_frame,
    find_visible,
    has_other_files,
    is_uploading,
    require_files,
    why_not_incognito,
)
from ..site import Site, letters_of
from ._failing import failure_of
from ._look import Look
from ._prepare import refused_files
from ._reply import Reply
from ._write import Composed, compose, why_not

if TYPE_CHECKING:
    from playwright.async_api import Locator, Page

SubmissionState: TypeAlias = Literal["not_sent", "maybe_sent", "committed"]

_PLAIN: Final = PlainInput()
_STEP_SECONDS: Final = 0.05
_BUTTON_SECONDS: Final = 2.0
_COVERED: Final = (
    "something lies over the send button, or keeps it in motion: let selectors.dismiss find what closes it"
)


@attrs.frozen
class Submission:
    """What became of a message.

    Attributes:
        state: `not_sent`: it certainly did not go: nothing was pressed, or no press reached the page.
            `maybe_sent`: nobody can tell. `committed`: it went.
        reason: What was seen.
    """

    state: SubmissionState
    reason: str


async def submit(reply: Reply, hands: InputDriver = _PLAIN) -> Submission:
    """Write the reply's message into the page, send it, and see what became of it.

    Args:
        reply: The reply to the message; it is entered already.
        hands: What types and clicks.

    Raises:
        PageChanged: The composer or what sends is not there; nothing was sent.
        InvalidRequest: The composer cannot hold the message, or the page shows the conversation no more;
            nothing was sent.
    """
    return await send(reply, await compose(reply, hands), hands)


async def send(reply: Reply, composed: Composed, hands: InputDriver) -> Submission:
    """Send the message that was *composed*, and see what became of it."""
    site, reply.continuing.hands = reply.site, hands
    if composed.fault:
        return Submission("not_sent", composed.fault)
    button = composed.button
    # Before the last look: while a press waits for its button, or is on its way there, a draft may come.
    if not await eventually(partial(_can_press, reply, button), site.timing.submit):
        return Submission("not_sent", f"the send button stayed disabled for {site.timing.submit:g} seconds")
    if button is not None:
        await hands.approach(button, seconds=site.timing.submit / 2)
    elif await reply.source.suggests():
        await _close_menu(reply, composed, hands)
    await reply.sending()
    seen_before = await _Sight.of(reply)
    if fault := await _change(reply):
        return Submission("not_sent", fault)
    reply.delivery.press()
    try:
        if button is not None:
            fault = await _press(reply, button, composed, hands)
        else:
            await hands.press(composed.composer, "Enter")
            log_event("key.pressed", layer="web", key="Enter")
    except PageChanged as error:
        if error.certainty is not Certainty.NOT_SENT:
            raise
        fault = _COVERED
    except reply.reader.engine_error:
        return await _outcome(reply, seen_before, fault="; the send button could not be pressed to the end")
    return await (_missed(reply, seen_before, fault) if fault else _outcome(reply, seen_before))


async def _can_press(reply: Reply, button: Locator | None) -> bool:
    """Whether the page lets what sends be pressed."""
    if reply.site.selectors.send_button_disabled and not await reply.source.can_send():
        return False
    return button is None or await button.is_enabled()


async def _press(reply: Reply, button: Locator, composed: Composed, hands: InputDriver) -> str:
    """Press the send button; return why that was not done, where the message has changed meanwhile.

    A menu that came with what was written, such as that of names, may lie over it.
    """
    tries = (reply.site.timing.submit / 2,)
    press = partial(click, reply.page, reply.site, button, hands, name="send_button", tries=tries)
    try:
        await press()
    except PageChanged as error:
        if error.certainty is not Certainty.NOT_SENT:
            raise
    else:
        return ""
    await _close_menu(reply, composed, hands)
    if fault := await _change(reply):
        return f"{fault} as Escape was to close what lies over its send button"
    await press()
    return ""


async def _close_menu(reply: Reply, composed: Composed, hands: InputDriver) -> None:
    """Close a menu as a person does. Some pages take the text out with it: it is looked at after this."""
    with contextlib.suppress(reply.reader.engine_error):
        await hands.press(composed.composer, "Escape")


async def _change(reply: Reply) -> str:
    """Return what has changed since the message was composed, so that it must not go; empty for nothing.

    Raises:
        InvalidRequest: The page shows the conversation no more.
        SubmissionUncertain: It has sent something of the message by itself.
        ProviderError: It has lost or refused a file.
    """
    page, reader, site = reply.page, reply.reader, reply.site
    if fault := await why_not(reply, await reply.source.held()):
        # A draft that the page brought back would go in its place.
        return fault
    if not await reader.is_fitted_out():
        return "the page was loaded anew, and has forgotten the message's model and files"
    if reader.given is not None:
        await require_files(page, site, reader.given, partial(refused_files, site))
    # A page may go elsewhere, while the text stands in its composer.
    thread = reader.thread
    if thread is not None and thread.begins:
        return await _why_not_new(reply)
    if thread is not None:
        await reader.require_thread(thread)
    return ""


async def _why_not_new(reply: Reply) -> str:
    """Return why the page does not show a new conversation with our message alone; empty when it does."""
    page, reader, site = reply.page, reply.reader, reply.site
    if fault := why_not_incognito(site, page.url):
        return fault
    if await reader.goes_on():
        return "the page goes on with an earlier conversation"
    # One more where the page took our text: a long paste that it made a file of stands there beside the text.
    known = (reader.given.files if reader.given else 0) + reply.delivery.is_taken
    if await has_other_files(page, site, known):
        return "the page has a file in its composer that was not given with it; take it out there"
    return ""


async def stop(page: Page, site: Site) -> bool:
    """Press the page's stop button; tell whether there was one. Pages take a moment to show it."""
    frame = await conversation_frame(page, site)
    button = await find_visible(frame, site.selectors.stop_button, seconds=_BUTTON_SECONDS)
    if button is None or not await eventually(button.is_enabled, _BUTTON_SECONDS):
        return False
    # What lies over the button would make a click wait until the answer is over.
    await button.dispatch_event("click")
    return True


@attrs.frozen
class _Sight:
    """What a page showed just before the press: signs that were there already are none.

    Attributes:
        address: Where it was.
        works: Whether it was at work on something.
    """

    address: str
    works: bool

    @classmethod
    async def of(cls, reply: Reply) -> _Sight:
        return cls(reply.page.url, (await reply.source.look()).works)

    def evidence(self, look: Look, reply: Reply) -> str:
        """Return what shows that the message went; empty when nothing does."""
        address = reply.page.url
        if look.is_another_s(letters_of(reply.text)):
            # A page may bring an earlier conversation back just then.
            look = attrs.evolve(look, mine=False, count=0)
        # A page that leaves for its login has taken nothing along.
        has_moved = address != self.address and not reply.site.is_login_page(address)
        return evidence(look, was_at_work=self.works, is_carried=reply.was_sent, has_moved=has_moved)


async def _missed(reply: Reply, before: _Sight, fault: str) -> Submission:
    """Tell what became of a message whose button was not pressed, as it could not be reached in time."""
    # A person at the same window may have pressed it.
    if told := before.evidence(await reply.source.look(), reply):
        return await _committed(reply, told)
    await reply.departed()
    reply.delivery.miss()
    return Submission("not_sent", fault)


async def _outcome(reply: Reply, before: _Sight, fault: str = "") -> Submission:
    """Look, until the time is over, for a sign that the message went.

    Some pages upload its files only on the press, and send it after that: so long no time passes.
    """
    said = "nothing shows that the message went"
    left = math.ceil(reply.site.timing.submit / _STEP_SECONDS)
    uploaded_by = anyio.current_time() + reply.site.timing.upload
    while left:
        look = await reply.source.look()
        if told := before.evidence(look, reply):
            return await _committed(reply, told)
        if look.failure is not None:
            said = failure_of(look.failure, Certainty.UNKNOWN, site=reply.site.name).message
        await anyio.sleep(_STEP_SECONDS)
        if not (anyio.current_time() < uploaded_by and await _is_uploading(reply)):
            left -= 1
    await reply.departed()
    # Where the text stands says nothing of where it went, but it says where to look.
    is_there = letters_of(reply.text) in letters_of(look.written or "")
    where = "the message is still in the composer" if is_there else "the composer is empty"
    return Submission("maybe_sent", f"{where}, and {said}{fault}")


async def _is_uploading(reply: Reply) -> bool:
    with contextlib.suppress(reply.reader.engine_error):
        return await is_uploading(reply.page, reply.site)
    return False


async def _committed(reply: Reply, evidence: str) -> Submission:
    await reply.departed()
    reply.delivery.see()
    return Submission("committed", evidence)


def evidence(look: Look, *, was_at_work: bool, is_carried: bool, has_moved: bool) -> str:
    """Return what shows that a message went; empty when nothing does. Each sign is enough by itself.

    Args:
        look: What the page shows now.
        was_at_work: Whether it was at work before the press.
        is_carried: Whether traffic that left the page holds the message.
        has_moved: Whether the page has another address than before.
    """
    if is_carried:
        return "the page's traffic carries it"
    if look.mine:
        return "it is among the page's turns"
    if look.count or ((look.works or look.worked) and not was_at_work):
        return "the page answers"
    return "the page went on to another address" if has_moved else ""
