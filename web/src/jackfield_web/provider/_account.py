"""One account's session in a browser: opened when it is needed, kept under the connection's name.

Law: who holds the account's saved login holds it alone, from before the browser has it until after.
"""

from __future__ import annotations

import contextlib
import math
import zlib
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from typing import Any, Final

import anyio
import attrs
from anyio import to_thread

from jackfield import ConfigError, Secret

from ..accounts import (
    Allowance,
    Cookie,
    HeldSession,
    LastingStore,
    Outbox,
    SessionStore,
    StorageState,
    timely,
)
from ..browser import BrowserHost, BrowserSession, BrowserSettings, Reach, lend_host, vouched_keys
from ..hands import InputDriver, PlainInput, input_driver
from ._options import WebOptions
from ._placement import Placement

_SILENT_SECONDS: Final = 10.0


@attrs.define(eq=False)
class Account:
    """A browser session that is opened when it is first asked for, or anew with another login.

    Attributes:
        options: The connection's settings.
        origins: Where its pages may go by themselves; anywhere without any.
        own: The origins that credentials and headers are for.
        hands: What visits, types and clicks: the same person's hand for the same session, day after day.
    """

    options: WebOptions
    origins: tuple[str, ...] = ()
    own: tuple[str, ...] = ()
    hands: InputDriver = attrs.field(factory=PlainInput)
    _sessions: SessionStore = attrs.field(init=False)
    _allowance: Allowance = attrs.field(init=False)
    _reach: Reach = attrs.field(init=False)
    _host: BrowserHost = attrs.field(init=False)
    _session: BrowserSession | None = attrs.field(default=None, init=False)
    _stored: tuple[Mapping[str, Any], ...] | None = attrs.field(default=None, init=False, repr=False)
    """What the login's pages had stored before the first message; None until then."""
    _made_with: Secret | None = attrs.field(default=None, init=False)
    outbox: Outbox | None = attrs.field(default=None, init=False)
    """The account's messages that are on their way; None for one that is not kept."""
    traces: frozenset[str] = attrs.field(default=frozenset(), init=False, repr=False)
    """What was said last in a conversation without an address, and the ids that left with it."""
    _given: tuple[Mapping[str, Any], ...] = attrs.field(default=(), init=False, repr=False)
    """What the login was when the session began with it, or its steps had been taken."""
    _held: HeldSession | None = attrs.field(default=None, init=False)
    _kept: StorageState | None = attrs.field(default=None, init=False)
    _opened: AsyncExitStack = attrs.field(factory=AsyncExitStack, init=False)
    _browser: AsyncExitStack = attrs.field(factory=AsyncExitStack, init=False)
    _settings: BrowserSettings = attrs.field(init=False)
    _placement: Placement | None = attrs.field(default=None, init=False)
    _opening: anyio.Lock = attrs.field(factory=anyio.Lock, init=False)

    def __attrs_post_init__(self) -> None:
        store = timely(self.options.store)
        self._sessions = SessionStore(store=store if self.options.store is None else LastingStore(store))
        self._allowance = Allowance(
            self.options.min_interval, self.options.daily_cap, store=self._sessions.store
        )
        self._reach = self.options.reach(self.own)

    async def admit(self) -> None:
        """Wait until a message may go, at a person's pace, and count it.

        Raises:
            QuotaExhausted: The day's messages are used up.
            SessionStoreError: The count cannot be kept.
        """
        self._stored = self._stored_before
        await self._allowance.admit(self._held.name if self._held is not None else "")

    async def session(self) -> BrowserSession:
        """Return the session; without an `open` before it, one that belongs to nobody.

        Raises:
            LaunchFailed: No browser was found, or it did not start.
            SessionLocked: Another program has the saved login, and kept it while there was time to wait.
        """
        async with self._opening:
            if self._session is not None and self._placement is not None and self._session.is_lost:
                return await self._move(self._session)
            if self._session is None:
                await self._open("", None)
            assert self._session is not None
            return self._session

    async def require_life(self) -> None:
        """See to it that the account is in none of several browsers that stands still."""
        async with self._opening:
            session, placement = self._session, self._placement
            if session is None or placement is None or session.is_lost:
                return
            if await session.end_if_silent(_SILENT_SECONDS):
                placement.pass_over()

    @asynccontextmanager
    async def apart(self) -> AsyncIterator[BrowserSession]:
        """Give a session of its own for the length of a block, with the account's login.

        Nothing is in it of what pages have stored since the first message: that may be a conversation.

        Raises:
            ProviderError: As for `session`.
        """
        login = self._without_thread(
            StorageState(await (await self.session()).cookies(), self._stored_before)
        )
        async with self._new_session(self._host, login) as session:
            yield session

    @property
    def _stored_before(self) -> tuple[Mapping[str, Any], ...]:
        if self._stored is not None:
            return self._stored
        state = self._session.state if self._session is not None else None
        return state.origins if state is not None else ()

    async def catch_up(self, apart: BrowserSession) -> None:
        """Give a session *apart* the cookies that the account's own has now."""
        await apart.add_cookies(await (await self.session()).cookies())

    async def open(
        self,
        connection: str,
        login: StorageState | None,
        made_with: Secret | None,
        *,
        saved_first: bool = False,
    ) -> bool:
        """Open the session anew; return whether it begins with *login*.

        Args:
            connection: Whose saved login it is.
            login: The login to begin with; None for the saved one.
            made_with: The credentials that a saved login must come from; None for any.
            saved_first: Whether a saved login goes before *login* where both came from the same credentials.

        Raises:
            SessionCorrupt: The saved login makes no sense; it was set aside.
            ProviderError: As for `session`.
        """
        async with self._opening:
            await self._close()
            self._made_with = made_with
            return await self._open(connection, login, saved_first=saved_first)

    async def take_over(self, apart: BrowserSession, *, wholly: bool) -> None:
        """Begin from now on with the login that was just made in a session *apart*, where nothing was said.

        The account's own session has it too, *wholly*, where no conversation is in what that has stored.
        """
        login = await apart.storage_state()
        self._stored = self._given = login.origins
        if not wholly:
            return
        # What is in databases can be given to nothing but a new session.
        with contextlib.suppress(ConfigError):
            await (await self.session()).put_login(login)

    def _without_thread(self, state: StorageState) -> StorageState:
        return state.without(self.traces, kept=self._given) if self.traces else state

    async def save(self, apart: BrowserSession | None = None, *, is_login: bool = False) -> None:
        """Keep the login as it is now, for a browser that has to start again and for other programs.

        Nothing is written while it is as it was kept last, nor when its browser is gone. Of a session *apart*
        the cookies are kept, too, which a page of it may have renewed.

        What a page has stored of a conversation without an address is not kept: a new one would begin with
        it. What it had stored when the login was made, as *is_login* says, is.

        Raises:
            SessionUnwritable: It cannot be kept; what was kept before is intact.
        """
        if self._session is None or self._session.is_lost:
            return
        if apart is not None and not apart.is_lost:
            await self._session.add_cookies(await apart.cookies())
        state = await self._state(self._session)
        if is_login and apart is None:
            self._given = state.origins
        state = self._without_thread(state)
        if self._held is not None and self._kept != state:
            await self._held.save(state, self._made_with)
            self._kept = state

    async def _state(self, session: BrowserSession) -> StorageState:
        """Return what of the login in *session* its browser does not keep itself."""
        if not self.options.keeps_its_own:
            return await session.storage_state()
        # A person's browser goes on when we leave it.
        return _forgotten(await session.cookies()) if self.options.profile else StorageState()

    @property
    def refused_cookies(self) -> tuple[str, ...]:
        """The names of the login's cookies that the browser refused."""
        return self._session.refused if self._session is not None else ()

    @property
    def has_login(self) -> bool:
        """Whether the session may begin with a login: one that was saved, or a profile's own."""
        return self.options.keeps_its_own or (self._session is not None and self._session.state is not None)

    async def close(self) -> None:
        """Close the session, and the browser if nobody else uses it."""
        async with self._opening:
            await self._close()

    async def _open(self, connection: str, login: StorageState | None, *, saved_first: bool = False) -> bool:
        name = self.options.session or connection
        self._settings = await self._browser_settings()
        if self.options.browsers:
            self._placement = Placement(self.options.browsers, self._sessions.store, name)
        try:
            if name:
                turn = math.inf if self.options.turn_timeout is None else self.options.turn_timeout
                holding = self._sessions.hold(name, seconds=turn)
                self._held = await self._opened.enter_async_context(holding)
                await self._open_outbox(name)
                if self.options.profile:
                    profile = await self._held.profile()
                    self._settings = attrs.evolve(self._settings, profile=profile, reach=self._reach)
            is_ours = await self._is_ours()
            if is_saved := login is None or (saved_first and is_ours is True):
                login = None if is_ours is False else await self._saved()
            self._session = await self._begin(login, foreign=is_ours is False)
            self.hands = await self._hand(self._session, name)
        except BaseException:
            with anyio.CancelScope(shield=True):
                await self._close()
            raise
        return not is_saved

    async def _saved(self) -> StorageState | None:
        """Return the saved login, of a profile's what that forgets; None where there is none."""
        if self._held is None or self.options.engine == "attach":
            return None
        saved = await self._held.load()
        return _forgotten(saved.cookies) if saved is not None and self.options.profile else saved

    async def _open_outbox(self, name: str) -> None:
        # Opened anew, the account still has the messages that are on their way.
        self.outbox = self.outbox or Outbox(self._sessions.store, name)
        await self.outbox.open()

    async def _browser_settings(self) -> BrowserSettings:
        """Return the settings of the browser, without a profile.

        Raises:
            ProviderError: As for `vouched_keys`.
        """
        settings, options = self.options.browser_settings(), self.options
        if options.ca_file is None:
            return settings
        origins = dict.fromkeys((*self.own, *self.origins))
        keys = await to_thread.run_sync(
            vouched_keys, origins, options.ca_file, options.proxy, abandon_on_cancel=True
        )
        return attrs.evolve(settings, trusted_keys=keys)

    async def _is_ours(self) -> bool | None:
        """Whether the saved login came from the credentials; None for nobody's, which anybody may use."""
        if self._held is None or self._made_with is None:
            return None
        return await self._held.came_from(self._made_with)

    async def _move(self, lost: BrowserSession) -> BrowserSession:
        """Go on in the browser that answers now, with the login as it was last known; the lease is kept."""
        await self._browser.aclose()
        self._session = await self._begin(lost.state and self._without_thread(lost.state))
        return self._session

    async def _begin(self, login: StorageState | None, *, foreign: bool = False) -> BrowserSession:
        lend = lend_host if self._placement is None else self._placement.lend
        host = self._host = await self._browser.enter_async_context(lend(self._settings))
        own = self.options.keeps_its_own
        session = await self._browser.enter_async_context(self._new_session(host, None if own else login))
        self._given = login.origins if login is not None else ()
        if self.options.engine == "attach":
            # It has one set of cookies, for whoever attaches.
            browser = await session.browser_name() or self.options.cdp_url or ""
            await self._browser.enter_async_context(self._sessions.hold_browser(browser))
        if own:
            await self._change(session, login or StorageState(), foreign=foreign)
        return session

    async def _change(self, session: BrowserSession, login: StorageState, *, foreign: bool) -> None:
        """Put *login* into a browser that keeps its own, in the place of a foreign one.

        Raises:
            ConfigError: It cannot be put in; nothing was changed.
        """
        login.stored_items()
        if foreign and self._held is not None:
            await session.forget_login(self.own)
            # Whatever becomes of the new login, what the browser has from now on is not the other's.
            await self._held.save(StorageState(), self._made_with)
        if login.cookies or login.origins:
            await session.put_login(login)

    async def _hand(self, session: BrowserSession, name: str) -> InputDriver:
        """Return the hand of the profile's identity; without a profile, that of the name."""
        if self.options.pace == "off":
            return PlainInput()
        identity = await session.identity() if self.options.profile else None
        return input_driver(self.options.pace, identity.seed if identity else zlib.crc32(name.encode()))

    def _new_session(
        self, host: BrowserHost, login: StorageState | None
    ) -> AbstractAsyncContextManager[BrowserSession]:
        # A person in the window goes where they like, for example to who vouches for them.
        origins = () if self.options.is_attended else self.origins
        return host.session(login, origins=origins, reach=self._reach)

    async def _close(self) -> None:
        self._session = self._held = self._kept = self._placement = self._stored = None
        try:
            await self._browser.aclose()
        finally:
            # Only then may another program have the account.
            await self._opened.aclose()


def _forgotten(cookies: Iterable[Cookie]) -> StorageState:
    """Return what of a login a profile forgets when its browser ends: the cookies that end with that."""
    return StorageState(tuple(cookie for cookie in cookies if cookie.expires is None))
