"""A page looked at from an isolated world, which shares its document and none of its objects."""

from __future__ import annotations

import contextlib
import importlib.resources
from typing import TYPE_CHECKING, Any, Final

import attrs

from ..browser import SEEING, error_of
from ..hands import isolated_world, object_of, told_by
from ._frames import frames_on, reached_by_devtools

if TYPE_CHECKING:
    from playwright.async_api import CDPSession, Frame, Page

_SCRIPTS: Final = importlib.resources.files(__package__)
_GROWTH: Final = _SCRIPTS.joinpath("growth.js").read_text("utf-8")
_SURVEY: Final = f"({_SCRIPTS.joinpath('survey.js').read_text('utf-8')})({SEEING}, {_GROWTH})"


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
        frames = await frames_on(self._page, self.holder)
        session, name = await reached_by_devtools(self._session, frames, self._enter)
        self.frame, _ = frames[-1]
        world = await isolated_world(session, name)
        self._object = await object_of(session, f"() => ({_SURVEY})", executionContextId=world) or ""

    async def look_into(self, holder: str) -> None:
        """Look into the frame at the end of that path; at the page itself where it is empty."""
        self.holder = holder
        await self.open()

    async def _enter(self, frame: Frame) -> CDPSession | None:
        """Return the session of *frame*; None where it shares the process of what holds it."""
        with contextlib.suppress(error_of(self._page)):
            own = await self._page.context.new_cdp_session(frame)
            await self._leave()
            self._there = own
            return own
        return None

    async def _leave(self) -> None:
        if self._there is not None:
            with contextlib.suppress(error_of(self._page)):
                await self._there.detach()
        self._there = None

    async def ask(self, name: str, *values: Any) -> Any:
        """Call a function of the survey."""
        return await told_by(self._there or self._session, self._object, name, *values)

    async def ask_again(self, name: str, *values: Any) -> Any:
        """Call it after a message; where the page goes to another document by that, in that one."""
        try:
            return await self.ask(name, *values)
        except error_of(self._page):
            await self.open()
            await self.ask("watch")
            return await self.ask(name, *values)
