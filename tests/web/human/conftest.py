"""A page that records what it sees of a hand."""

from __future__ import annotations

import pytest

from human_input.recording import PAGE
from jackfield_web import PageHandle


@pytest.fixture
async def recorder(page: PageHandle, pages: object) -> PageHandle:
    """Return a page that records, at an address from which a clipboard can be used."""

    async def show(page: object) -> None:
        await page.goto(pages.url)  # type: ignore[attr-defined]
        await page.set_content(PAGE)  # type: ignore[attr-defined]

    await page.call(show)
    return page
