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
import math
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from logging import WARNING
from typing import TYPE_CHECKING, Any, Final, Self

import anyio
import attrs

from jackfield import log_event

from ..accounts import Delivery
from ..browser import error_of
from ..errors import Refusal, refusal
from ..hands import InputDriver, eventually
from ..page import (
    GivenFiles,
    IsolatedWorld,
    Place,
    Thread,
    begin_anew,
    conversation_frame,
    devtools_place,
    find_visible,
    hears_choice,
    other_thread,
    probe_config,
    require_address,
    require_css,
    require_thread,
    shows_thread,
)
from ..site import Site, letters_of, may_be
from ..wire import DecoderFactory
from ._departures import Departures
from ._overheard import Overheard
from ._reply import Reply
from ._tap import WireTap

if TYPE_CHECKING:
    from playwright.async_api import CDPSession, Frame, Page

_CLEANUP_SECONDS: Final = 5.0
_OWN_SECONDS: Final = 2.0


@attrs.define(eq=False)
class PageReader:
    """Reads the answers of one page, one at a time.

    Args:
        page: The page. Enter the reader before the page is opened, so that it hears sockets from their start.
        site: What the page is like; later what the variant that it shows is like.
        decoders: Decoders that the provider brings, by the name that a wire of the Site gives.
        refused: Makes an error of the HTTP error that a request of the page was answered with.

    Attributes:
        variant: The name of that variant; empty when the page shows none.
        thread: The conversation that the next message belongs to; None where nobody said.
        given: The files that go with the next message; None for none.
        outfit: What gives the page the model and the files of the next message; None for neither.
        left: The address of a conversation that the page left for a new one; None for none.
        own: The letters of our last message, as far as the page shows it; empty where it does not, or where
            an address tells its conversation from others.
    """

    page: Page
    site: Site
    decoders: Mapping[str, DecoderFactory] = attrs.field(factory=dict, kw_only=True)
    refused: Refusal = attrs.field(default=refusal, kw_only=True)
    _longest_paste: float = attrs.field(default=math.inf, init=False)
    """The letters from which on the page does not keep what is pasted; infinite if it does."""
    variant: str = attrs.field(default="", init=False)
    thread: Thread | None = attrs.field(default=None, init=False)
    given: GivenFiles | None = attrs.field(default=None, init=False)
    outfit: Callable[[InputDriver], Awaitable[None]] | None = attrs.field(default=None, init=False)
    _fitted_out: str = attrs.field(default="", init=False)
    """The document that was given model and files."""
    left: str | None = attrs.field(default=None, init=False)
    _begun_at: str | None = attrs.field(default=None, init=False)
    """The conversation's address that the page had when it was found to show none; None where it had none."""
    own: str = attrs.field(default="", init=False, repr=False)
    ids: frozenset[str] = attrs.field(default=frozenset(), init=False, repr=False)
    """The ids that left with the last message."""
    _unseen_in: str = attrs.field(default="", init=False)
    """The document in which no turn was seen of an answer; empty where one was."""
    _described: Site = attrs.field(default=attrs.Factory(lambda self: self.site, takes_self=True), init=False)
    engine_error: type[Exception] = attrs.field(init=False)
    tap: WireTap | None = attrs.field(default=None, init=False)
    changed: asyncio.Event = attrs.field(factory=asyncio.Event, init=False)
    page_changed: bool = attrs.field(default=False, init=False)
    _of_page: CDPSession = attrs.field(init=False)
    _of_frames: dict[Frame, CDPSession] = attrs.field(factory=dict, init=False)
    _heard: CDPSession = attrs.field(init=False)
    _taps: dict[CDPSession, WireTap | None] = attrs.field(factory=dict, init=False)
    _worlds: dict[Frame, IsolatedWorld] = attrs.field(factory=dict, init=False)

    async def __aenter__(self) -> Self:
        self.engine_error = error_of(self.page)
        await require_css(self.page, self._described)
        self._of_page = await self.page.context.new_cdp_session(self.page)
        await self._hear(self._of_page)
        return self

    async def _hear(self, session: CDPSession) -> None:
        """Listen from now on to what comes over *session*."""
        self._heard = session
        if session not in self._taps:
            self._taps[session] = await self._tap(session)
        self.tap = self._taps[session]

    async def _tap(self, session: CDPSession) -> WireTap | None:
        described = self._described
        if not (wires := described.every_wire) or "wire" not in self.site.reading.ways:
            return None
        tap = WireTap(session, wires, self.engine_error, self.changed.set, described.is_login_page)
        await tap.open()
        return tap if tap.works else None

    async def __aexit__(self, *_: object) -> None:
        with anyio.move_on_after(_CLEANUP_SECONDS, shield=True):
            for session in (self._of_page, *self._of_frames.values()):
                with contextlib.suppress(self.engine_error):
                    await session.detach()

    def reply(self, text: str = "", *, attach: bool = False, delivery: Delivery | None = None) -> Reply:
        """Return a reader of the next answer; enter it before the message is sent.

        Args:
            text: The message that will be sent, or was.
            attach: The message was sent earlier: the last turn on the page is the answer.
            delivery: Where to note what becomes of the message; a new one unless given.
        """
        return Reply(self, text, attach=attach, delivery=delivery)

    def departures(self, text: str) -> Departures:
        """Return what hears *text* leave the page."""
        overheard = Overheard(self.page, text, self.engine_error)
        return Departures(self._heard, text, self.engine_error, overheard, is_shared=self.tap is not None)

    async def choose_variant(self) -> None:
        """Take the page for what it shows: the first variant of the Site of which something is seen."""
        if not self._described.variants:
            return
        site, variants = self._described, self._described.variants
        frame, chosen = await conversation_frame(self.page, site), None
        drawn = (*site.selectors.chat_input, *(css for one in variants for css in one.shows))
        await find_visible(frame, drawn, seconds=site.timing.composer)
        for one in variants:
            if chosen is None and await find_visible(frame, one.shows) is not None:
                chosen = one
        self.variant = "" if chosen is None else chosen.name
        log_event("page.known", layer="web", site=site.name, variant=self.variant or "none of its variants")
        if (shown := site if chosen is None else chosen.site) is not self.site:
            self.site = shown
            self._worlds.clear()

    def must_insert(self, text: str) -> bool:
        """Whether the page is known to take a paste as long as *text* out of its composer."""
        return len(text) >= self._longest_paste

    def insert_from_now(self, text: str) -> None:
        """Note that texts as long as *text* do not stay in the composer when they are pasted."""
        self._longest_paste = min(self._longest_paste, len(text))

    @property
    def place(self) -> str:
        """Where the page is; empty while that is still the address of the conversation that it left."""
        url = self.page.url
        return "" if self.left is not None and self.site.conversation_address(url) == self.left else url

    def conversation_id(self) -> str | None:
        """Return the id of the conversation in which the page is; None while that has none."""
        return self.site.conversation_id(self.place)

    async def begin_anew(self, hands: InputDriver) -> None:
        """See to it that the page shows no earlier conversation, and note which it left; as `begin_anew`."""
        before = self.site.conversation_address(self.page.url)
        left = await begin_anew(self.page, self.site, hands)
        self._begun_at = before if left is None else self.site.conversation_address(self.page.url)
        self.left = left or self.left

    async def goes_on(self) -> bool:
        """Whether the page goes on with an earlier conversation, where the message is to begin one.

        One that it went to meanwhile has its time to be drawn; where none is, the new one has that address.
        """
        shows = partial(shows_thread, self.page, self.site)
        if await shows():
            return True
        here = self.site.conversation_address(self.page.url)
        if here in {None, self._begun_at}:
            return False
        if await eventually(shows, self.site.timing.composer):
            return True
        self._begun_at, self.left = here, None if self.left == here else self.left
        return False

    async def fit_out(self, hands: InputDriver) -> None:
        """Give the page, as it is now, the model and the files of the next message; raises as `prepare`."""
        if self.outfit is not None:
            await self.outfit(hands)
            self._fitted_out = await self._document()

    async def is_fitted_out(self) -> bool:
        """Whether the page still has the document that was given model and files, if there are any."""
        return self.outfit is None or self._fitted_out == await self._document()

    async def note_sight(self, seen: bool) -> None:
        """Note whether any turn was *seen* of an answer that the wire told whole: the Site may find none."""
        self._unseen_in = "" if seen else await self._document()
        if not seen:
            log_event("turns.not_found", level=WARNING, layer="web", site=self.site.name)

    async def _document(self) -> str:
        """Return the browser's own name for the document that the page has; empty where it does not tell."""
        with contextlib.suppress(self.engine_error):
            tree = await self._of_page.send("Page.getFrameTree")
            return str(tree["frameTree"]["frame"]["loaderId"])
        return ""

    async def require_thread(self, thread: Thread) -> None:
        """See to it that the page shows *thread*, which a message is to go on with.

        Raises:
            InvalidRequest: It does not; nothing was sent.
        """
        if thread.address is not None and self._unseen_in and self._unseen_in == await self._document():
            # No turn can be asked for. But a page that loads no other document leaves a conversation only for
            # another address.
            require_address(self.page, self.site, thread)
        else:
            await require_thread(self.page, self.site, thread)
            if thread.address is None and self.own and not await eventually(self._shows_own, _OWN_SECONDS):
                raise other_thread(self.site)

    async def _shows_own(self) -> bool:
        """Whether our last message may be among the user's turns that the page shows, if it shows any."""
        turns = (await self.ask_once("traces"))["turns"]
        return not turns or any(may_be(letters_of(turn), self.own) for turn in turns)

    async def ask_once(self, name: str) -> Any:
        """Return what the method *name* of a probe tells.

        It is one of its own: an answer may be under way, whose probe knows what it has marked.
        """
        world = self._new_world(None)
        await world.open()
        try:
            return await world.call(name)
        finally:
            with anyio.move_on_after(_CLEANUP_SECONDS, shield=True), contextlib.suppress(self.engine_error):
                await world.close()

    async def hears_files(self) -> bool:
        """Whether the page listens to its field for files, if it has one; as `hears_choice`."""
        with contextlib.suppress(self.engine_error):
            return await hears_choice(*await self._place(), self.site)
        return False

    async def world(self) -> IsolatedWorld:
        """Return the world to look from."""
        frame = await conversation_frame(self.page, self.site)
        if frame not in self._worlds:
            observe = "observer" in self.site.reading.ways
            self._worlds[frame] = self._new_world(self._on_page_change if observe else None)
        with contextlib.suppress(self.engine_error):
            await self._hear(await self._reached_by())
        return self._worlds[frame]

    def _new_world(self, changed: Callable[[], None] | None) -> IsolatedWorld:
        return IsolatedWorld(self._place, self.engine_error, probe_config(self.site), changed)

    async def _reached_by(self) -> CDPSession:
        """Return the session that reaches the conversation's frame; the page's own, where it is in none."""
        return (await self._place())[0] if self.site.selectors.frame else self._of_page

    async def _place(self) -> Place:
        """Find the conversation's frame among those that DevTools reaches."""
        return await devtools_place(self.page, self.site, self._of_page, self._own_session)

    async def _own_session(self, frame: Frame) -> CDPSession | None:
        """Return the session of a frame that has a process of its own; None for one that has not."""
        if frame in self._of_frames:
            with contextlib.suppress(self.engine_error):
                await self._of_frames[frame].send("Page.getFrameTree")
                return self._of_frames[frame]
            # It went to another process.
            del self._of_frames[frame]
        with contextlib.suppress(self.engine_error):
            self._of_frames[frame] = await self.page.context.new_cdp_session(frame)
        return self._of_frames.get(frame)

    def _on_page_change(self) -> None:
        self.page_changed = True
        self.changed.set()
