"""Reading answers from one page. Runs where the page lives: in the browser host's asyncio loop.

    async with PageReader(page, site) as reader:          # before the page is opened
        await page.goto(site.addresses.start)
        async with reader.reply("Hello") as reply:        # before the message is sent
            submission = await submit(reply)
            async for event in reply: ...

Law: nothing is put into the page's own world, nothing is told twice, and an answer is complete when something
says so. Best is the wire, then what the page shows, told by an observer or asked for at intervals; which of
them it is stands in the answer's metadata as `read_by`.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Final, Self

import anyio
import attrs

from .._delivery import Delivery
from .._engine import error_of
from .._refusing import Refusal, refusal
from .._site import Site
from .._wires import DecoderFactory
from ._departures import Departures
from ._frames import conversation_frame
from ._reply import Reply
from ._tap import WireTap
from ._worlds import IsolatedWorld, PageWorld, World, probe_config

if TYPE_CHECKING:
    from playwright.async_api import CDPSession, Page

_CLEANUP_SECONDS: Final = 5.0


@attrs.define(eq=False)
class PageReader:
    """Reads the answers of one page, one at a time.

    Args:
        page: The page. Enter the reader before the page is opened, so that it hears sockets from their start.
        site: What the page is like.
        decoders: Decoders that the provider brings, by the name that a wire of the Site gives.
        refused: Makes an error of the HTTP error that a request of the page was answered with.

    Attributes:
        begins: Whether the next message begins a conversation: then no earlier one may be on the page.
    """

    page: Page
    site: Site
    decoders: Mapping[str, DecoderFactory] = attrs.field(factory=dict, kw_only=True)
    refused: Refusal = attrs.field(default=refusal, kw_only=True)
    begins: bool = attrs.field(default=False, init=False)
    engine_error: type[Exception] = attrs.field(init=False)
    tap: WireTap | None = attrs.field(default=None, init=False)
    changed: asyncio.Event = attrs.field(factory=asyncio.Event, init=False)
    page_changed: bool = attrs.field(default=False, init=False)
    _session: CDPSession | None = attrs.field(default=None, init=False)
    _world: IsolatedWorld | None = attrs.field(default=None, init=False)

    async def __aenter__(self) -> Self:
        self.engine_error = error_of(self.page)
        with contextlib.suppress(self.engine_error):
            self._session = await self.page.context.new_cdp_session(self.page)
        if self._session is not None and self.site.wires and "wire" in self.site.reading.ways:
            tap = WireTap(self._session, self.site.wires, self.engine_error, self.changed.set)
            await tap.open()
            self.tap = tap if tap.works else None
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        session, self._session = self._session, None
        if session is not None:
            with anyio.move_on_after(_CLEANUP_SECONDS, shield=True), contextlib.suppress(self.engine_error):
                await session.detach()

    def reply(self, text: str = "", *, attach: bool = False, delivery: Delivery | None = None) -> Reply:
        """Return a reader of the next answer; enter it before the message is sent.

        Args:
            text: The message that will be sent, or was.
            attach: The message was sent earlier: the last turn on the page is the answer.
            delivery: Where to note what becomes of the message; a new one unless given.
        """
        return Reply(self, text, attach=attach, delivery=delivery)

    def departures(self, text: str) -> Departures | None:
        """Return what hears *text* leave the page, or None in a browser that does not tell."""
        if self._session is None:
            return None
        return Departures(self._session, text, self.engine_error, is_shared=self.tap is not None)

    async def world(self) -> World:
        """Return the world to look from: the best that the Site allows and the engine has."""
        frame = await conversation_frame(self.page, self.site)
        config = probe_config(self.site)
        if self._session is None or frame is not self.page.main_frame:
            return PageWorld(frame, config)
        if self._world is None:
            observe = "observer" in self.site.reading.ways
            changed = self._on_page_change if observe else None
            self._world = IsolatedWorld(self._session, self.engine_error, config, changed)
        return self._world

    def _on_page_change(self) -> None:
        self.page_changed = True
        self.changed.set()
