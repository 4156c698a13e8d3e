"""Checking a page: open it, compare it with what is known, send one message if asked, tell what was seen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final
from urllib.parse import urlsplit

import attrs
from anyio import to_thread

from jackfield import ChallengeRequired

from ..browser import BrowserHost, BrowserSettings, PageHandle
from ..errors import FIRST_ERROR_STATUS, refusal, shown_url
from ..page import (
    Matched,
    Seen,
    Stranger,
    choose,
    count,
    document_answer,
    matched,
    meet,
    say,
    survey,
)
from ..reading import fault_of
from ..site import build_site
from ._draft import base_of, draft, lacking, told_by_wire, unclear
from ._known import KnownSite, best, installed_sites

_COMPOSER_SECONDS: Final = 15.0
_PERSON_SECONDS: Final = 300.0
_STILL_SECONDS: Final = 10.0


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
        kept_out: Why it shows nothing to write in, as far as that can be told; empty where it does.
        frames: How many frames can be seen.
        pressed: Whether a message was written and sent off.
        sent: Whether something shows that it went.
        failed: Whether the page showed a note of its own in the place of an answer.
        login_after: Whether it showed a login in that place.
        came: Whether it wrote anything after the message.
        waited: How many seconds an answer was waited for.
        answer: How many characters of an answer were seen.
        streams: The addresses of streams that came after the message, with their kinds.
        left_out: Whether the given address had a query or a fragment: no draft has them, for their secrets.
    """

    url: str
    title: str
    known: KnownSite | None
    matched: Sequence[Matched]
    drafted: Mapping[str, Any] | None
    lacks: str
    no_sign: bool
    wants_login: bool
    kept_out: str
    frames: int
    pressed: bool
    sent: bool
    failed: bool
    login_after: bool
    came: bool
    waited: float
    answer: int
    streams: Sequence[str]
    left_out: bool


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
        settings: How the browser is started. With a window, a person has five minutes to log in,
            and to close what lies over the page.
        message: What to send: once, and twice more to try what was drafted. Nothing is sent when it is empty.
        always_draft: Draft a Site even if a known one fits.
        still: Seconds of standing still that may mean the end of an answer, where nothing else does.

    Raises:
        ProviderError: The browser does not start or the page does not open.
    """
    installed = await to_thread.run_sync(installed_sites, base_of(shown_url(url)))
    seconds = _COMPOSER_SECONDS if settings.headless else _PERSON_SECONDS
    async with BrowserHost(settings) as host, host.session() as session, session.page() as page:
        stranger = await page.call(meet, url, seconds)
        seen = await page.call(survey, stranger)
        kept_out = "" if "chat_input" in seen.selectors else _why(*await page.call(document_answer), seconds)
        known = best([(one, await page.call(matched, one.site)) for one in installed])
        site = known.site if known else None
        if message and "chat_input" in seen.selectors:
            seen = await page.call(say, stranger, seen, message, site)
            if len(seen.answers) > 1 and (place := told_by_wire(seen)) is not None:
                seen = await page.call(choose, stranger, seen, message, place)
        found = await (page.call(matched, site) if site else page.call(count, stranger, seen.selectors))
        drafted, lacks, no_sign = None, "", False
        if site is None or always_draft:
            drafted, lacks, no_sign = await _draft(page, stranger, seen, message, still)
    return Checked(
        url=seen.url,
        title=seen.title,
        known=known,
        matched=found,
        drafted=drafted,
        lacks=lacks,
        no_sign=no_sign,
        wants_login="login_password" in seen.selectors,
        kept_out=kept_out,
        frames=len(seen.frames),
        pressed=bool(seen.address),
        sent=seen.sent,
        failed=seen.failed,
        login_after=seen.wants_login,
        came=seen.came,
        waited=seen.waited,
        answer=len(seen.answer),
        streams=[f"{stream.kind}: {shown_url(stream.url)}" for stream in seen.streams],
        left_out=any(urlsplit(url)[3:]),
    )


def _why(status: int, document: bytes, seconds: float) -> str:
    """Return why a page shows nothing to write in, by its HTTP status and its document."""
    if isinstance(refusal(status, {}, document), ChallengeRequired):
        return "It wants proof of a person first"
    if status >= FIRST_ERROR_STATUS:
        return f"It was answered with the HTTP status {status}, and shows nothing to write in"
    return (
        f"No field to write in was found in {seconds:g} seconds: it may be a login, a challenge or an error"
    )


async def _draft(
    page: PageHandle, stranger: Stranger, seen: Seen, message: str, still: float | None
) -> tuple[dict[str, Any], str, bool]:
    """Draft a Site from what was seen, and try it where it is whole.

    Return it, why it is no whole one, and whether it lacks a sign that an answer is complete.
    """
    site = draft(seen)
    lacks, no_sign = lacking(site), False
    if lacks and seen.answer:
        no_sign = not lacking(site | {"timing": {"still": still or _STILL_SECONDS}})
        if no_sign and still is not None:
            site, lacks = site | {"timing": {"still": still}}, ""
    lacks = unclear(seen) or lacks
    if not lacks and (fault := await page.call(fault_of, build_site(site), message, stranger.eyes)):
        lacks = f"its own trial failed: {fault}"
    return site, lacks, no_sign
