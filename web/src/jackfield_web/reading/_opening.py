"""Opening a page that is listened to, and going where a conversation is. Runs inside."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from jackfield import Certainty, InvalidRequest, log_event

from ..browser import error_of
from ..errors import PageChanged, Refusal, scrubbed, shown_url
from ..hands import InputDriver, deadline
from ..site import Site
from ..wire import DecoderFactory
from ._reader import PageReader

if TYPE_CHECKING:
    from playwright.async_api import Page

_DOWNLOAD: Final = "Download is starting"
"""The engine's word for an address that it saves instead of showing it."""


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
            await hands.navigate(page, wanted)
    except error_of(page) as error:
        if _DOWNLOAD not in str(error):
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
