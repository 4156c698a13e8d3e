"""Trying a drafted Site on the page it was drafted from, in the same login, before anybody relies on it.

Law: it is a Site when it has read two answers in a row: each came, was complete by the draft's own sign, and
says what the page shows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from jackfield import Accumulator, JackfieldError

from ..page import Eyes
from ..site import Site, are_alike, letters_of
from ._reader import PageReader
from ._submit import submit

if TYPE_CHECKING:
    from playwright.async_api import Page

_TIMES = 2


async def fault_of(page: Page, site: Site, message: str, eyes: Eyes) -> str:
    """Send *message* twice by *site*; return why it is not to be relied on, empty when it is."""
    try:
        async with PageReader(page, site) as reader:
            await page.goto(site.addresses.start, wait_until="domcontentloaded")
            for _ in range(_TIMES):
                if fault := await _fault(await _answer(reader, message), message, eyes):
                    return fault
    except JackfieldError as error:
        return f"{type(error).__name__}: {error.message}"
    return ""


async def _answer(reader: PageReader, message: str) -> str:
    folded = Accumulator()
    async with reader.reply(message) as reply:
        await submit(reply)
        async for event in reply:
            folded.add(event)
    return folded.text


async def _fault(answer: str, message: str, eyes: Eyes) -> str:
    """Return what is wrong with an answer, if one looks at the page."""
    await eyes.open()
    shown = await eyes.ask("turns", message)
    if not letters_of(answer):
        return "an answer was read as empty"
    if shown["found"] and not are_alike(answer, shown["text"]):
        return "an answer was read otherwise than the page shows it"
    return ""
