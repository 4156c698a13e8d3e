"""A page that nobody described: what it shows, and what becomes of a message there.

Law: nothing is said to it but by `say`, once.
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import anyio
import attrs

from jackfield import DeadlineExceeded, ProviderError

from ..browser import error_of, seen_in
from ..errors import ASKED_BY_HTTP, DOWNLOAD, PageChanged, from_engine, scrubbed, shown_url
from ..hands import PlainInput, deadline, eventually
from ..site import Site
from ._eyes import Eyes
from ._selectors import Matched, counted, matched
from ._traffic import Heard, Traffic

if TYPE_CHECKING:
    from playwright.async_api import Frame, Page

_OPEN_SECONDS: Final = 60.0
_STEP_SECONDS: Final = 0.25
_QUIET_SECONDS: Final = 4.0
_FIRST_SECONDS: Final = 60.0
_ANSWER_SECONDS: Final = 180.0
_TOUCH_SECONDS: Final = 15.0
_WENT_SECONDS: Final = 15.0
_FRAME_SECONDS: Final = 3.0
_HANDS: Final = PlainInput()
_COVERED: Final = (
    "Something lies over the send button, such as a cookie banner, or it is disabled. "
    "In a window, with --show, there are five minutes to close it by hand."
)
_BY_HTTP: Final = (
    "It asks by HTTP who is there, and that is not answered here: write the Site by hand, and give its "
    "connection the option http_credentials."
)
_OF_ANSWERS: Final = frozenset(
    {"user_turn", "response_area", "stop_button", "busy", "finished", "copy_button", "reasoning"}
)
"""What is told by where the answer is."""

Selected = Mapping[str, Sequence[str]]
"""CSS by the names of `Selectors`."""


@attrs.define(eq=False)
class Stranger:
    """A page that nobody described, as the functions here know it; for others it is opaque.

    Attributes:
        url: The address by which it was opened.
        seconds: How long may pass until a composer is there, and nothing lies over its button.
        traffic: What it asks for.
        eyes: What sees it, from a world of its own: the page, or the frame where its conversation is.
    """

    url: str
    seconds: float
    traffic: Traffic
    eyes: Eyes


@attrs.frozen(kw_only=True)
class Seen:
    """What was seen of a page. Addresses are as they may be shown: a description holds no secret.

    Attributes:
        given: The address by which it was opened.
        url: Its address.
        title: Its title.
        kind: The composer's kind; empty when there is none.
        selectors: What was found.
        frames: The CSS of what holds its frames.
        address: Its address after the message; empty when none was written.
        sent: Whether something shows that the message went: the page, or a request that holds it.
        failed: Whether the page shows a note of its own in the place of an answer.
        wants_login: Whether it shows a login in the place of an answer.
        came: Whether it wrote anything after the message.
        waited: How many seconds an answer was waited for.
        answer: The answer as the page shows it; empty when none could be told apart.
        answers: What may be the answer, that first: parts of the page that grew after the message.
        rivals: The CSS of those that the page alone does not tell from the answer, with their letters.
        streams: The streams that may have carried it.
    """

    given: str
    url: str
    title: str
    kind: str
    selectors: Selected
    frames: Sequence[str]
    address: str = ""
    sent: bool = False
    failed: bool = False
    wants_login: bool = False
    came: bool = False
    waited: float = 0.0
    answer: str = ""
    answers: Sequence[str] = ()
    rivals: Sequence[tuple[str, int]] = ()
    streams: Sequence[Heard] = ()


async def meet(page: Page, url: str, seconds: float) -> Stranger:
    """Open *url*, and hear what it asks for from the beginning.

    Raises:
        PageChanged: It is a file to download.
        ProviderError: It does not open.
    """
    session = await page.context.new_cdp_session(page)
    stranger = Stranger(url, seconds, await _heard_from(page, page), Eyes(page, session))
    try:
        with deadline(_OPEN_SECONDS, f"opening {shown_url(url)}"):
            await _HANDS.navigate(page, url)
    except error_of(page) as error:
        raise _not_opened(url, error) from scrubbed(error)
    return stranger


def _not_opened(url: str, error: Exception) -> ProviderError:
    """Return our error for an address that did not open, with what can be done who has no Site yet."""
    if DOWNLOAD in str(error):
        return PageChanged(
            f"{shown_url(url)} is a file to download, and no page", hint="Give the page with the composer."
        )
    refused = from_engine(error)
    if refused.hint == ASKED_BY_HTTP:
        refused.hint = _BY_HTTP
    return refused


async def _heard_from(page: Page, place: Page | Frame) -> Traffic:
    """Return what is asked for in *place* from now on; the engine's error where the page hears it."""
    traffic = Traffic(await page.context.new_cdp_session(place), error_of(page))
    await traffic.open()
    return traffic


async def survey(page: Page, stranger: Stranger) -> Seen:
    """Return what the page shows when it shows a composer and has come to rest, or when its time is over.

    Where only a frame of it shows a composer, that frame is looked at from then on.
    """
    found = await _rested(stranger, stranger.seconds)
    holder = "" if "chat_input" in found["selectors"] else await _enter_frame(page, stranger, found["frames"])
    if holder:
        found = {**await _rested(stranger, _FRAME_SECONDS), "frames": found["frames"]}
        found["selectors"]["frame"] = [holder]
    return Seen(
        given=shown_url(stranger.url),
        url=shown_url(page.url),
        **{name: found[name] for name in ("title", "kind", "selectors", "frames")},
    )


async def _rested(stranger: Stranger, seconds: float) -> dict[str, Any]:
    before = None
    for _ in range(int(seconds / _STEP_SECONDS)):
        await anyio.sleep(_STEP_SECONDS)
        found = await _look(stranger)
        if "chat_input" in found["selectors"] and found == before:
            return found
        before = found
    return await _look(stranger)


async def _look(stranger: Stranger) -> dict[str, Any]:
    # A page that went somewhere else meanwhile took the survey with it.
    await stranger.eyes.open()
    found: dict[str, Any] = await stranger.eyes.ask("survey")
    return found


async def _enter_frame(page: Page, stranger: Stranger, frames: Sequence[str], above: str = "") -> str:
    """Look into the first frame with a composer; return the path to it, empty without one.

    Args:
        page: The page.
        stranger: It.
        frames: The CSS of what holds frames.
        above: The path to what they are in; empty for the page itself.
    """
    for css in frames:
        path = f"{above} >>> {css}" if above else css
        await stranger.eyes.look_into(path)
        found = await _rested(stranger, _FRAME_SECONDS)
        if "chat_input" in found["selectors"]:
            await _hear(page, stranger, stranger.eyes.frame)
            return path
        if inner := await _enter_frame(page, stranger, found["frames"], path):
            return inner
    await stranger.eyes.look_into("")
    return ""


async def _hear(page: Page, stranger: Stranger, frame: Frame) -> None:
    """Hear what *frame* asks for: what a frame of another site and those in it do is heard there only."""
    above: Frame | None = frame
    while above is not None:
        with contextlib.suppress(error_of(page)):
            stranger.traffic = await _heard_from(page, above)
            return
        above = above.parent_frame


async def count(page: Page, stranger: Stranger, selectors: Selected) -> list[Matched]:
    """Return what drafted selectors find."""
    named = ((name, css) for name, all_css in selectors.items() for css in all_css)
    return [await counted(stranger.eyes.frame, name, css, error_of(page)) for name, css in named]


async def say(page: Page, stranger: Stranger, seen: Seen, message: str, known: Site | None) -> Seen:
    """Send *message*, wait until the page stands still, and return what is known then.

    In what was *seen* before there is a composer. An installed Site that fits is *known*: it has the button.

    Raises:
        DeadlineExceeded: The button could not be reached; nothing was sent.
    """
    await stranger.eyes.ask("mark", message)
    selectors = {**seen.selectors, **await _write(page, stranger, seen.selectors, message, known)}
    stranger.traffic.begin()
    await _send(stranger, selectors)

    async def went() -> bool:
        return stranger.traffic.has_told(message) or await stranger.eyes.ask_again("went", message)

    begun = anyio.current_time()
    if sent := await eventually(went, _WENT_SECONDS):
        await _wait(stranger, message)
    waited = anyio.current_time() - begun
    turns = await stranger.eyes.ask_again("turns", message)
    return attrs.evolve(
        seen,
        selectors={**selectors, **turns["selectors"]},
        address=shown_url(page.url),
        sent=sent,
        failed=turns["failed"],
        wants_login=turns["login"],
        came=turns["came"],
        waited=waited,
        answer=next(iter(turns["texts"]), ""),
        answers=turns["texts"],
        rivals=[(one["css"], one["letters"]) for one in turns["rivals"]],
        streams=await stranger.traffic.streams(),
    )


async def choose(_page: Page, stranger: Stranger, seen: Seen, message: str, place: int) -> Seen:
    """Return what is known where the answer is the one at *place* of those that it may be."""
    turns = await stranger.eyes.ask_again("turns", message, place)
    if turns["texts"] != seen.answers:
        return seen
    kept = {name: css for name, css in seen.selectors.items() if name not in _OF_ANSWERS}
    selectors = {**kept, **turns["selectors"]}
    return attrs.evolve(seen, selectors=selectors, answer=turns["texts"][place], rivals=())


async def _write(
    page: Page, stranger: Stranger, selectors: Selected, message: str, known: Site | None
) -> Selected:
    """Write the message; return the send button, which many pages show only now."""
    composer = seen_in(stranger.eyes.frame, selectors["chat_input"][0]).first
    with deadline(_TOUCH_SECONDS, "writing into the composer"):
        await _HANDS.type_text(composer, message)
    await anyio.sleep(_STEP_SECONDS)
    if known is not None:
        found = await matched(page, known)
        if css := [one.css for one in found if one.name == "send_button" and one.seen]:
            return {"send_button": css}
    again = await stranger.eyes.ask("survey")
    return {name: css for name, css in again["selectors"].items() if name == "send_button"}


async def _send(stranger: Stranger, selectors: Selected) -> None:
    if button := selectors.get("send_button"):
        try:
            await _HANDS.click(seen_in(stranger.eyes.frame, button[0]).first, seconds=stranger.seconds)
        except DeadlineExceeded as error:
            error.hint = _COVERED
            raise
        return
    with deadline(_TOUCH_SECONDS, "sending the message"):
        await _HANDS.press(seen_in(stranger.eyes.frame, selectors["chat_input"][0]).first, "Enter")


async def _wait(stranger: Stranger, message: str) -> None:
    """Watch the page until an answer is there and has stood still for a while, with no stream open."""
    length, quiet = -1, 0.0
    with anyio.move_on_after(_FIRST_SECONDS):
        while True:
            told = await stranger.eyes.ask_again("turns", message)
            if told["found"] or told["failed"] or told["login"]:
                break
            await stranger.eyes.ask_again("sample")
            await anyio.sleep(_STEP_SECONDS)
    with anyio.move_on_after(_ANSWER_SECONDS):
        while quiet < _QUIET_SECONDS or stranger.traffic.is_busy:
            await anyio.sleep(_STEP_SECONDS)
            now = await stranger.eyes.ask_again("sample")
            length, quiet = now, quiet + _STEP_SECONDS if now == length else 0.0
