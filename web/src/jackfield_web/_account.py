"""One account's session in a browser: opened when it is needed, kept under the connection's name.

Law: who holds the account's saved login holds it alone, from before the browser has it until after.
"""

from __future__ import annotations

import zlib
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING, Any

import anyio
import attrs
from anyio import to_thread

from jackfield import Secret

from ._allowance import Allowance
from ._host import BrowserHost
from ._input import InputDriver, PlainInput
from ._pages import BrowserSession
from ._reach import Reach
from ._sessions import HeldSession, SessionStore
from ._settings import BrowserSettings
from ._sharing import lend_host
from ._storage_state import StorageState
from ._vouching import vouched_keys
from ._web_options import WebOptions
from .human import input_driver

if TYPE_CHECKING:
    from playwright.async_api import BrowserContext


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
    _allowance: Allowance = attrs.field(init=False)
    _reach: Reach = attrs.field(init=False)
    _session: BrowserSession | None = attrs.field(default=None, init=False)
    _made_with: Secret | None = attrs.field(default=None, init=False)
    _held: HeldSession | None = attrs.field(default=None, init=False)
    _kept: StorageState | None = attrs.field(default=None, init=False)
    _opened: AsyncExitStack = attrs.field(factory=AsyncExitStack, init=False)
    _opening: anyio.Lock = attrs.field(factory=anyio.Lock, init=False)

    def __attrs_post_init__(self) -> None:
        self._allowance = Allowance(self.options.min_interval, self.options.daily_cap)
        self._reach = self.options.reach(self.own)

    async def admit(self) -> None:
        """Wait until a message may go, at a person's pace, and count it.

        Raises:
            QuotaExhausted: The day's messages are used up.
            SessionStoreError: The count cannot be kept.
        """
        await self._allowance.admit(self._held.name if self._held is not None else "")

    async def session(self) -> BrowserSession:
        """Return the session; without an `open` before it, one that belongs to nobody.

        Raises:
            LaunchFailed: No browser was found, or it did not start.
            SessionLocked: Another process has the saved login.
        """
        async with self._opening:
            return self._session or await self._open("", None)

    async def open(self, connection: str, login: StorageState | None, made_with: Secret | None) -> None:
        """Open the session anew.

        Args:
            connection: Whose saved login it is.
            login: The login to begin with; None for the saved one.
            made_with: The credentials that a saved login must come from; None for any.

        Raises:
            SessionCorrupt: The saved login makes no sense; it was set aside.
            ProviderError: As for `session`.
        """
        async with self._opening:
            await self._close()
            self._made_with = made_with
            await self._open(connection, login)

    async def save(self) -> None:
        """Keep the login as it is now, for a browser that has to start again and for other programs.

        Nothing is written while it is as it was kept last.

        Raises:
            SessionUnwritable: It cannot be kept; what was kept before is intact.
        """
        if self._session is None:
            return
        # A profile keeps the login itself; of it only whose it is has to be kept.
        own = self.options.keeps_its_own
        state = StorageState() if own else await self._session.storage_state()
        if self._held is not None and self._kept != state:
            await self._held.save(state, self._made_with)
            self._kept = state

    @property
    def refused_cookies(self) -> tuple[str, ...]:
        """The names of the login's cookies that the browser refused."""
        return self._session.refused if self._session is not None else ()

    async def close(self) -> None:
        """Close the session, and the browser if nobody else uses it."""
        async with self._opening:
            await self._close()

    async def _open(self, connection: str, login: StorageState | None) -> BrowserSession:
        name = self.options.session or connection
        settings = await self._settings()
        try:
            if name:
                self._held = await self._opened.enter_async_context(SessionStore().hold(name))
                if self.options.profile:
                    settings = attrs.evolve(settings, profile=await self._held.profile(), reach=self._reach)
            foreign = await self._is_foreign()
            if login is None and self._held and not foreign and not self.options.keeps_its_own:
                login = await self._held.load()
            self._session = await self._begin(settings, login)
            self.hands = await self._hand(self._session, name)
            if foreign and self.options.profile:
                await self._session.call(_forget)
        except BaseException:
            with anyio.CancelScope(shield=True):
                await self._close()
            raise
        return self._session

    async def _settings(self) -> BrowserSettings:
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

    async def _is_foreign(self) -> bool:
        """Whether the saved login was made with other credentials: it may be another account's."""
        if self._held is None or self._made_with is None:
            return False
        return not await self._held.belongs_to(self._made_with)

    async def _begin(self, settings: BrowserSettings, login: StorageState | None) -> BrowserSession:
        host = await self._opened.enter_async_context(lend_host(settings))
        own = self.options.keeps_its_own
        session = await self._opened.enter_async_context(self._new_session(host, None if own else login))
        if self.options.engine == "attach":
            await self._opened.enter_async_context(_alone_in(session, self.options.cdp_url or ""))
        if own and login is not None:
            await session.add_cookies(login.cookies)
        return session

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
        self._session = self._held = self._kept = None
        await self._opened.aclose()


@asynccontextmanager
async def _alone_in(session: BrowserSession, address: str) -> AsyncIterator[None]:
    """Have the one set of cookies of a browser that was attached to, for the length of a block.

    Raises:
        ProfileInUse: Another account has it, of this program or another.
    """
    async with SessionStore().hold_browser(await session.call(_name_of_the_browser, address)):
        yield


async def _name_of_the_browser(context: BrowserContext, address: str) -> str:
    # By itself the address does not name it: one browser has several, and one may lead to several browsers.
    assert context.browser is not None
    protocol = await context.browser.new_browser_cdp_session()
    try:
        told: Any = await protocol.send("Target.getBrowserContexts")
    finally:
        await protocol.detach()
    return str(told.get("defaultBrowserContextId") or address)


async def _forget(context: BrowserContext) -> None:
    await context.clear_cookies()
