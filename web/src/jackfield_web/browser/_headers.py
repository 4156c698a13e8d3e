"""Headers that are said to a Site's own origins, besides those that the browser says.

Lives on the host's loop. Law: only requests to those origins are stopped for it, and a redirect to another
origin goes on without: the browser takes what was said for one request and not for those that follow it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from jackfield import Secret

from ._listener import Errands
from ._origins import Origins

if TYPE_CHECKING:
    from playwright.async_api import Page


async def say_headers(page: Page, headers: Mapping[str, Secret], origins: Origins) -> None:
    """Say *headers* to *origins* whenever *page* asks them for something, for as long as it lives."""
    session = await page.context.new_cdp_session(page)
    answers, ours = Errands(), {name.lower() for name in headers}

    async def answer(request: dict[str, Any]) -> None:
        known: dict[str, Any] = {"requestId": request["requestId"]}
        asked = request["request"]
        # In a pattern `*` stands for anything, a slash too; so the origin is looked at once more.
        if origins.own(asked["url"]):
            said = {name: value for name, value in asked["headers"].items() if name.lower() not in ours}
            said |= {name: value.reveal() for name, value in headers.items()}
            known["headers"] = [{"name": name, "value": value} for name, value in said.items()]
        await session.send("Fetch.continueRequest", known)

    session.on("Fetch.requestPaused", answers.on_event(answer))
    patterns = [{"urlPattern": f"{origin}/*"} for origin in origins.allowed]
    await session.send("Fetch.enable", {"patterns": patterns})
