"""Logging in to a page: by its steps, with cookies, with a saved login, or by a person.

Law: a login that was saved is tried before a password is typed, and a login that works is saved. Whoever has
a login is never a guest: a token is asked whether it has ended, and the page whose token it has, before a
message is written and again before it is sent.
"""

from __future__ import annotations

import copy
import time
from contextlib import AsyncExitStack, suppress
from functools import partial
from logging import WARNING
from typing import Final

import anyio
import attrs

from jackfield import (
    AuthenticationRequired,
    Certainty,
    ChallengeRequired,
    ConfigError,
    DeadlineExceeded,
    PermissionDenied,
    ProviderContext,
    ProviderError,
    Secret,
    log_event,
)

from ..accounts import StorageState, login_of_item, named, nothing_sent, read_login
from ..browser import PageHandle, reachable
from ..errors import (
    ASKED_BY_HTTP,
    FIRST_ERROR_STATUS,
    PageChanged,
    SessionCorrupt,
    last_seen,
    shown_url,
)
from ..page import Standing, document_answer, is_stranger, standing
from ..reading import go
from ..site import Site, ended_at, read_address
from ._account import Account
from ._evidence import evidence
from ._login_steps import LoginSteps
from ._tabs import NAME_IT, Driving, Tab, Tabs

_AFTER_STEPS_SECONDS: Final = 5.0
_LEAVING_SECONDS: Final = 0.3
_LOOK_SECONDS: Final = 1.0
_KEEP_SECONDS: Final = 5.0
_ASKED: Final = (401, 407)
_AS_A_GUEST: Final = "the page goes on as somebody else, such as a guest: the login has ended"


@attrs.frozen(eq=False)
class Renewal:
    """A login by the Site's steps that came to an end.

    Attributes:
        refused: Why it failed; None when it did not.
    """

    refused: ProviderError | None = attrs.field(default=None, repr=False)


@attrs.frozen
class _Place:
    """Where a person goes on: who comes back from a login elsewhere has its token in the fragment."""

    address: str = attrs.field(repr=False)


@attrs.define(eq=False, repr=False)
class WebLogin:
    """Logs an account in, notices when it is not any more, and waits for a person where one is needed."""

    _account: Account
    _tabs: Tabs
    _driving: Driving
    _context: ProviderContext | None = attrs.field(default=None, init=False)
    _is_seen: bool = attrs.field(default=False, init=False)
    """Whether the page was logged in when it was last seen to be in or out."""
    is_proven: bool = attrs.field(default=False, init=False)
    """Whether a person has just proved in the page itself that they are one."""
    last: Renewal | None = attrs.field(default=None, init=False)
    """The last renewal since the account was logged in with what is known of it now."""
    _unused: tuple[str, ...] = attrs.field(default=(), init=False)
    _owner: str = attrs.field(default="", init=False, repr=False)
    """The account that the token that was given names; empty when it names none."""
    _was_guest: bool = attrs.field(default=False, init=False)
    """Whether the page was found to be used without the account."""
    _renewing: anyio.Lock = attrs.field(factory=anyio.Lock, init=False)

    @property
    def _site(self) -> Site:
        return self._driving.site

    async def log_in(self, context: ProviderContext) -> None:
        """Log in with *context*, beginning anew.

        Raises:
            AuthenticationRequired: The page refuses it.
            ChallengeRequired: A person is needed.
            ConfigError: The credentials have no known form.
        """
        if self.is_proven and context == self._context:
            # That stands in the page, and would be lost with the session.
            self.is_proven = False
            return
        self._context, self.last = context, None
        given = self._given(context)
        token = given.item(self._site.session_item) if given is not None else ""
        self._owner = self._site.claims.account_of(token)
        if (useless := self._useless(token)) is not None:
            await self._begin(None)
            if not self._account.has_login:
                raise useless
            await self._prove()
        else:
            await self._prove_given(given)
        await self._save()

    async def _prove_given(self, given: StorageState | None) -> None:
        # Pages renew their cookies: those that were given may be older than those that were saved.
        begins_with_given = await self._begin(given, saved_first=True)
        try:
            await self._prove()
        except ChallengeRequired:
            raise
        except AuthenticationRequired:
            if given is None:
                raise
            await self._begin(None if begins_with_given else given)
            await self._prove()

    def _useless(self, token: str) -> AuthenticationRequired | None:
        """Return the error for a token that says itself that it logs nobody in; None for any other."""
        login = f"log in in a window, `jackfield login {self._name}`."
        if not self._site.claims.is_known:
            return None
        if self._site.claims.is_guest_s(token):
            said, hint = "the token that was given is a guest's", "To be a guest give no credentials; or "
        elif (end := ended_at(token, time.time())) is not None:
            said = f"the token that was given ended on {end:%Y-%m-%d at %H:%M} UTC, by its own word"
            hint = "Give the one that the page has now, or "
        else:
            return None
        return AuthenticationRequired(said, hint=hint + login, certainty=Certainty.NOT_SENT)

    def _given(self, context: ProviderContext) -> StorageState | None:
        """Return the login that *context* is, if it is one."""
        self._unused = ()
        start = self._site.addresses.start
        if context.auth_type == "cookies":
            cookie = self._site.session_cookie or None
            given, hosts = context.secret("cookies"), hosts_of(self._site)
            return self._own(read_login(given, url=start, cookie_name=cookie, hosts=hosts))
        if context.auth_type == "token":
            return login_of_item(start, self._site.session_item, context.secret("token"))
        return None

    def _own(self, given: StorageState) -> StorageState:
        """Return what of a login belongs to the Site; the rest is another page's business.

        Raises:
            ConfigError: Nothing does.
        """
        hosts = hosts_of(self._site)
        own = given.of_hosts(hosts)
        if given.cookies and not own.cookies:
            raise ConfigError(
                f"none of the {len(given.cookies)} cookies belongs to {', '.join(hosts)}",
                hint="Export them while that page is open and you are logged in there.",
            )
        self._unused = (*own.left_out, *own.expired(time.time()))
        if self._unused:
            log_event("login.left_out", level=WARNING, layer="web", what=named(self._unused))
        return own

    @property
    def _not_used(self) -> str:
        """What of the login that was given was of no use, as a sentence that goes on a hint."""
        return f" Of the cookies were not used: {named(self._unused)}." if self._unused else ""

    def _note_refused(self) -> None:
        """Note which cookies the browser refused, which took the others: the next session may have none."""
        told = tuple(f"{name}, which the browser refuses" for name in self._account.refused_cookies)
        if told:
            self._unused = tuple(dict.fromkeys((*self._unused, *told)))
            log_event("login.left_out", level=WARNING, layer="web", what=named(told))

    async def ready(self, tab: Tab) -> None:
        """Bring *tab* to where it must be, logged in. Nothing is sent.

        Raises:
            ProviderError: As for `Tabs.visit` and `require`.
        """
        with nothing_sent():
            since = self.last
            await self._tabs.visit(tab)
            await self.require(tab, since)

    async def require(self, tab: Tab, since: Renewal | None = None) -> None:
        """See to it that *tab*, which is where it must be, is logged in.

        The last renewal before its page was opened was *since*.

        Raises:
            AuthenticationRequired: It is not, and the Site's steps cannot be taken.
            ChallengeRequired: A person is needed.
            PageChanged: The page shows neither a login nor what the Site says of it.
            NavigationRefused: It leads elsewhere.
            ProviderError: In its place the remote has sent an error.
        """
        seen = await self._look(tab)
        if seen == "out" and self.can_renew:
            # The page may have been opened before a login that worked: that one is tried first.
            await self.renew(tab, since if since and since.refused else None)
        elif seen != "in" and not (seen == "out" and self._account.options.login_required is False):
            if seen == "unknown":
                seen = await self._by_document(tab)
            said = _AS_A_GUEST if self._was_guest else "the page wants a login"
            raise await self._refusal(tab, seen, said)

    async def _by_document(self, tab: Tab) -> Standing:
        """Return where *tab*, which shows nothing of the Site, stands by the document that is there instead.

        Raises:
            ProviderError: It leads elsewhere, or is an error of the remote.
        """
        await self._require_way(tab)
        status, document = await tab.page.call(document_answer)
        if status < FIRST_ERROR_STATUS:
            return "unknown"
        refused = self._driving.refused(status, {}, document)
        if isinstance(refused, ChallengeRequired):
            return "challenged"
        refused.certainty, refused.url = Certainty.NOT_SENT, shown_url(await tab.page.address())
        if status in _ASKED:
            refused.hint = ASKED_BY_HTTP
        raise refused

    async def _require_way(self, tab: Tab, place: str = "") -> None:
        """Raise why *tab*, at *place*, was kept from where it wanted to go last, if it was."""
        if (kept := tab.page.kept_from) is not None:
            kept.url = shown_url(place or await tab.page.address())
            kept.hint = f"{kept.url} leads there. {kept.hint} {NAME_IT}"
            raise kept

    async def still(self, tab: Tab) -> None:
        """See to it that *tab* has not become a guest's since it was found logged in. Nothing is sent.

        A page may show its composer before its remote has told it that its login has ended.

        Raises:
            AuthenticationRequired: It has.
        """
        # Who needs no login may go on as a guest.
        if self._context is None or self._account.options.login_required is False:
            return
        if await tab.page.call(is_stranger, self._site, self._owner):
            refused = await self._refusal(tab, "out", _AS_A_GUEST)
            refused.certainty = Certainty.NOT_SENT
            raise refused

    async def why(self, tab: Tab, denied: ProviderError) -> ProviderError:
        """Return what the page makes of a refusal that gives no reason; *denied* itself where it has one.

        A page that leaves for its login takes with it the words of the request that sent it there.
        """
        if not isinstance(denied, PermissionDenied) or denied.certainty is not Certainty.REJECTED:
            return denied
        await anyio.sleep(_LEAVING_SECONDS)
        seen = await self._look(tab)
        if seen in {"in", "unknown"}:
            return denied
        return await self._refusal(tab, seen, "the page wants a login")

    async def renew(self, tab: Tab, since: Renewal | None) -> None:
        """Log in by the Site's steps, in *tab*, and bring it back to where it was; a guest comes in anew.

        One at a time: who waited for another's login uses what came of it, so that a wrong password is typed
        once, however many conversations there are, and a right one does not end the session that it made.

        Args:
            tab: The tab.
            since: The last renewal that its page may be younger than; a later one is believed.
        """
        if self.is_guest:
            await self._tabs.visit(tab, self._site.addresses.start)
            return
        async with self._renewing:
            if self.last is not since and await self._is_renewed(tab):
                return
            try:
                await self._take_steps(tab)
            except ProviderError as error:
                self.last = Renewal(error)
                raise
            self.last = Renewal()
            if tab.apart is not None and not tab.turns:
                await self._account.take_over(tab.apart, wholly=self._site.thread_in_storage)
            await self._account.save(tab.apart, is_login=True)
            await self._come_back(tab)

    async def _come_back(self, tab: Tab) -> None:
        """Bring *tab* back to where it was, by loading it anew.

        Raises:
            InvalidRequest: Its conversation lived in it: what the page shows now may be another one.
        """
        if tab.turns and tab.address is None:
            await self._tabs.lose(tab)
        await self._tabs.visit(tab, tab.address or self._site.addresses.start)

    async def _is_renewed(self, tab: Tab) -> bool:
        """Whether *tab*, opened again, is logged in by the last renewal."""
        assert self.last is not None
        if (refused := self.last.refused) is not None:
            # A copy, for each caller notes on its own error what became of its message.
            raise copy.copy(refused) from refused.__cause__
        await self._come_back(tab)
        return await self._look(tab) == "in"

    async def keep(self, tab: Tab | None = None) -> None:
        """Save the login as it is now, also in *tab*, if there is one; pages renew theirs at any time.

        What keeps it from being saved is noted and not raised: an answer is not lost for it.
        """
        if self._context is None:
            return
        with anyio.move_on_after(_KEEP_SECONDS, shield=True):
            try:
                await self._save(tab)
            except ProviderError as error:
                log_event("login.not_kept", level=WARNING, layer="web", error=type(error).__name__)

    async def _save(self, tab: Tab | None = None) -> None:
        # What never worked would take the place of a login that does.
        if self._is_seen:
            await self._account.save(tab.apart if tab is not None else None)

    async def _begin(self, login: StorageState | None, *, saved_first: bool = False) -> bool:
        assert self._context is not None
        self._is_seen = False
        await self._tabs.clear()
        opening = partial(
            self._account.open, self._context.connection, login, self._made_with, saved_first=saved_first
        )
        try:
            return await opening()
        except SessionCorrupt:
            # It was set aside, so that now there is none.
            if not self.can_renew:
                raise
            return await opening()

    async def _prove(self) -> None:
        with nothing_sent():
            async with self._tabs.lend() as tab, evidence(tab, self._site, self.connection):
                await self._tabs.visit(tab)
                self._note_refused()
                await self.require(tab)

    @property
    def _made_with(self) -> Secret | None:
        secrets = self._context.credentials if self._context else {}
        return Secret("\0".join(secrets[name].reveal() for name in sorted(secrets))) if secrets else None

    @property
    def can_renew(self) -> bool:
        """Whether everything is known that the Site's steps write, so that they can be taken."""
        wanted = {step.value for step in self._site.login if step.action == "fill"}
        return self._context is not None and bool(wanted) and wanted <= self._context.credentials.keys()

    @property
    def is_guest(self) -> bool:
        """Whether the page is used without an account, as it allows."""
        return self._context is None and bool(self._site.selectors.guest)

    async def _look(self, tab: Tab) -> Standing:
        return await self._stands(tab.page, self._site.timing.composer)

    async def _stands(self, page: PageHandle, seconds: float) -> Standing:
        seen = await page.call(standing, self._site, seconds, self._owner)
        self._was_guest = seen == "guest"
        if seen in {"in", "out", "guest"}:
            self._is_seen = seen == "in"
        return ("in" if self.is_guest else "out") if self._was_guest else seen

    async def _take_steps(self, tab: Tab) -> None:
        assert self._context is not None
        seconds, hands = self._account.options.human_seconds, self._driving.hands
        steps = LoginSteps(site=self._site, context=self._context, hands=hands, seconds=seconds)
        failed: ProviderError | None = None
        async with AsyncExitStack() as keeping:
            try:
                await steps.take(tab.page, keeping)
            except (DeadlineExceeded, PageChanged) as error:
                # Where it was to go, or what it shows instead, says more than what it does not show.
                await self._require_way(tab, await steps.place(tab.page))
                seen = await self._look(tab)
                # What was given nothing refuses nothing, also at the address of its login.
                if seen == "unknown" or (seen == "out" and not steps.has_written):
                    raise
                failed = error
            seen = await self._stands(tab.page, _AFTER_STEPS_SECONDS)
            if seen != "in":
                await self._require_way(tab, place := await steps.place(tab.page))
        if seen == "in":
            return
        if seen != "out" and await steps.still_ask(tab.page):
            seen = "out"
        if seen != "unknown" or not await self._is_in_at_start(tab):
            # Neither in nor out: the page wants something more, such as a second factor.
            stands: Standing = "out" if seen == "out" else "challenged"
            raise await self._refusal(tab, stands, steps.refused(failed), place) from failed

    async def _is_in_at_start(self, tab: Tab) -> bool:
        """Whether the Site's start is logged in, where *tab* ended on a page that shows neither: a welcome.

        It is opened beside *tab*, which may want something more of a person where it is. One that does not
        open is not.
        """
        with suppress(ProviderError):
            async with (tab.apart or await self._account.session()).page() as page:
                seconds, start = self._account.options.page_seconds, self._site.addresses.start
                await page.call(go, self._site, self._driving.hands, start, seconds)
                return await self._stands(page, self._site.timing.composer) == "in"
        return False

    async def _refusal(self, tab: Tab, seen: Standing, said: str, place: str = "") -> ProviderError:
        """Return the error for where we stand, at *place*: by default where the page is."""
        address = place or await tab.page.address()
        shown = shown_url(address)
        if seen == "unknown" and not self._account.options.needs_login:
            return PageChanged(
                f"the page shows neither what the Site {self._site.name!r} says of it nor a login form",
                hint=f"The Site was {last_seen(self._site)}.",
                certainty=Certainty.NOT_SENT,
                url=shown,
            )
        attended = self._account.options.is_attended
        is_interactive = self._context is not None and self._context.auth_type == "interactive"
        if seen == "challenged" or attended or is_interactive:
            wanted = "proof of a person" if seen == "challenged" else "somebody to log in"
            return ChallengeRequired(
                f"the page wants {wanted}",
                hint=None if attended else f"Log in once in a window: jackfield login {self._name}.",
                address=shown,
                url=shown,
                passed=partial(self._wait_for_person, _Place(address)) if attended else None,
            )
        store, login = f"jackfield auth set {self._name}", f"jackfield login {self._name}"
        return AuthenticationRequired(
            said,
            url=shown,
            hint=f"Store a login, `{store}`, or log in in a window, `{login}`.{self._not_used}",
        )

    @property
    def connection(self) -> str:
        """The connection's name; empty while nobody told it."""
        return self._context.connection if self._context is not None else ""

    @property
    def _name(self) -> str:
        return self.connection or "NAME"

    async def _wait_for_person(self, place: _Place) -> None:
        """Show the page to the account's owner, and return when they are logged in."""
        seconds = self._account.options.human_seconds
        async with self._tabs.lend() as tab:
            await self._tabs.visit(tab, place.address)
            with anyio.move_on_after(seconds):
                while True:
                    # Somebody logs in as whom they like.
                    self._owner = ""
                    if await self._stands(tab.page, _LOOK_SECONDS) == "in":
                        await self._account.save()
                        return
                    await anyio.sleep(_LOOK_SECONDS / 4)
        raise ChallengeRequired(
            f"nobody logged in within {seconds:g} seconds", address=shown_url(place.address)
        )


def hosts_of(site: Site) -> tuple[str, ...]:
    """Return the hosts that the Site's pages may be on."""
    addresses = (address for origin in reachable(site) if (address := read_address(origin)) is not None)
    return tuple(dict.fromkeys(address.host.removeprefix("*.") for address in addresses))
