"""Sending a message the way a person does, and knowing whether it went.

Law: the button is pressed at most once. Whoever sees no sign that the message went, and none that it stayed,
says so; sending twice is worse than not knowing.
"""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

import anyio
import attrs

from .._errors import PageChanged
from .._input import InputDriver, PlainInput
from .._site import Site
from ._clicking import click
from ._frames import conversation_frame, find_visible
from ._look import Look
from ._reply import Reply
from ._write import compose

if TYPE_CHECKING:
    from playwright.async_api import Page

SubmissionState: TypeAlias = Literal["not_sent", "maybe_sent", "committed"]

_PLAIN: Final = PlainInput()
_SPACE: Final = re.compile(r"\s+")
_STEP_SECONDS: Final = 0.05
_BUTTON_SECONDS: Final = 2.0


@attrs.frozen
class Submission:
    """What became of a message.

    Attributes:
        state: `not_sent`: it certainly did not go. `maybe_sent`: nobody can tell. `committed`: it went.
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
        InvalidRequest: The composer cannot hold the message; nothing was sent.
    """
    site = reply.site
    composed = await compose(reply, hands)
    if composed.fault:
        return Submission("not_sent", composed.fault)
    button = composed.button
    await reply.sending()
    try:
        if button is not None:
            tries = (site.timing.submit / 2,) * 2
            await click(reply.page, site, button, hands, name="send_button", tries=tries)
        else:
            with anyio.fail_after(site.timing.submit + hands.seconds_for()):
                await hands.press(composed.composer, "Enter")
    except (reply.engine_error, TimeoutError, PageChanged):
        return await _outcome(reply, fault="the send button could not be pressed")
    return await _outcome(reply)


async def stop(page: Page, site: Site) -> bool:
    """Press the page's stop button; tell whether there was one. Some pages take a moment to show it."""
    frame = await conversation_frame(page, site)
    button = await find_visible(frame, site.selectors.stop_button, seconds=_BUTTON_SECONDS)
    if button is None:
        return False
    # What lies over the button would make a click wait until the answer is over.
    await button.dispatch_event("click")
    return True


async def _outcome(reply: Reply, fault: str = "") -> Submission:
    for _ in range(1 if fault else math.ceil(reply.site.timing.submit / _STEP_SECONDS)):
        look = await reply.look()
        if told := _evidence(look, reply):
            return Submission("committed", told)
        await anyio.sleep(_STEP_SECONDS)
    if _letters(look.written or "") == _letters(reply.text):
        return Submission("not_sent", fault or "the message is still in the composer")
    return Submission("maybe_sent", fault or "the composer is empty, and nothing shows that the message went")


def _evidence(look: Look, reply: Reply) -> str:
    """Return what shows that the message went; empty when nothing does."""
    if reply.was_sent:
        return "the page's traffic carries it"
    if _letters(look.written or ""):
        return ""
    if look.mine:
        return "it is among the page's turns"
    return "the page answers" if look.works or look.count else ""


def _letters(text: str) -> str:
    return _SPACE.sub("", text)
