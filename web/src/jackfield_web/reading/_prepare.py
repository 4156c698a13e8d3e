"""Opening a page, and setting it up for a message: conversation, model, files. Nothing is sent here.

Runs where the page lives, in the browser host's loop.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING

import attrs

from jackfield import Certainty, InvalidRequest, ProviderError, log_event

from ..browser import error_of
from ..errors import DOWNLOAD, PageChanged, Refusal, missing, scrubbed, shown_url
from ..hands import InputDriver, deadline, eventually
from ..page import (
    Attachment,
    Thread,
    attach_files,
    choose_model,
    load,
    require_thread,
    why_not_incognito,
)
from ..site import Site
from ..wire import DecoderFactory
from ._failing import failure_of
from ._reader import PageReader

if TYPE_CHECKING:
    from playwright.async_api import Page


async def listen(
    page: Page, site: Site, decoders: Mapping[str, DecoderFactory], refused: Refusal
) -> PageReader:
    """Begin to listen to *page*, which is empty still, until it is closed.

    To end it before would mean to wait: a page that is still to be answered holds back whoever leaves it.

    Raises:
        ConfigError: The Site has selectors that are no CSS.
    """
    return await PageReader(page, site, decoders=decoders, refused=refused).__aenter__()


async def go_back(page: Page, site: Site, hands: InputDriver, wanted: str, seconds: float) -> None:
    """Go to the conversation *wanted*, unless the page stands there; as `go`."""
    if site.conversation_address(wanted) not in (None, site.conversation_address(page.url)):
        await go(page, site, hands, wanted, seconds)


async def go(page: Page, site: Site, hands: InputDriver, wanted: str, seconds: float) -> None:
    """Go to *wanted*.

    Raises:
        InvalidRequest: *wanted* is a conversation, and the page shows another one.
        PageChanged: *wanted* is a file to download.
        ProviderError: The page does not open within *seconds*.
    """
    is_conversation = site.conversation_address(wanted) is not None
    try:
        with deadline(seconds, f"opening {shown_url(wanted)}"):
            await load(page, hands, wanted)
    except error_of(page) as error:
        if DOWNLOAD not in str(error):
            raise
        raise PageChanged(
            f"{shown_url(wanted)} is a file to download, and no page",
            hint="Open it in a window: the Site's addresses.start is to be the page with the composer.",
            certainty=Certainty.NOT_SENT,
        ) from scrubbed(error)
    if is_conversation and (shown := site.conversation_address(page.url)) not in (None, wanted):
        raise InvalidRequest(
            f"{shown_url(wanted)} is no conversation here: {site.name} shows {shown_url(shown)} instead",
            hint="Ask without a conversation, or with one of this account.",
        )
    log_event("page.opened", layer="web", site=site.name, url=shown_url(wanted))


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


async def prepare(page: Page, reader: PageReader, hands: InputDriver, wish: Wish, thread: Thread) -> None:
    """Make *page* ready for the message of *wish*.

    Args:
        page: The page; it is where it must be, and logged in.
        reader: What reads the page; it is told which conversation the message belongs to.
        hands: What types and clicks.
        wish: What is to be done.
        thread: The conversation that the message belongs to.

    Raises:
        InvalidRequest: The page does not show the conversation.
        ModelNotFound: As for `choose_model`.
        PageChanged: The page has not what it takes.
        DeadlineExceeded: As for `attach_files`.
        ProviderError: The page refuses the files.
    """
    await reader.choose_variant()
    site, reader.thread = reader.site, thread
    if thread.begins:
        if fault := why_not_incognito(site, page.url):
            raise missing(site, "addresses", f"{fault}; see")
        await reader.begin_anew(hands)
    else:
        await _rest(reader)
        await reader.require_thread(thread)
    reader.given = None
    reader.outfit = partial(_fit_out, page, reader, wish) if wish.model is not None or wish.files else None
    await reader.fit_out(hands)


async def _fit_out(page: Page, reader: PageReader, wish: Wish, hands: InputDriver) -> None:
    """Give *page* the model and the files of *wish*; raises as `prepare`."""
    site = reader.site
    if wish.model is not None:
        await choose_model(page, site, wish.model, hands)
    if not wish.files:
        return
    failed = partial(refused_files, site)
    reader.given = await attach_files(page, site, wish.files, hands, failed, is_heard=reader.hears_files)
    if wish.model is not None:
        # Some pages go over to another for files; and some have a field for files with a model alone.
        await choose_model(page, site, wish.model, hands)


async def find_thread(page: Page, reader: PageReader, thread: Thread) -> None:
    """Make *page* ready for reading the last answer of *thread*.

    Raises:
        InvalidRequest: The page does not show the conversation.
    """
    await reader.choose_variant()
    reader.thread = thread
    await require_thread(page, reader.site, thread)


def refused_files(site: Site, words: str) -> ProviderError:
    """Return the error for a page that says *words* of its failure while it has files and no message yet."""
    told = failure_of(words, Certainty.NOT_SENT, site=site.name)
    message = f"the message was not sent: with its files {told.message}"
    return type(told)(message, hint=told.hint, code=told.code, certainty=told.certainty)


async def _rest(reader: PageReader) -> None:
    """Wait while the page is at work on an answer that was left, as long as answers may take."""

    async def is_at_rest() -> bool:
        try:
            return not await reader.ask_once("is_at_work")
        except reader.engine_error:
            if reader.page.is_closed():
                raise
            # It went on to another document meanwhile.
            return False

    if reader.site.shows_work:
        await eventually(is_at_rest, reader.site.timing.total)
