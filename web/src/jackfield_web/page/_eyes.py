"""A page looked at from an isolated world, which shares its document and none of its objects."""

from __future__ import annotations

import contextlib
import importlib.resources
from typing import TYPE_CHECKING, Any, Final

import attrs

from ..browser import SEEING, error_of
from ..hands import isolated_world, object_of, told_by
from ._frames import holders

if TYPE_CHECKING:
    from playwright.async_api import CDPSession, Frame, Page

_SCRIPTS: Final = importlib.resources.files(__package__)
_GROWTH: Final = _SCRIPTS.joinpath("growth.js").read_text("utf-8")
_SURVEY: Final = f"({_SCRIPTS.joinpath('survey.js').read_text('utf-8')})({SEEING}, {_GROWTH})"
_FIRST: Final = "function (css) { return this.first(css) }"


@attrs.define(eq=False)
class Eyes:
    """Asks `survey.js` what a page shows."""

    _page: Page
    _session: CDPSession
    holder: str = attrs.field(default="", init=False)
    """The path of CSS to what holds the frame that is looked at; empty for the page itself."""
    frame: Frame = attrs.field(init=False)
    """That frame, or the page's own."""
    _there: CDPSession | None = attrs.field(default=None, init=False)
    """The session of that frame, or of the nearest above it, that has a process of its own."""
    _object: str = attrs.field(default="", init=False)

    async def open(self) -> None:
        """Begin to look, at the document that is there now."""
        await self._leave()
        await self._open()
        self.frame = self._page.main_frame
        for css in holders(self.holder) if self.holder else ():
            await self._enter(css)

    async def look_into(self, holder: str) -> None:
        """Look into the frame at the end of that path; at the page itself where it is empty."""
        self.holder = holder
        await self.open()

    async def _enter(self, css: str) -> None:
        """Go on into the frame in the element with that CSS; stay where that is not there."""
        element = await self.frame.query_selector(css)
        frame = await element.content_frame() if element is not None else None
        if frame is None:
            return
        session = self._there or self._session
        held = await object_of(session, _FIRST, css, objectId=self._object)
        told: Any = await session.send("DOM.describeNode", {"objectId": held})
        with contextlib.suppress(error_of(self._page)):  # it shares the process of what holds it
            own = await self._page.context.new_cdp_session(frame)
            await self._leave()
            self._there = own
        await self._open(told["node"]["frameId"])
        self.frame = frame

    async def _leave(self) -> None:
        if self._there is not None:
            with contextlib.suppress(error_of(self._page)):
                await self._there.detach()
        self._there = None

    async def _open(self, frame: str = "") -> None:
        session = self._there or self._session
        world = await isolated_world(session, frame)
        self._object = await object_of(session, f"() => ({_SURVEY})", executionContextId=world) or ""

    async def ask(self, name: str, *values: Any) -> Any:
        """Call a function of the survey."""
        return await told_by(self._there or self._session, self._object, name, *values)
