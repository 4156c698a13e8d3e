"""Trying a drafted Site on the page it was drafted from, in the same login, before anybody relies on it.

Law: it is a Site when it has read two answers in a row: each came, was complete by the draft's own sign, and
says what the page shows.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
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
        async with aclosing(_answers(page, site, message)) as answers:
            async for answer in answers:
                await eyes.open()
                shown = await eyes.ask("turns", message)
                if not letters_of(answer):
                    return "an answer was read as empty"
                if shown["found"] and not are_alike(answer, shown["text"]):
                    return "an answer was read otherwise than the page shows it"
    except JackfieldError as error:
        return f"{type(error).__name__}: {error.message}"
    return ""


async def _answers(page: Page, site: Site, message: str) -> AsyncGenerator[str]:
    async with PageReader(page, site) as reader:
        await page.goto(site.addresses.start, wait_until="domcontentloaded")
        for _ in range(_TIMES):
            folded = Accumulator()
            async with reader.reply(message) as reply:
                await submit(reply)
                async for event in reply:
                    folded.add(event)
            yield folded.text
