"""Checking a page: open it, compare it with what is known, send one message if asked, tell what was seen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import anyio
import attrs
from anyio import to_thread

from .._deadline import deadline
from .._engine import error_of
from .._errors import shown_url
from .._host import BrowserHost
from .._input import PlainInput
from .._settings import BrowserSettings
from .._site_loading import build_site
from ._draft import Seen, base_of, draft, lacking
from ._eyes import Eyes
from ._known import KnownSite, Matched, best, installed_sites, matched
from ._traffic import Traffic
from ._trial import fault_of

if TYPE_CHECKING:
    from playwright.async_api import CDPSession, Frame, Page

_OPEN_SECONDS: Final = 60.0
_COMPOSER_SECONDS: Final = 15.0
_PERSON_SECONDS: Final = 300.0
_STEP_SECONDS: Final = 0.25
_QUIET_SECONDS: Final = 4.0
_FIRST_SECONDS: Final = 60.0
_ANSWER_SECONDS: Final = 180.0
_TOUCH_SECONDS: Final = 15.0
_FRAME_SECONDS: Final = 3.0
_STILL_SECONDS: Final = 10.0
_HANDS: Final = PlainInput()


@attrs.frozen(kw_only=True)
class Checked:
    """What was found out about a page.

    Attributes:
        url: Its address, without what may be secret in it.
        title: Its title.
        known: The installed Site that fits best, if one fits.
        matched: What every selector of that Site, or of the draft, finds.
        drafted: A Site for it, as far as it can be told; None where a known one fits and none was wanted.
        lacks: Why the draft is no whole Site; empty when it is, and has read two answers in a trial.
        no_sign: Whether nothing on the page says when an answer is complete.
        wants_login: Whether there is a login form and no chat.
        frames: How many frames can be seen.
        sent: Whether a message was sent.
        answer: How many characters of an answer were seen.
        streams: The addresses of streams that came after the message, with their kinds.
    """

    url: str
    title: str
    known: KnownSite | None
    matched: Sequence[Matched]
    drafted: Mapping[str, Any] | None
    lacks: str
    no_sign: bool
    wants_login: bool
    frames: int
    sent: bool
    answer: int
    streams: Sequence[str]


async def check_site(
    url: str,
    settings: BrowserSettings,
    *,
    message: str = "",
    always_draft: bool = False,
    still: float | None = None,
) -> Checked:
    """Open *url* in a browser of its own, and tell what kind of chat page is there.

    Args:
        url: The page's address.
        settings: How the browser is started. With a window, a person has five minutes to log in.
        message: What to send: once, and twice more to try what was drafted. Nothing is sent when it is empty.
        always_draft: Draft a Site even if a known one fits.
        still: Seconds of standing still that may mean the end of an answer, where nothing else does.

    Raises:
        ProviderError: The browser does not start or the page does not open.
    """
    known = await to_thread.run_sync(installed_sites, base_of(url))
    async with BrowserHost(settings) as host, host.session() as session, session.page() as page:
        seconds = _COMPOSER_SECONDS if settings.headless else _PERSON_SECONDS
        return await page.call(_check, url, known, Wish(message, always_draft, seconds, still))


@attrs.frozen
class Wish:
    """What is to be done with a page.

    Attributes:
        message: What to send, once; nothing when it is empty.
        always_draft: Whether to draft a Site even if a known one fits.
        seconds: How long to wait for a composer.
        still: Seconds of standing still that may mean the end of an answer, where nothing else does.
    """

    message: str
    always_draft: bool
    seconds: float
    still: float | None = None


async def _check(page: Page, url: str, known: Sequence[KnownSite], wish: Wish) -> Checked:
    look = Looking(page, await page.context.new_cdp_session(page))
    await look.traffic.open()
    with deadline(_OPEN_SECONDS, f"opening {shown_url(url)}"):
        await _HANDS.navigate(page, url)
    survey = await look.survey(wish.seconds)
    holder = "" if "chat_input" in survey["selectors"] else await look.enter_frame(survey["frames"])
    if holder:
        survey = await look.survey(_FRAME_SECONDS)
        survey["selectors"]["frame"] = [holder]
    candidates = [(one, await matched(page, one.site, look.engine_error)) for one in known]
    fitting = best(candidates)
    seen = Seen(url=page.url, title=survey["title"], kind=survey["kind"], selectors=survey["selectors"])
    if wish.message and "chat_input" in seen.selectors:
        seen = await look.converse(seen, wish.message, fitting[0] if fitting else None)
    site = fitting[0].site if fitting else None
    drafted = draft(seen) if site is None or wish.always_draft else None
    found = await matched(page, site, look.engine_error) if site else await look.count(seen.selectors)
    lacks, no_sign = lacking(drafted) if drafted is not None else "", False
    if drafted is not None and lacks and seen.answer:
        no_sign = not lacking(drafted | {"timing": {"still": wish.still or _STILL_SECONDS}})
        if no_sign and wish.still is not None:
            drafted, lacks = drafted | {"timing": {"still": wish.still}}, ""
    if drafted is not None and not lacks:
        fault = await fault_of(page, build_site(drafted), wish.message, look.eyes)
        lacks = f"its own trial failed: {fault}" if fault else ""
    return Checked(
        url=shown_url(seen.url),
        title=seen.title,
        known=fitting[0] if fitting else None,
        matched=found,
        drafted=drafted,
        lacks=lacks,
        no_sign=no_sign,
        wants_login="login_password" in seen.selectors,
        frames=len(survey["frames"]),
        sent=bool(seen.address),
        answer=len(seen.answer),
        streams=[f"{stream.kind}: {shown_url(stream.url)}" for stream in seen.streams],
    )


@attrs.define(eq=False)
class Looking:
    """A page that is looked at."""

    page: Page
    session: CDPSession
    engine_error: type[Exception] = attrs.field(init=False)
    traffic: Traffic = attrs.field(init=False)
    eyes: Eyes = attrs.field(init=False)
    place: Page | Frame = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        self.engine_error = error_of(self.page)
        self.traffic = Traffic(self.session, self.engine_error)
        self.eyes = Eyes(self.session)
        self.place = self.page

    async def enter_frame(self, holders: Sequence[str]) -> str:
        """Look into the first frame with a composer; return the CSS of what holds it, empty without one."""
        for css in holders:
            holder = await self.page.query_selector(css)
            frame = await holder.content_frame() if holder is not None else None
            if frame is None:
                continue
            await self.eyes.look_into(frame.url)
            if "chat_input" in (await self.survey(_FRAME_SECONDS))["selectors"]:
                self.place = frame
                return css
        await self.eyes.look_into("")
        return ""

    async def survey(self, seconds: float) -> dict[str, Any]:
        """Return what the page shows when it shows a composer and has come to rest, or after *seconds*."""
        before = None
        for _ in range(int(seconds / _STEP_SECONDS)):
            await anyio.sleep(_STEP_SECONDS)
            survey = await self._survey()
            if "chat_input" in survey["selectors"] and survey == before:
                return survey
            before = survey
        return await self._survey()

    async def _survey(self) -> dict[str, Any]:
        # A page that went somewhere else meanwhile took the survey with it.
        await self.eyes.open()
        found: dict[str, Any] = await self.eyes.ask("survey")
        return found

    async def count(self, selectors: Mapping[str, Sequence[str]]) -> list[Matched]:
        """Return what drafted selectors find."""
        found = []
        for name, css in ((name, css) for name, all_css in selectors.items() for css in all_css):
            elements = (self.page if name == "frame" else self.place).locator(f"css={css}")
            found.append(
                Matched(name, css, await elements.count(), await elements.filter(visible=True).count())
            )
        return found

    async def converse(self, seen: Seen, message: str, known: KnownSite | None) -> Seen:
        """Send *message*, wait until the page stands still, and return what is known then."""
        await self.eyes.ask("mark")
        selectors = {**seen.selectors, **await self._write(seen, message, known)}
        self.traffic.begin()
        await self._send(selectors)
        await self._wait(message)
        told = await self.eyes.ask("turns", message)
        return attrs.evolve(
            seen,
            selectors={**selectors, **told["selectors"]},
            enter_sends=None if "send_button" in selectors else True,
            address=self.page.url,
            answer=told["text"],
            streams=await self.traffic.streams(),
        )

    async def _write(self, seen: Seen, message: str, known: KnownSite | None) -> dict[str, Any]:
        """Write the message; return the send button, which many pages show only now."""
        composer = self.place.locator(f"css={seen.selectors['chat_input'][0]}").filter(visible=True).first
        with deadline(_TOUCH_SECONDS, "writing into the composer"):
            await _HANDS.type_text(composer, message)
        await anyio.sleep(_STEP_SECONDS)
        if known is not None:
            found = await matched(self.page, known.site, self.engine_error)
            if css := [one.css for one in found if one.name == "send_button" and one.seen]:
                return {"send_button": css}
        again = await self.eyes.ask("survey")
        return {name: css for name, css in again["selectors"].items() if name == "send_button"}

    async def _send(self, selectors: Mapping[str, Sequence[str]]) -> None:
        with deadline(_TOUCH_SECONDS, "sending the message"):
            if button := selectors.get("send_button"):
                await _HANDS.click(self.place.locator(f"css={button[0]}").filter(visible=True).first)
            else:
                field = self.place.locator(f"css={selectors['chat_input'][0]}").filter(visible=True).first
                await _HANDS.press(field, "Enter")

    async def _wait(self, message: str) -> None:
        """Watch the page until an answer is there and has stood still for a while, with no stream open."""
        length, quiet = -1, 0.0
        with anyio.move_on_after(_FIRST_SECONDS):
            while not (await self.eyes.ask("turns", message))["found"]:
                await self.eyes.ask("sample")
                await anyio.sleep(_STEP_SECONDS)
        with anyio.move_on_after(_ANSWER_SECONDS):
            while quiet < _QUIET_SECONDS or self.traffic.is_busy:
                await anyio.sleep(_STEP_SECONDS)
                now = await self.eyes.ask("sample")
                length, quiet = now, quiet + _STEP_SECONDS if now == length else 0.0
