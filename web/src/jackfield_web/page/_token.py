"""The token that a page keeps in its local storage."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from ..browser import ask_aside
from ..site import Site

if TYPE_CHECKING:
    from playwright.async_api import Page


async def token_of(page: Page, site: Site) -> str:
    """Return the `session_item` that *page* has now; empty where it has none, or is just being loaded."""
    value = await ask_aside(page, f"localStorage.getItem({json.dumps(site.session_item)})")
    # Where storage is refused to the document the answer is an error, which is no text.
    return value if isinstance(value, str) else ""
