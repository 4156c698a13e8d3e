"""Writing a message into the page's composer. Nothing is sent here.

Law: what was written is what the composer holds, or the message is not sent and the reason is told. What
cannot hold it is refused before anything is written. What the page sent by itself is not written again.
"""

from __future__ import annotations

import contextlib
from collections import Counter
from functools import partial
from typing import TYPE_CHECKING, Final

import anyio
import attrs

from jackfield import Certainty, ContextTooLong, InvalidRequest, SubmissionUncertain, log_event

from ..errors import PageChanged, missing
from ..hands import InputDriver, PlainInput, eventually
from ..page import (
    clear_the_way,
    click,
    conversation_frame,
    find_visible,
    no_new_conversation,
)
from ..site import Site, is_same, letters_of
from ._held import Held, HeldKind, units
from ._reply import Reply
from ._traces import traces_before

if TYPE_CHECKING:
    from playwright.async_api import Locator

_ROUNDS: Final = 2
_TRIES: Final = 3
_LOADING_SECONDS: Final = 2.0
_BUTTON_SECONDS: Final = 2.0
_DRAWN_SECONDS: Final = 1.0
_STUCK_SECONDS: Final = 0.1
_PLAIN_SECONDS: Final = 3.0
_WRITING_SECONDS: Final = 15.0
_LINE_SECONDS: Final = 0.25
_PASTED: Final = 20
"""Letters from which on a text may have been pasted."""
_LETTER: Final = "q"
_LOADED_ANEW: Final = "the page loads itself anew, and would forget the message's model and files"
_ENGINE: Final = PlainInput(by_keys=True)
_FIELDS: Final = frozenset({"field", "line"})
_DRAWN: Final[dict[HeldKind, str]] = {
    "field": "a form field",
    "line": "a form field of one line",
    "editor": "an editor",
    "other": "neither a form field nor an editor",
}


@attrs.frozen
class Composed:
    """A message that stands in the composer.

    Attributes:
        composer: Where it stands.
        button: What sends it; None where Enter does.
        fault: Why it does not stand there; empty when it does.
    """

    composer: Locator
    button: Locator | None = None
    fault: str = ""


@attrs.define(eq=False)
class _Losses:
    """How often the page left nothing of a message that was written, as when it makes a file of a long one.

    Each more would make one more file, whoever wrote it.
    """

    _reply: Reply
    _count: int = attrs.field(default=0, init=False)

    def note(self, held: Held) -> None:
        """Note what is *held* in the place of the message.

        Raises:
            PageChanged: It is the second time that nothing is; nothing was sent.
        """
        if not held.is_empty or len(self._reply.text) < _PASTED:
            return
        self._count += 1
        self._reply.delivery.is_taken = True
        if self._count > 1:
            raise PageChanged(
                "the message was not sent: the page took the text out of its composer twice, however it was "
                "written; it may have made a file of it",
                hint="Write a shorter one, or send the text as a file.",
                certainty=Certainty.NOT_SENT,
                selector="chat_input",
            )


async def compose(reply: Reply, hands: InputDriver) -> Composed:
    """Write the reply's message into the page, and find what sends it.

    Raises:
        PageChanged: The composer or what sends is not there, the composer is of another kind than the Site
            says, the page goes on with an earlier conversation, or takes every long text out of its composer;
            nothing was sent.
        InvalidRequest: The composer cannot hold the message, or the page shows the conversation no more;
            nothing was sent.
        ProviderError: The page, loaded anew, does not take model and files again; nothing was sent.
    """
    site, page, thread = reply.site, reply.page, reply.reader.thread
    with anyio.move_on_after(_LOADING_SECONDS):
        # Until then scripts arrive that take a page over, and some empty its composer.
        await page.wait_for_load_state("load")
    fault, losses = "", _Losses(reply)
    for _ in range(_ROUNDS):
        composed = await _composed(reply, hands, losses)
        if composed.fault:
            return composed
        await _wait_until_heard(reply, "chat_input" if composed.button is None else "send_button")
        if thread and thread.begins and await reply.reader.goes_on():
            # It came after the page was made ready for a new one.
            fault = ""
            await reply.reader.begin_anew(hands)
            await reply.reader.fit_out(hands)
        elif fault := await why_not(reply, held := await reply.source.held()):
            losses.note(held)
        elif not await reply.reader.is_fitted_out():
            fault = _LOADED_ANEW
            await reply.reader.fit_out(hands)
        else:
            if thread and not thread.begins:
                await reply.reader.require_thread(thread)
            return composed
    if not fault:
        raise no_new_conversation(site)
    return attrs.evolve(composed, fault=fault)


async def why_not(reply: Reply, held: Held, *, is_drawn: bool = False) -> str:
    """Return how what is *held* differs from the reply's message; empty when it does not.

    Args:
        reply: The reply.
        held: What the composer holds.
        is_drawn: Whether the page had its moment to draw what it may have sent.

    Raises:
        SubmissionUncertain: The page has sent something of the message by itself.
    """
    fault = held.why_not(reply.text)
    if not fault:
        return ""
    has_gone = partial(_has_gone, reply)
    if not await (has_gone() if is_drawn else eventually(has_gone, _DRAWN_SECONDS)):
        return fault
    reply.delivery.press()
    reply.delivery.see()
    hint = "Look at the conversation before you send it again."
    if reply.site.composer.kind != "textarea":
        keys = reply.site.composer.new_line
        hint += (
            f" The Site's composer.new_line, {keys!r}, must be keys that begin a line there and send nothing."
        )
    raise SubmissionUncertain("the page sent something of the message while it was written", hint=hint)


async def _has_gone(reply: Reply) -> bool:
    """Whether the page works, or a turn came that says the message or its beginning.

    Without turns of the user, an answer.
    """
    look = await reply.source.look()
    if look.works or not reply.site.selectors.user_turn:
        return look.works or bool(look.count)
    before, now = reply.delivery.before.turns, (await traces_before(reply)).turns
    said = letters_of(reply.text)
    new = Counter(now) - Counter(before)
    return any(turn and (said.startswith(turn) or is_same(turn, said)) for turn in new)


async def _composed(reply: Reply, hands: InputDriver, losses: _Losses) -> Composed:
    """Write the message into the composer, and find the button, which some pages show only then."""
    site = reply.site
    frame = await conversation_frame(reply.page, site)
    composer = await find_visible(frame, site.composers, seconds=site.timing.composer)
    if composer is None:
        raise missing(site, "chat_input")
    await _wait_for_rest(reply)
    if (await reply.source.held()).shut and await eventually(composer.is_enabled, _BUTTON_SECONDS):
        # Against autofill it may be read-only until it is pressed; one that is disabled cannot be.
        with contextlib.suppress(PageChanged):
            await click(reply.page, site, composer, hands, name="chat_input", tries=(_BUTTON_SECONDS,))
    held = await _held(reply)
    if held.kind == "other":
        # What only stands in for a composer makes room for one when it is pressed.
        await click(reply.page, site, composer, hands, name="chat_input")
        composer = await find_visible(frame, site.composers, seconds=_BUTTON_SECONDS) or composer
        held = await _held(reply)
    if fault := await _write(composer, reply, hands, losses, held):
        return Composed(composer, fault=fault)
    log_event(
        "message.written",
        layer="web",
        selector=", ".join(site.selectors.chat_input),
        composer=site.composer.kind,
        letters=len(reply.text),
    )
    # Where Enter sends as well, a button that is not there soon is not waited for.
    seconds = _BUTTON_SECONDS if site.composer.enter_sends else site.timing.composer
    button = await find_visible(frame, site.selectors.send_button, seconds=seconds)
    if button is None and not site.composer.enter_sends:
        raise missing(site, "send_button")
    return Composed(composer, button)


async def _wait_until_heard(reply: Reply, name: str) -> None:
    """Wait until the page listens to what sends: before, its server alone has drawn it, and a press is lost.

    When its scripts come they may empty the composer, so that what it holds is looked at after this.
    """
    is_heard = partial(reply.source.hears, name)
    if not await is_heard():
        # What the browser itself sends may have no scripts to wait for.
        is_plain = await reply.source.sends(name)
        await eventually(is_heard, _PLAIN_SECONDS if is_plain else reply.site.timing.composer)


async def _wait_for_rest(reply: Reply) -> None:
    """Wait for the answer before to be over: a page may draw its composer anew then, and lose the text."""

    async def is_at_rest() -> bool:
        # Puts the probe into a page that was loaded anew, where nothing of ours can be yet.
        await reply.source.held()
        return not (await reply.source.look()).works

    await eventually(is_at_rest, reply.site.timing.composer)


async def _write(composer: Locator, reply: Reply, hands: InputDriver, losses: _Losses, held: Held) -> str:
    """Write the message, and again if the page draws its composer anew; return why it did not stick.

    What did not stay is written otherwise: pages make files of long pastes, and a second paste would make a
    second file.
    """
    _require_kind(held, reply.site)
    _require_room(held, reply.text)
    seconds = _WRITING_SECONDS + hands.seconds_for(reply.text)
    seconds += reply.text.count("\n") * _LINE_SECONDS
    has_rules = False
    for attempt in range(_TRIES):
        await clear_the_way(reply.page, reply.site, hands)
        # At last in one edit: an editor indents the lines that keys begin, or has other keys for them.
        is_last = attempt == _TRIES - 1
        writer = _ENGINE if attempt or reply.reader.must_insert(reply.text) else hands
        with anyio.move_on_after(seconds) as limit:
            new_line = "" if is_last else _new_line(reply.site)
            await _type(composer, reply, writer, new_line, is_empty=held.is_empty, has_rules=has_rules)
        if limit.cancelled_caught:
            return f"writing it took longer than {seconds:g} seconds"
        held = await _at_rest(reply)
        if not (fault := await why_not(reply, held, is_drawn=True)):
            break
        losses.note(held)
        has_rules = held.kind == "editor" and not held.is_empty and attempt == 0
        if held.is_empty and len(reply.text) >= _PASTED:
            reply.reader.insert_from_now(reply.text)
    return fault


async def _held(reply: Reply) -> Held:
    """Return what the composer holds; a page that draws it anew or keeps it shut just now gets its moment."""
    held = Held()

    async def is_open() -> bool:
        nonlocal held
        held = await reply.source.held()
        return held.kind != "none" and not held.shut

    if await eventually(is_open, reply.site.timing.composer):
        return held
    if held.kind == "none":
        raise missing(reply.site, "chat_input")
    raise PageChanged(
        f"the page's composer is disabled or read-only, and was for {reply.site.timing.composer:g} seconds",
        hint="It takes no message now: open the page and look why. The Site's timing.composer is that limit.",
        certainty=Certainty.NOT_SENT,
        selector="chat_input",
    )


def _require_kind(held: Held, site: Site) -> None:
    """Raise when the composer is not of the Site's kind: its text would be looked for where it is not."""
    kind = site.composer.kind
    if (kind == "textarea" and held.kind in _FIELDS) or (kind != "textarea" and held.kind == "editor"):
        return
    right = "contenteditable" if held.kind == "editor" else "textarea"
    hint = f'Set composer.kind to "{right}".'
    if held.kind == "other":
        hint = "Let selectors.chat_input find the element that is written into, not one round it."
    raise PageChanged(
        f"the composer on the page is {_DRAWN[held.kind]}, and composer.kind of the Site {site.name!r} "
        f'is "{kind}"',
        hint=hint,
        certainty=Certainty.NOT_SENT,
        selector="chat_input",
    )


def _require_room(held: Held, text: str) -> None:
    """Raise when the composer cannot hold *text*: it would take a part of it in silence."""
    if held.kind == "line" and "\n" in text:
        raise InvalidRequest(
            f"the page's composer takes one line; the message has {text.count(chr(10)) + 1}",
            hint="Write it without line breaks: there they would become spaces, or be lost.",
        )
    if held.most is not None and units(text) > held.most:
        raise ContextTooLong(
            f"the page's composer takes {held.most} letters (its maxlength); the message has {units(text)}",
            hint="Write a shorter one, or send the text as a file.",
        )


async def _at_rest(reply: Reply) -> Held:
    """Return what the composer holds when the page had its moment to draw the message, and to undo it."""

    async def is_there() -> bool:
        return (await reply.source.held()).says(reply.text)

    if await eventually(is_there, _DRAWN_SECONDS):
        await anyio.sleep(_STUCK_SECONDS)
    return await reply.source.held()


def _new_line(site: Site) -> str:
    """Return the keys that begin a line in the page's composer; a form field takes line breaks as text."""
    return "" if site.composer.kind == "textarea" else site.composer.new_line


async def _type(
    composer: Locator, reply: Reply, hands: InputDriver, new_line: str, *, is_empty: bool, has_rules: bool
) -> None:
    """Write as keys do: an editor keeps its own record of the text, and undoes what it did not see.

    Rules, where an editor may have some, make another sign of marks such as `->` that are typed last: so a
    letter is typed behind them, and taken away.
    """
    if not is_empty:
        # What is typed replaces what is selected.
        await hands.press(composer, "ControlOrMeta+A")
    text = reply.text + _LETTER if has_rules else reply.text
    await hands.type_text(composer, text, new_line=new_line)
    if has_rules:
        await hands.press(composer, "Backspace")
