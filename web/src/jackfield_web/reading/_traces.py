"""What a page shows of what was said: the user's turns, and the conversations that it leads to."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from ..accounts import Traces
from ..hands import eventually
from ..site import is_same, letters_of, may_be
from ._altered import require_all
from ._reader import PageReader
from ._reply import Reply

if TYPE_CHECKING:
    from playwright.async_api import Page

_LINKS: Final = "links => links.map(link => link.href)"


async def traces(page: Page, reader: PageReader) -> Traces:
    """Return what *page* shows now; nothing while it goes on to another document."""
    try:
        return await _traces(reader, await reader.ask_once("traces"))
    except reader.engine_error:
        if page.is_closed():
            raise
        return Traces()


async def address_of(page: Page, reader: PageReader, said: str) -> str | None:
    """Return the address of the conversation on *page*, if what was *said* may be among its turns."""
    address = reader.site.conversation_address(reader.place)
    turns = (await traces(page, reader)).turns if address is not None else ()
    # It may have gone on meanwhile.
    is_there = address == reader.site.conversation_address(reader.place)
    return address if is_there and any(_is_said(turn, said) for turn in turns) else None


async def shows_last(page: Page, reader: PageReader, said: str) -> bool:
    """Whether what was *said* may be the last of the user's turns on *page*, or it shows none."""
    turns: tuple[str, ...] = ()

    async def is_last() -> bool:
        nonlocal turns
        turns = (await traces(page, reader)).turns
        return any(_is_said(turn, said) for turn in turns[-1:])

    return bool(await eventually(is_last, reader.site.timing.submit)) or not turns


def _is_said(turn: str, said: str) -> bool:
    return is_same(turn, letters_of(said)) or may_be(turn, letters_of(said))


async def traces_before(reply: Reply) -> Traces:
    """Return what the page shows before the reply's message is sent."""
    return await _traces(reply.reader, await reply.source.traces())


async def compare(reply: Reply) -> None:
    """Compare the reply's message with what the page shows and has sent of it, now that it is answered.

    Noted is whether the page shows it, where no address tells its conversation from others.

    Raises:
        InvalidRequest: A part of the message went, and the rest of it did not.
    """
    reader, own = reply.reader, letters_of(reply.text)
    turns: tuple[str, ...] = ()
    # A page that is gone is not gone on with.
    with contextlib.suppress(reader.engine_error):
        turns = tuple(map(letters_of, (await reply.source.traces())["turns"]))
    if reader.site.conversation_address(reader.place) is None:
        reader.own = own if any(is_same(turn, own) for turn in turns) else ""
    if not any(is_same(turn, own) for turn in turns):
        require_all(reply.text, reply.departures.said, set(turns) - set(reply.delivery.before.turns))


async def _traces(reader: PageReader, told: Mapping[str, list[str]]) -> Traces:
    site, links = reader.site, told["links"]
    if site.selectors.frame:
        # They stand on the page round the conversation's frame.
        found = [reader.page.locator(f"css={css}") for css in site.selectors.conversation_link]
        links = [link for one in found for link in await one.evaluate_all(_LINKS)]
    addresses = dict.fromkeys(filter(None, map(site.conversation_address, links)))
    return Traces(tuple(map(letters_of, told["turns"])), tuple(addresses))
