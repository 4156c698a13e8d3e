"""Headers that are said to a Site's own origins, besides those that the browser says.

Lives on the host's loop. Law: only requests to those origins are stopped for it, and a redirect to another
origin goes on without: the browser takes what was said for one request and not for those that follow it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import attrs

from jackfield import Secret

from ._listener import Errands, listener
from ._origins import Origins

if TYPE_CHECKING:
    from playwright.async_api import CDPSession, Page


@attrs.define(eq=False)
class ExtraHeaders:
    """Says headers for one page, for as long as it lives."""

    _session: CDPSession
    _headers: Mapping[str, Secret] = attrs.field(repr=False)
    _origins: Origins
    _answers: Errands = attrs.field(factory=Errands, init=False)

    @classmethod
    async def install(cls, page: Page, headers: Mapping[str, Secret], origins: Origins) -> None:
        """Say *headers* to *origins* from now on."""
        session = await page.context.new_cdp_session(page)
        said = cls(session, headers, origins)
        session.on("Fetch.requestPaused", listener(said._paused))
        patterns = [{"urlPattern": f"{origin}/*"} for origin in origins.allowed]
        await session.send("Fetch.enable", {"patterns": patterns})

    def _paused(self, request: dict[str, Any]) -> None:
        self._answers.begin(self._answer(request))

    async def _answer(self, request: dict[str, Any]) -> None:
        known: dict[str, Any] = {"requestId": request["requestId"]}
        asked = request["request"]
        # In a pattern `*` stands for anything, a slash too; so the origin is looked at once more.
        if self._origins.own(asked["url"]):
            ours = {name.lower() for name in self._headers}
            said = {name: value for name, value in asked["headers"].items() if name.lower() not in ours}
            said |= {name: value.reveal() for name, value in self._headers.items()}
            known["headers"] = [{"name": name, "value": value} for name, value in said.items()]
        await self._session.send("Fetch.continueRequest", known)
