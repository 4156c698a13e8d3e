"""Logging in: once when a connection opens, once more after a refusal, and then only with a new context."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Final

import anyio
import attrs

from . import _log
from ._environment import resolved
from ._exceptions import (
    AuthenticationRequired,
    Certainty,
    ChallengeRequired,
    ConfigError,
    ContractBroken,
    JackfieldError,
)
from ._policy import LOGGING_IN, if_cut_off, running, waiting_for
from ._provider import ProviderContext, ProviderSpec
from ._secrets import Secret

if TYPE_CHECKING:
    from ._options import ProviderOptions
    from ._plugins import Plugins
    from ._provider import Provider


FOR_PROGRAMS: Final = "In a program:"
"""What a hint says after it is for programs: no person can do it at a terminal."""

_STORED: Final = frozenset({"token", "username_password", "cookies", "code"})


@attrs.define(eq=False, repr=False, kw_only=True)
class Login:
    """Whether a connection is logged in, and with what.

    Attributes:
        needed: Why there is no valid login, or None. While it is set, nothing is sent.
        generation: How often it was logged in; tells a request whether somebody else renewed the login.
    """

    _name: str
    _spec: ProviderSpec
    _options: ProviderOptions
    _plugins: Plugins
    _challenged: Callable[[ChallengeRequired], None]
    needed: str | None = attrs.field(default=None, init=False)
    generation: int = attrs.field(default=0, init=False)
    _provider: Provider | None = attrs.field(default=None, init=False)
    _refusal: AuthenticationRequired | None = attrs.field(default=None, init=False)
    _context: ProviderContext | None = attrs.field(default=None, init=False)
    _renewing: anyio.Lock = attrs.field(factory=anyio.Lock, init=False)

    def refuse_if_needed(self) -> None:
        """Raise what is missing while there is no valid login."""
        if self.needed is not None:
            raise AuthenticationRequired(
                self.needed, hint=self._hint(), provider=self._spec.name, certainty=Certainty.NOT_SENT
            )

    def note_refusal(self, error: AuthenticationRequired) -> None:
        """Take in that the remote refused what the running operation was sent with."""
        deadline = running()
        if deadline is not None and deadline.generation == self.generation and self.needed is None:
            self._refusal = error

    async def admit(self) -> None:
        """Let one attempt go on to the wire, right before it does.

        It is the last look before something is sent. A refusal is noted as it flies past, before anybody else
        can run; whoever waited in the queue meanwhile comes by here, and renews the login or waits for that.
        So what the remote has refused once goes out no more, but for what was on the wire already.

        Raises:
            AuthenticationRequired: There is no valid login any more; nothing was sent.
        """
        if (refusal := self._refusal) is not None:
            waiting_for("login")
            with if_cut_off(LOGGING_IN, Certainty.NOT_SENT):
                await self.renew(refusal, self.generation)
            waiting_for("answer")
        self.refuse_if_needed()
        if (deadline := running()) is not None:
            deadline.generation = self.generation

    async def prepare(self, provider: Provider, context: ProviderContext | None) -> ProviderContext | None:
        """Return what *provider*, which was just opened, logs in with: *context*, or what the plugins know.

        Raises:
            AuthenticationRequired: There is none and one is needed.
        """
        self.needed, self._refusal, self._context, self._provider = None, None, None, provider
        try:
            context = context or await self._load()
        except AuthenticationRequired as error:
            self.needed = error.message
            raise
        if context is None and (self._spec.needs_context or self._options.needs_login):
            self.needed = f"{self._name} has no credentials"
            self.refuse_if_needed()
        return context

    async def log_in(self, context: ProviderContext, since: int) -> None:
        """Log in with *context*, unless somebody has renewed the login since that generation.

        Raises:
            AuthenticationRequired: The remote refuses it.
            ConfigError: The provider does not take contexts of that kind.
        """
        waiting_for("login")
        if self.generation == since and self._provider is not None:
            await self._authenticate(self._provider, context)

    async def renew(self, error: AuthenticationRequired, generation: int) -> bool:
        """Log in anew after the remote refused; return whether that helped.

        A refusal is answered once for everybody, with other credentials than the refused; then the connection
        waits for a new context.

        Args:
            error: The refusal.
            generation: `generation` when the refused request was sent.
        """
        provider = self._provider
        assert provider is not None, "who is refused was opened"
        async with self._renewing:
            # Somebody else was refused as well and has logged in since: there is nothing left to do.
            if generation != self.generation:
                return self.needed is None
            refusal = error if self.needed is None else None
            if refusal is not None and not isinstance(refusal, ChallengeRequired):
                refusal = await self._refused_anew(provider, refusal)
                if refusal is None:
                    return True
            if isinstance(refusal, ChallengeRequired) and await self._is_passed(provider, refusal):
                return True
            self.needed, self._refusal = self.needed or error.message, None
            error.hint = error.hint or self._hint()
            return False

    async def forget(self) -> tuple[Sequence[str], Sequence[JackfieldError]]:
        """Delete what is kept of this connection's logins, wherever a plugin keeps it. No remote is told.

        What an opened connection holds in memory stays until it is closed.

        Returns:
            What was deleted, each in some words; and what could not be, each as an error.
        """
        forget = partial(
            self._plugins.forget_context,
            spec=self._spec,
            connection_name=self._name,
            options=self._options,
        )
        return await anyio.to_thread.run_sync(forget)

    async def _refused_anew(
        self, provider: Provider, refusal: AuthenticationRequired
    ) -> AuthenticationRequired | None:
        """Log in with other credentials than those refused; return why that did not help, or None."""
        context = await self._load()
        if context is None or context == self._context:
            return refusal
        try:
            await self._authenticate(provider, context)
        except AuthenticationRequired as again:
            return again
        return None

    async def _is_passed(self, provider: Provider, challenge: ChallengeRequired) -> bool:
        """Call for the account's owner, and wait where waiting can help; return whether it did."""
        self._challenged(challenge)
        if challenge.passed is None or challenge.certainty not in {Certainty.NOT_SENT, Certainty.REJECTED}:
            return False
        try:
            await challenge.passed()
            if self._context is not None:
                await self._authenticate(provider, self._context)
        except AuthenticationRequired:
            return False
        if self._context is None:
            self._renewed()
        return True

    def _renewed(self) -> None:
        self.generation += 1
        self._refusal = None

    async def _authenticate(self, provider: Provider, context: ProviderContext) -> None:
        ask = self._ask if self._plugins.listens("jackfield_ask_person") else None
        context = resolved(context, self._spec, self._name, self._options)
        context = attrs.evolve(context, connection=self._name, ask=ask)
        self._refuse_misfit(context)
        try:
            renewed = await provider.authenticate(context)
        except AuthenticationRequired:
            self._context = context
            raise
        # Only now: a login that was cancelled half way may be tried again with the same credentials.
        self._context = context
        self._renewed()
        _log.debug("login.accepted", connection=self._name, auth_type=context.auth_type)
        if isinstance(renewed, ProviderContext):
            self._context = renewed
            await self._store(renewed)
        elif renewed is not None:
            raise ContractBroken(f"authenticate gave {type(renewed).__name__}, not a ProviderContext")

    def _refuse_misfit(self, context: ProviderContext) -> None:
        spec = self._spec
        if context.provider != spec.name:
            raise ConfigError(f"the context is for {context.provider!r}, and {self._name!r} is {spec.name!r}")
        if context.auth_type not in spec.auth_types:
            raise ConfigError(
                f"{spec.name} does not take auth_type {context.auth_type!r}",
                hint=f"It takes: {', '.join(sorted(spec.auth_types))}.",
            )
        if context.missing:
            raise AuthenticationRequired(
                f"the {context.auth_type} context lacks {' and '.join(context.missing)}",
                provider=spec.name,
                certainty=Certainty.NOT_SENT,
            )

    def known(self) -> ProviderContext | None:
        """Return what the plugins would log in with, if they know anything. Blocking: it may ask a keyring.

        Raises:
            JackfieldError: A plugin says why it cannot give any.
        """
        return self._plugins.load_context(self._spec, self._name, self._options)

    async def _load(self) -> ProviderContext | None:
        if not self._plugins.may_block("jackfield_load_context"):
            return self.known()
        return await anyio.to_thread.run_sync(self.known, abandon_on_cancel=True)

    async def _ask(self, question: str) -> Secret | None:
        ask = partial(self._plugins.ask_person, self._spec, self._name, question)
        return await anyio.to_thread.run_sync(ask, abandon_on_cancel=True)

    async def _store(self, context: ProviderContext) -> None:
        await anyio.to_thread.run_sync(self._plugins.store_context, self._spec, self._name, context)

    def _hint(self) -> str:
        kinds = self._spec.auth_types
        ways = [f"`jackfield auth set {self._name}`"] if kinds & _STORED else []
        if "interactive" in kinds:
            ways.append(f"`jackfield login {self._name}`")
        takes_token = "token" in kinds
        variables = self._spec.credential_variables(self._name, "token", self._options) if takes_token else ()
        if variables:
            ways.append(f"the environment variable {' or '.join(variables)}")
        wanted = "credentials" if self._context is None else "other credentials"
        by_person = f"Give it {wanted}: {', or '.join(ways)}. " if ways else ""
        return f"{by_person}{FOR_PROGRAMS} set_provider_context."
