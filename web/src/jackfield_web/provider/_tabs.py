"""Tabs: one for each conversation, a few at a time.

Law: a conversation has one tab and a tab one conversation, so no answer can be another's. What a Site gives
an address can be opened again after its tab was closed; what it gives none lives and dies with its tab, and
what its page keeps of it in local storage is no other's.
"""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import AsyncIterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Final, Never

import anyio
import attrs

from jackfield import Certainty, InvalidRequest, ProviderError

from ..browser import BrowserSession, PageHandle
from ..errors import NavigationRefused, Refusal, shown_url
from ..hands import InputDriver
from ..page import is_in_storage
from ..reading import PageReader, address_of, go, go_back, listen
from ..site import Site
from ..wire import DecoderFactory
from ._account import Account

NAME_IT: Final = "Name it in addresses.other_origins if the Site's pages belong there."
"""What to do about an origin that a page leads to."""

_CLOSE_SECONDS: Final = 5.0
_LOOK_SECONDS: Final = 2.0


@attrs.frozen(kw_only=True)
class Driving:
    """What driving a Site's pages takes.

    Attributes:
        site: What the pages are like.
        account: Whose hand it is.
        given: What visits, types and clicks, instead of the account's own hand.
        decoders: Decoders that the provider brings, by the name that a wire of the Site gives.
        refused: Makes an error of the HTTP error that a request of the page was answered with.
    """

    site: Site
    account: Account
    given: InputDriver | None
    decoders: Mapping[str, DecoderFactory]
    refused: Refusal

    @property
    def hands(self) -> InputDriver:
        """What visits, types and clicks."""
        return self.given or self.account.hands


@attrs.define(eq=False, repr=False)
class Tab:
    """A conversation's place in the browser.

    Attributes:
        id: Its name while it is open.
        address: The conversation's address, once it has one.
        turns: How many messages were sent in it.
        said: What was said last in it; empty where that certainly did not go.
        traces: What was pressed last in it, and the ids that left with that.
        is_stored: Whether its page had one of these in local storage when another conversation began.
        users: How many have it or wait for it.
        used_at: When it was last given back.
        is_apart: Whether it has a browser context of its own.
        turn: Who holds it has the tab.
    """

    id: str = attrs.field(factory=lambda: f"tab-{secrets.token_hex(8)}")
    address: str | None = None
    turns: int = 0
    said: str = attrs.field(default="", repr=False)
    traces: frozenset[str] = frozenset()
    is_stored: bool = False
    users: int = 0
    used_at: float = 0.0
    is_apart: bool = False
    turn: anyio.Semaphore = attrs.field(factory=lambda: anyio.Semaphore(1), init=False)
    _neighbours: Sequence[Tab] = ()
    _former: AbstractSet[str] = frozenset()
    _renamed: dict[str, str] = attrs.field(factory=dict, repr=False)
    _page: PageHandle | None = attrs.field(default=None, init=False)
    _reader: PageReader | None = attrs.field(default=None, init=False)
    apart: BrowserSession | None = attrs.field(default=None, init=False)
    """Its own browser session, where it has one."""
    _opened: AsyncExitStack = attrs.field(factory=AsyncExitStack, init=False)

    @property
    def has_page(self) -> bool:
        """Whether it has a page, be it a dead one."""
        return self._page is not None

    @property
    def page(self) -> PageHandle:
        """Its page; `Tabs.visit` opens it."""
        assert self._page is not None, "the tab has no page"
        return self._page

    @property
    def reader(self) -> PageReader:
        """What reads its page; for functions that run inside."""
        assert self._reader is not None, "the tab has no page"
        return self._reader

    @property
    def is_lost(self) -> bool:
        """Whether its conversation cannot be gone on with: it had no address and its page is gone."""
        return self.turns > 0 and self.address is None and not (self._page and self._page.is_open)

    def is_elsewhere(self, address: str) -> bool:
        """Whether another tab of the account has the conversation at *address*."""
        return any(tab is not self and tab.address == address for tab in self._neighbours)

    async def is_another_s(self, address: str) -> bool:
        """Whether *address* is of another conversation of the account's, be its tab gone."""
        for tab in [each for each in self._neighbours if each is not self and each.address == address]:
            # It may have been at this one only until its page gave it another.
            await tab.follow()
        return address in self._former or self.is_elsewhere(address)

    async def follow(self) -> None:
        """Take the address that the page gave it since the last answer; its former name stays known."""
        if not (self.said and self._page and self._page.is_open):
            return
        address: str | None = None
        # A page that is at its end has no news; what that means is found by whoever needs it.
        with anyio.move_on_after(_LOOK_SECONDS), contextlib.suppress(ProviderError):
            address = await self._page.call(address_of, self.reader, self.said)
        if address not in (None, self.address, *self._former) and not self.is_elsewhere(str(address)):
            self._renamed[self.address or self.id] = str(address)
            self.address = address

    async def open(self, session: BrowserSession, driving: Driving) -> None:
        """Open an empty page, and listen to it: both, or neither when the caller gives up meanwhile."""
        async with AsyncExitStack() as opening:
            apart = await opening.enter_async_context(driving.account.apart()) if self.is_apart else None
            page = await opening.enter_async_context((apart or session).page())
            reader = await page.call(listen, driving.site, driving.decoders, driving.refused)
            self._page, self._reader, self.apart = page, reader, apart
            self._opened = opening.pop_all()

    async def close(self) -> None:
        """Close the page. May be called twice."""
        self._page = self._reader = self.apart = None
        with anyio.move_on_after(_CLOSE_SECONDS, shield=True):
            await self._opened.aclose()


@attrs.define(eq=False, repr=False)
class Tabs:
    """The tabs of one account."""

    _account: Account
    _driving: Driving
    _tabs: list[Tab] = attrs.field(factory=list, init=False)
    _room: anyio.Semaphore = attrs.field(init=False)
    _kept: Tab | None = attrs.field(default=None, init=False)
    _said: str = attrs.field(default="", init=False, repr=False)
    """What was said last in a conversation without an address, and not apart."""
    _renamed: dict[str, str] = attrs.field(factory=dict, init=False, repr=False)
    """The addresses of conversations that were told by another name before."""
    _former: set[str] = attrs.field(factory=set, init=False, repr=False)
    """The addresses of conversations whose tabs are gone."""
    _are_apart: bool = attrs.field(init=False)
    """Whether what a page stores of one conversation would be another's."""

    def __attrs_post_init__(self) -> None:
        self._are_apart = self._driving.site.thread_in_storage
        self._room = anyio.Semaphore(1 if self._are_apart and self._keeps_one else self._most)

    @property
    def _most(self) -> int:
        options = self._account.options
        return max(options.max_tabs, options.max_concurrency)

    @property
    def _keeps_one(self) -> bool:
        """Whether all tabs have one browser context: a profile's, or that of a person's browser."""
        return self._account.options.keeps_its_own

    @asynccontextmanager
    async def lend(self, conversation: str | None = None, *, is_to_talk: bool = False) -> AsyncIterator[Tab]:
        """Give the tab of *conversation* for the length of a block, one block at a time; None for a new one.

        One that *is_to_talk* begins apart from the others where their pages would share it, or may.

        Raises:
            InvalidRequest: *conversation* is none of this page, or its tab was closed.
        """
        tab = self._find(conversation)
        if is_to_talk and not tab.has_page and (self._are_apart or self._is_untold(tab)):
            tab.is_apart = not (tab.turns or self._keeps_one)
        tab.users += 1
        try:
            async with tab.turn, self._room:
                yield tab
        finally:
            tab.users -= 1
            tab.used_at = anyio.current_time()
            if not tab.turns and not tab.users:
                await self._drop(tab)

    @asynccontextmanager
    async def kept(self, tab: Tab) -> AsyncIterator[None]:
        """Keep *tab* for a block, and from its good end until the next new conversation, which gets it."""
        tab.users += 1
        try:
            async with tab.turn:
                yield
            self._kept = tab
        finally:
            tab.users -= 1

    async def visit(self, tab: Tab, address: str | None = None) -> None:
        """See to it that *tab*, which the caller has, has a page that is where it must be.

        That is *address*; by default the conversation, or the Site's start.

        Raises:
            InvalidRequest: The conversation had no address and its page is gone.
            NavigationRefused: It leads elsewhere.
            ProviderError: The page cannot be opened.
        """
        try:
            await self._visit(tab, address)
        except NavigationRefused as refused:
            refused.hint = f"{refused.hint} {NAME_IT}"
            raise

    async def _visit(self, tab: Tab, address: str | None) -> None:
        await self._account.require_life()
        if tab.is_lost:
            await self.lose(tab)
        if tab.has_page and not tab.page.is_open:
            await tab.close()
        await tab.follow()
        site, hands = self._driving.site, self._driving.hands
        wanted = address or tab.address or site.addresses.start
        seconds = self._account.options.page_seconds
        if tab.apart is not None:
            await self._account.catch_up(tab.apart)
        if tab.has_page:
            way = go if address or self._is_stale(tab) else go_back
            await tab.page.call(way, site, hands, wanted, seconds)
            return
        await self._make_room()
        try:
            await tab.open(await self._account.session(), self._driving)
            # Only an open session has its person's hand.
            await tab.page.call(go, site, self._driving.hands, wanted, seconds)
        except BaseException:
            # A page that is half there would be taken for one that is where it must be.
            await tab.close()
            raise

    def note(self, tab: Tab, text: str, *, may_have_gone: bool) -> None:
        """Note that *text* was said in *tab*, or only written there and pressed."""
        tab.said = text if may_have_gone else tab.said
        tab.traces = frozenset({text.strip()} - {""}) | (tab.reader.ids if tab.has_page else frozenset())
        if not (self._driving.site.addresses.conversation or tab.is_apart):
            self._account.traces, self._said = tab.traces, text.strip()

    async def part(self, tab: Tab) -> bool:
        """Close *tab*, in which a conversation is to begin, where it would share an earlier one's storage.

        Returns:
            Whether it did: opened again, it has a context of its own.
        """
        if tab.is_apart or tab.turns or not self._account.traces:
            return False
        if not await tab.page.call(is_in_storage, self._account.traces):
            return False
        for each in self._tabs:
            each.is_stored |= each.traces == self._account.traces
        if self._keeps_one:
            return False
        self._are_apart = tab.is_apart = True
        await tab.close()
        return True

    async def require_own(self, tab: Tab) -> None:
        """See to it that what the page of *tab*, which is about to be written to, stores is no other's.

        Raises:
            InvalidRequest: Another conversation is there in the place of its own, or would go on in a new
                one; nothing was sent.
        """
        if tab.is_stored and (others := self._account.traces - tab.traces):
            is_taken = await tab.page.call(is_in_storage, others)
            if is_taken and not await tab.page.call(is_in_storage, tab.traces - self._account.traces):
                await self.lose(tab)
        if tab.turns or not (self._said and self._keeps_one and self._are_apart):
            return
        if await tab.page.call(is_in_storage, {self._said}):
            raise InvalidRequest(
                "the page would go on with an earlier conversation, which is in the profile's local storage",
                hint="Without `profile`, or `attach`, each conversation has a browser context of its own.",
                certainty=Certainty.NOT_SENT,
            )

    def _is_untold(self, tab: Tab) -> bool:
        """Whether a conversation beside *tab*'s is on its way, and none tells yet what pages store of one."""
        others = (each for each in self._tabs if each is not tab and each.users and not each.is_apart)
        return not (self._driving.site.addresses.conversation or self._account.traces) and any(others)

    async def lose(self, tab: Tab) -> Never:
        """Give up the conversation that lived in *tab*: loaded anew, its page may show another one.

        Raises:
            InvalidRequest: Always; nothing was sent.
        """
        await self._drop(tab)
        raise self._unknown(tab.id)

    def _is_stale(self, tab: Tab) -> bool:
        """Whether *tab* stood unused for so long that its page is to be loaded anew, which it can be."""
        timeout = self._account.options.session_timeout
        # Loaded anew, a conversation without an address would be another one.
        can_be_loaded = tab.address is not None or not tab.turns
        unused = anyio.current_time() - tab.used_at
        return timeout is not None and bool(tab.used_at) and can_be_loaded and unused > timeout

    async def clear(self) -> None:
        """Close all tabs, together: in a browser that stands still each of them takes its seconds."""
        async with anyio.create_task_group() as closing:
            for tab in tuple(self._tabs):
                closing.start_soon(self._drop, tab)

    def _find(self, conversation: str | None) -> Tab:
        if (found := next((tab for tab in self._tabs if tab.id == conversation), None)) is not None:
            return found
        if conversation is None and (kept := self._kept) in self._tabs:
            self._kept = None
            return kept
        site = self._driving.site
        address = site.conversation_address(conversation) if conversation else None
        address = self._renamed.get(address or conversation or "", address)
        if conversation is not None and address is None:
            raise self._unknown(conversation)
        known = (tab for tab in self._tabs if address is not None and tab.address == address)
        if (found := next(known, None)) is None:
            found = Tab(address=address, neighbours=self._tabs, former=self._former, renamed=self._renamed)
            self._tabs.append(found)
        return found

    def _unknown(self, conversation: str) -> InvalidRequest:
        shown = shown_url(conversation) if "://" in conversation else conversation
        return InvalidRequest(
            f"{shown!r} is no conversation of {self._driving.site.name}, or its tab is gone",
            hint=f"A page without addresses keeps as many conversations as max_tabs: {self._most}; "
            "one that is loaded anew, as after a login, forgets its own, and in a profile's local storage "
            "the next may take its place.",
            certainty=Certainty.NOT_SENT,
        )

    async def _make_room(self) -> None:
        """Close the page that is missed least, if there are too many."""
        opened = [tab for tab in self._tabs if tab.has_page]
        idle = [tab for tab in opened if not tab.users]
        if idle and len(opened) >= self._most:
            missed = min(idle, key=_worth)
            await missed.follow()
            await self._drop(missed)

    async def _drop(self, tab: Tab) -> None:
        if tab in self._tabs:
            self._tabs.remove(tab)
        if tab.address is not None:
            self._former.add(tab.address)
        await tab.close()


def _worth(tab: Tab) -> tuple[bool, bool, float]:
    """Return how much a tab is missed: what can be opened again least, then a single question."""
    return tab.address is None, tab.turns > 1, tab.used_at
