"""How things are done to a page: the seam between what is wanted and the hand that does it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import attrs

if TYPE_CHECKING:
    from playwright.async_api import Locator, Page


class InputDriver(Protocol):
    """Visits, clicks and types. Its methods run on the host's loop and get the engine's own objects."""

    async def navigate(self, page: Page, url: str) -> None:
        """Go to *url* and return when the document is there."""

    async def click(self, target: Locator) -> None:
        """Click *target*, which is visible."""

    async def type_text(self, target: Locator, text: str) -> None:
        """Type *text* into *target*, which is visible, behind what stands there."""


async def visit(page: Page, url: str) -> None:
    """Go to *url* and return when the document is there."""
    try:
        await page.goto(url, wait_until="domcontentloaded")
    except Exception as error:
        # After a failed navigation the browser's error page may come late and push the next one aside.
        if "chrome-error://" not in str(error):
            raise
        await page.goto(url, wait_until="domcontentloaded")


@attrs.frozen
class PlainInput:
    """The engine's own input: fast and exact, as no person is."""

    async def navigate(self, page: Page, url: str) -> None:
        """Go to *url* and return when the document is there."""
        await visit(page, url)

    async def click(self, target: Locator) -> None:
        """Click the middle of *target*."""
        await target.click()

    async def type_text(self, target: Locator, text: str) -> None:
        """Insert *text* in one go, so that a line break in it presses no key."""
        # Not `fill`: the engine quotes in its errors what it was to fill in.
        await target.focus()
        await target.page.keyboard.insert_text(text)
