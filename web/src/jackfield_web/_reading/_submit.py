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

from .._drift import missing
from .._input import InputDriver, PlainInput
from .._site import Site
from ._frames import conversation_frame, find_visible
from ._look import Look
from ._reply import Reply

if TYPE_CHECKING:
    from playwright.async_api import Locator, Page

SubmissionState: TypeAlias = Literal["not_sent", "maybe_sent", "committed"]

_PLAIN: Final = PlainInput()
_SPACE: Final = re.compile(r"\s+")
_TRIES: Final = 3
_STEP_SECONDS: Final = 0.05
_STUCK_SECONDS: Final = 0.1
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
    """
    site = reply.site
    frame = await conversation_frame(reply.page, site)
    composer = await find_visible(frame, site.selectors.chat_input, seconds=site.timing.composer)
    if composer is None:
        raise missing(site, "chat_input")
    await _wait_for_rest(reply)
    if not await _write(composer, reply, hands):
        return Submission("not_sent", "the page took the text back out of its composer")
    button = await find_visible(frame, site.selectors.send_button, seconds=_BUTTON_SECONDS)
    if button is None and not site.composer.enter_sends:
        raise missing(site, "send_button")
    await reply.sending()
    try:
        with anyio.fail_after(site.timing.submit + hands.seconds_for()):
            await (hands.click(button) if button is not None else hands.press(composer, "Enter"))
    except (reply.engine_error, TimeoutError):
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


async def _wait_for_rest(reply: Reply) -> None:
    """Wait for the answer before to be over: a page may draw its composer anew then, and lose the text."""
    for _ in range(math.ceil(reply.site.timing.composer / _STEP_SECONDS)):
        if not (await reply.look()).works:
            return
        await anyio.sleep(_STEP_SECONDS)


async def _write(composer: Locator, reply: Reply, hands: InputDriver) -> bool:
    """Write the message, and again if the page draws its composer anew; tell whether it stuck."""
    for _ in range(_TRIES):
        await _clear_the_way(reply, hands)
        await _type(composer, reply, hands)
        await anyio.sleep(_STUCK_SECONDS)
        if _letters(await _written(composer, reply.site)) == _letters(reply.text):
            return True
    return False


async def _clear_the_way(reply: Reply, hands: InputDriver) -> None:
    """Close what lies over the page; it may come a while after the composer."""
    frame = await conversation_frame(reply.page, reply.site)
    if (closer := await find_visible(frame, reply.site.selectors.dismiss)) is not None:
        await hands.click(closer)


async def _type(composer: Locator, reply: Reply, hands: InputDriver) -> None:
    """Write as keys do: an editor keeps its own record of the text, and undoes what it did not see."""
    if _letters(await _written(composer, reply.site)):
        # What is typed replaces what is selected.
        await hands.press(composer, "ControlOrMeta+A")
    kept = reply.site.composer
    await hands.type_text(composer, reply.text, new_line="" if kept.kind == "textarea" else kept.new_line)


async def _written(composer: Locator, site: Site) -> str:
    if site.composer.kind == "textarea":
        return await composer.input_value()
    return await composer.inner_text()


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
