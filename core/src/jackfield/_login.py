"""Logging in: once when a connection opens, once more after a refusal, and then only with a new context."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

import anyio
import attrs

from ._environment import resolved
from ._exceptions import (
    AuthenticationRequired,
    Certainty,
    ChallengeRequired,
    ConfigError,
    ContractBroken,
    JackfieldError,
)
from ._policy import Deadline, RetryPolicy, retried
from ._provider import ProviderContext
from ._secrets import Secret

if TYPE_CHECKING:
    from ._connection import Connection
    from ._plugins import Plugins
    from ._provider import Provider


@attrs.define(eq=False, repr=False)
class Login:
    """Whether a connection is logged in, and with what.

    Attributes:
        needed: Why there is no valid login, or None. While it is set, nothing is sent.
        generation: How often it was logged in; tells a request whether somebody else renewed the login.
    """

    _connection: Connection
    _plugins: Plugins
    needed: str | None = attrs.field(default=None, init=False)
    generation: int = attrs.field(default=0, init=False)
    _context: ProviderContext | None = attrs.field(default=None, init=False)
    _renewing: anyio.Lock = attrs.field(factory=anyio.Lock, init=False)

    def refuse_if_needed(self) -> None:
        """Raise what is missing while there is no valid login."""
        if self.needed is not None:
            raise AuthenticationRequired(self.needed, hint=self._hint(), provider=self._connection.spec.name)

    async def log_in(self, provider: Provider, context: ProviderContext | None, policy: RetryPolicy) -> None:
        """Log in with *context*, or with what the plugins know.

        Raises:
            AuthenticationRequired: There is no context and one is needed, or the remote refuses it.
            ConfigError: The provider does not take contexts of that kind.
        """
        self.needed = None
        try:
            await self._log_in(provider, context or await self._load(), policy)
        except AuthenticationRequired as error:
            self.needed = self.needed or error.message
            raise

    async def _log_in(self, provider: Provider, context: ProviderContext | None, policy: RetryPolicy) -> None:
        connection = self._connection
        if context is None:
            if connection.spec.needs_context:
                raise AuthenticationRequired(f"{connection.name} has no credentials", hint=self._hint())
            return
        authenticate = partial(self._authenticate, provider, context)
        try:
            await retried(authenticate, policy, connection.options.timeout, "login")
        except AuthenticationRequired as error:
            renewal = self.renew(provider, error, self.generation)
            if not await Deadline(connection.options.timeout).bound(renewal, "login"):
                raise

    async def renew(self, provider: Provider, error: AuthenticationRequired, generation: int) -> bool:
        """Log in anew after the remote refused; return whether that helped.

        A refusal is answered once, with other credentials than the refused; then the connection waits for
        a new context.

        Args:
            provider: The opened provider.
            error: The refusal.
            generation: `generation` when the refused request began.
        """
        async with self._renewing:
            if generation != self.generation:
                return True
            refusal = error if self.needed is None else None
            if refusal is not None and not isinstance(refusal, ChallengeRequired):
                refusal = await self._refused_anew(provider, refusal)
                if refusal is None:
                    return True
            if isinstance(refusal, ChallengeRequired) and await self._passed(provider, refusal):
                return True
            self.needed = self.needed or error.message
            error.hint = error.hint or self._hint()
            return False

    async def forget(self) -> tuple[Sequence[str], Sequence[JackfieldError]]:
        """Delete what is kept of this connection's logins, wherever a plugin keeps it. No remote is told.

        What an opened connection holds in memory stays until it is closed.

        Returns:
            What was deleted, each in some words; and what could not be, each as an error.
        """
        connection = self._connection
        forget = partial(
            self._plugins.forget_context,
            spec=connection.spec,
            connection_name=connection.name,
            options=connection.options,
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

    async def _passed(self, provider: Provider, challenge: ChallengeRequired) -> bool:
        """Call for the account's owner, and wait where waiting can help; return whether it did."""
        self._plugins.notify("jackfield_human_needed", connection=self._connection, challenge=challenge)
        if challenge.passed is None or challenge.certainty not in {Certainty.NOT_SENT, Certainty.REJECTED}:
            return False
        try:
            await challenge.passed()
            if self._context is not None:
                await self._authenticate(provider, self._context)
        except AuthenticationRequired:
            return False
        if self._context is None:
            self.generation += 1
        return True

    async def _authenticate(self, provider: Provider, context: ProviderContext) -> None:
        name = self._connection.name
        ask = self._ask if self._plugins.listens("jackfield_ask_person") else None
        context = attrs.evolve(resolved(context, self._connection.spec, name), connection=name, ask=ask)
        self._refuse_misfit(context)
        try:
            renewed = await provider.authenticate(context)
        except AuthenticationRequired:
            self._context = context
            raise
        # Only now: a login that was cancelled half way may be tried again with the same credentials.
        self._context = context
        self.generation += 1
        if isinstance(renewed, ProviderContext):
            self._context = renewed
            await self._store(renewed)
        elif renewed is not None:
            raise ContractBroken(f"authenticate gave {type(renewed).__name__}, not a ProviderContext")

    def _refuse_misfit(self, context: ProviderContext) -> None:
        spec = self._connection.spec
        if context.provider != spec.name:
            raise ConfigError(
                f"the context is for {context.provider!r}, and {self._connection.name!r} is {spec.name!r}"
            )
        if context.auth_type not in spec.auth_types:
            raise ConfigError(
                f"{spec.name} does not take auth_type {context.auth_type!r}",
                hint=f"It takes: {', '.join(sorted(spec.auth_types))}.",
            )
        if context.missing:
            raise AuthenticationRequired(
                f"the {context.auth_type} context lacks {' and '.join(context.missing)}", provider=spec.name
            )

    def known(self) -> ProviderContext | None:
        """Return what the plugins would log in with, if they know anything. Blocking: it may ask a keyring.

        Raises:
            JackfieldError: A plugin says why it cannot give any.
        """
        return self._plugins.load_context(self._connection.spec, self._connection.name)

    async def _load(self) -> ProviderContext | None:
        return await anyio.to_thread.run_sync(self.known, abandon_on_cancel=True)

    async def _ask(self, question: str) -> Secret | None:
        ask = partial(self._plugins.ask_person, self._connection.spec, self._connection.name, question)
        return await anyio.to_thread.run_sync(ask, abandon_on_cancel=True)

    async def _store(self, context: ProviderContext) -> None:
        spec, name = self._connection.spec, self._connection.name
        await anyio.to_thread.run_sync(self._plugins.store_context, spec, name, context)

    def _hint(self) -> str:
        spec, name = self._connection.spec, self._connection.name
        variable = spec.environment_variable(name, "token") if "token" in spec.auth_types else None
        by_variable = f", or the environment variable {variable}" if variable else ""
        return f"Give it some: `jackfield auth set {name}`, set_provider_context{by_variable}."
