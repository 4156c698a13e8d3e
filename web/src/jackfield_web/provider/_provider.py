"""A chat page as a provider: what is common to all of them, given a Site.

The way of a request: a tab for its conversation, a look whether the account is still logged in, the message
sent by the page itself, and the answer read from it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, ExitStack, asynccontextmanager
from functools import partial
from typing import Final

import anyio
import attrs

from jackfield import (
    AuthenticationRequired,
    Capability,
    Certainty,
    ChallengeRequired,
    ChatRequest,
    ConfigError,
    Finding,
    InvalidRequest,
    Model,
    PermissionDenied,
    Plan,
    Provider,
    ProviderContext,
    ProviderError,
    StreamEvent,
    Verdict,
    models_of,
)

from ..accounts import Delivery, fate_if_cut_off, nothing_sent
from ..browser import own_origins, reachable
from ..errors import PageLeft, PageOutdated, PageRefused, Refusal, refusal
from ..hands import InputDriver
from ..page import Thread, read_models, stops_asking
from ..reading import Wish, examine_page, find_thread, prepare, shows_last
from ..site import Site
from ..wire import DecoderFactory, require_decoders
from ._account import Account
from ._evidence import evidence
from ._login import WebLogin
from ._options import WebOptions
from ._tabs import Driving, Tab, Tabs
from ._turn import Turn
from ._wish import all_aliases, capabilities_of, wanted_model, wish_of

_CLOSE_SECONDS: Final = 5.0
_ENDED: Final = (
    "The conversation is over: it lived in its tab, which was closed, so that nothing of this message goes "
    "with the next. Begin a new one."
)


@asynccontextmanager
async def open_site(
    site: Site,
    options: WebOptions,
    *,
    decoders: Mapping[str, DecoderFactory] | None = None,
    refused: Refusal = refusal,
    hands: InputDriver | None = None,
) -> AsyncIterator[Provider]:
    """Open the provider of a chat page for the length of a block; the browser starts when it is needed.

    Args:
        site: What the page is like.
        options: The connection's settings.
        decoders: Decoders that the provider brings, by the name that a wire of the Site gives.
        refused: Makes an error of the HTTP error that a request of the page was answered with.
        hands: What visits, types and clicks; None for a hand at the pace that the options name.

    Raises:
        ConfigError: The options ask for what the page does not have, or the Site for what nobody has.
    """
    require_decoders(site, decoders or {})
    site = site.incognito() if options.incognito else site
    account = Account(options, reachable(site), own_origins(site).allowed)
    driving = Driving(site=site, account=account, given=hands, decoders=decoders or {}, refused=refused)
    tabs = Tabs(account, driving)
    provider = WebProvider(account, tabs, driving, WebLogin(account, tabs, driving))
    try:
        yield provider
    finally:
        await provider.close()


@attrs.define(eq=False, repr=False)
class WebProvider(Provider):
    """One account on a chat page."""

    _account: Account
    _tabs: Tabs
    _driving: Driving
    _login: WebLogin
    capabilities: frozenset[Capability] | None = attrs.field(init=False)

    @capabilities.default
    def _those_of_the_site(self) -> frozenset[Capability]:
        return capabilities_of(self._driving.site)

    def plan(self, request: ChatRequest) -> Plan:
        """Tell what the page's Site refuses: a model where there is no choice, a file without words."""
        try:
            wish_of(request, self._driving.site, self._options)
        except InvalidRequest as error:
            return Plan(request, refusals=(error,))
        return Plan(request)

    @property
    def _options(self) -> WebOptions:
        return self._account.options

    def _evidence(self, tab: Tab) -> AbstractAsyncContextManager[None]:
        return evidence(tab, self._driving.site, self._login.connection)

    @asynccontextmanager
    async def stream(self, request: ChatRequest) -> AsyncIterator[AsyncIterator[StreamEvent]]:
        """Let the page send the message, and read its answer. Left early, it is stopped."""
        wish, delivery = wish_of(request, self._driving.site, self._options), Delivery()
        with ExitStack() as unanswered:
            unanswered.enter_context(fate_if_cut_off(delivery))
            async with self._tabs.lend(request.conversation_id, is_to_talk=True) as tab:
                async with self._evidence(tab):
                    await self._login.ready(tab)
                turn = Turn(tab, self._login, wish.text, wish.model, delivery, self._account.outbox)
                async with self._tidied(turn, tab, wish), self._evidence(tab), turn:
                    await self._submit(turn, tab, wish)
                    # From here on the events tell.
                    unanswered.close()
                    yield turn

    @asynccontextmanager
    async def _tidied(self, turn: Turn, tab: Tab, wish: Wish) -> AsyncIterator[None]:
        """Leave *tab* and the saved login as the next message needs them, whatever becomes of this one."""
        try:
            yield
        except ProviderError as error:
            if isinstance(error, PageLeft | PageOutdated | PageRefused):
                await tab.close()
            elif turn.delivery.presses and error.certainty is Certainty.REJECTED:
                await _leave(tab, error)
            if _leaves_something(wish, turn.delivery) and tab.turns and tab.address is None:
                error.hint = f"{error.hint or ''} {_ENDED}".strip()
            raise
        finally:
            tab.turns += turn.delivery.reached and tab.has_page
            if turn.delivery.presses:
                self._tabs.note(tab, wish.text, may_have_gone=turn.delivery.may_have_gone)
            # A conversation that lives in its tab only goes on there, when what was left is over. Where
            # nobody sees that, it would be told as the next answer.
            goes_on = tab.address is None and self._driving.site.shows_work
            left_at_work = turn.delivery.is_at_work and not goes_on
            if left_at_work or _leaves_something(wish, turn.delivery):
                await tab.close()
            if turn.delivery.reached:
                # A browser that has to start again begins with it: what a page renewed ended the former.
                await self._login.keep(tab)

    async def _submit(self, turn: Turn, tab: Tab, wish: Wish) -> None:
        """Send the message; when only then the page finds that it is logged out, log in and send it again."""
        since = self._login.last
        try:
            await self._send(turn, tab, wish)
        except ChallengeRequired as error:
            if error.passed is None and self._options.is_attended:
                error.passed = partial(self._wait_for_proof, tab)
            raise
        except (AuthenticationRequired, PermissionDenied) as error:
            told = await self._login.why(tab, error)
            dead = isinstance(told, AuthenticationRequired) and told.certainty is Certainty.REJECTED
            # A guest who comes in anew is another one: their conversations are not the former's.
            is_theirs = bool(tab.turns) or tab.address is not None
            renewable = self._login.can_renew or (self._login.is_guest and not is_theirs)
            if not dead or not renewable or not turn.delivery.may_renew():
                raise told from error.__cause__
            await self._login.renew(tab, since)
            await self._send(turn, tab, wish)

    async def _wait_for_proof(self, tab: Tab) -> None:
        """Return when somebody has proved in *tab* what its page asks for; the next message goes there."""
        seconds = self._options.human_seconds
        async with self._tabs.kept(tab):
            if not await tab.page.call(stops_asking, self._driving.site, seconds):
                raise ChallengeRequired(f"nobody proved to be a person within {seconds:g} seconds")
        self._login.is_proven = True

    async def _send(self, turn: Turn, tab: Tab, wish: Wish) -> None:
        await self._prepare(tab, wish)
        await turn.submit(self._driving.hands)

    async def _prepare(self, tab: Tab, wish: Wish) -> None:
        thread = Thread(begins=tab.address is None and not tab.turns, address=tab.address)
        with nothing_sent():
            if thread.begins and await self._tabs.part(tab):
                await self._login.ready(tab)
            await tab.page.call(prepare, tab.reader, self._driving.hands, wish, thread)
            await self._tabs.require_own(tab)
            await self._account.admit()

    @asynccontextmanager
    async def attach(self, handle: str) -> AsyncIterator[AsyncIterator[StreamEvent]]:
        """Read the last answer of the conversation *handle*. Sends nothing, and stops nothing.

        Where the last message went from here, that is the answer to it, and it is waited for: a remote may
        keep a message only with its answer.

        Raises:
            InvalidRequest: *handle* is no conversation of this page.
        """
        async with self._tabs.lend(handle) as tab, self._evidence(tab):
            await self._login.ready(tab)
            with nothing_sent():
                await tab.page.call(find_thread, tab.reader, Thread(address=tab.address))
                is_there = not tab.said or await tab.page.call(shows_last, tab.reader, tab.said)
            earlier, outbox = Delivery.of_earlier(), self._account.outbox
            async with Turn(tab, self._login, delivery=earlier, outbox=outbox) as turn:
                await turn.attach("" if is_there else tab.said)
                yield turn

    async def authenticate(self, context: ProviderContext) -> None:
        """Log in, and save the login under the connection's name.

        Raises:
            AuthenticationRequired: The page refuses the login.
            ChallengeRequired: A person is needed.
        """
        await self._login.log_in(context)

    async def check_health(self) -> None:
        """Open the page and look whether a message could be written. Sends nothing."""
        async with self._tabs.lend() as tab, self._evidence(tab):
            await self._login.ready(tab)

    async def list_models(self) -> Sequence[Model]:
        """Return the models in the page's own list. Sends nothing and chooses nothing."""
        site, options = self._driving.site, self._options
        async with self._tabs.lend() as tab, self._evidence(tab):
            await self._login.ready(tab)
            offer = await tab.page.call(read_models, site, self._driving.hands)
        default = wanted_model(None, site, options) or offer.current
        return models_of(offer.names, mapping=all_aliases(site, options), default=default)

    async def examine(self) -> Sequence[Finding]:
        """Return what of the Site is still on the page. Sends nothing, and takes back what it writes."""
        try:
            async with self._tabs.lend() as tab:
                await self._login.ready(tab)
                return await tab.page.call(examine_page, tab.reader, self._driving.hands)
        except (ProviderError, ConfigError) as error:
            return [Finding("page", Verdict.WRONG, str(error))]

    async def close(self) -> None:
        """Save the login as the page renewed it, and close the browser: each, whatever comes of the other."""
        async with AsyncExitStack() as steps:
            for step in (self._account.close, self._tabs.clear, self._login.keep):
                steps.push_async_callback(_in_time, step)


async def _in_time(step: Callable[[], Awaitable[None]]) -> None:
    with anyio.move_on_after(_CLOSE_SECONDS, shield=True):
        await step()


def _leaves_something(wish: Wish, delivery: Delivery) -> bool:
    """Whether the page has something of a message that did not go: it would go with the next."""
    return (bool(wish.files) or delivery.is_taken) and not delivery.reached


async def _leave(tab: Tab, error: ProviderError) -> None:
    """See to it that a page asks no more for what its remote refused: some try again when they may.

    Whoever is told that a message was refused may send it again.
    """
    if isinstance(error, ChallengeRequired):
        return  # its owner proves there to be a person
    if tab.turns and tab.address is None:
        # The conversation lives in the page, which may be at it still.
        error.certainty = Certainty.UNKNOWN
    else:
        await tab.close()
