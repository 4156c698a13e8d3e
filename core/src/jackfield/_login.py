"""Logging in: once when a connection opens, once more after a refusal, and then only with a new context."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import anyio
import attrs

from ._environment import resolved
from ._exceptions import AuthenticationRequired, ChallengeRequired, ConfigError
from ._policy import RetryPolicy, retried

if TYPE_CHECKING:
    from ._connection import Connection
    from ._plugins import Plugins
    from ._provider import Provider, ProviderContext


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
        spec, name = self._connection.spec, self._connection.name
        self.needed = None
        context = context or await self._load()
        if context is None:
            if spec.needs_context:
                self.needed = f"{name} has no credentials"
            self.refuse_if_needed()
            return
        try:
            await retried(
                partial(self._authenticate, provider, context), policy, self._connection.options.timeout
            )
        except AuthenticationRequired as error:
            if not await self.renew(provider, error, self.generation):
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
            if isinstance(error, ChallengeRequired):
                self._plugins.notify("jackfield_human_needed", connection=self._connection, challenge=error)
            else:
                context = await self._load()
                if (
                    context is not None
                    and context != self._context
                    and await self._accepted(provider, context)
                ):
                    return True
            self.needed = error.message
            error.hint = error.hint or self._hint()
            return False

    async def _accepted(self, provider: Provider, context: ProviderContext) -> bool:
        try:
            await self._authenticate(provider, context)
        except AuthenticationRequired:
            return False
        return True

    async def _authenticate(self, provider: Provider, context: ProviderContext) -> None:
        context = resolved(context, self._connection.spec, self._connection.name)
        self._refuse_misfit(context)
        self._context = context
        renewed = await provider.authenticate(context)
        self.generation += 1
        if renewed is not None:
            self._context = renewed
            await self._store(renewed)

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

    async def _load(self) -> ProviderContext | None:
        spec, name = self._connection.spec, self._connection.name
        return await anyio.to_thread.run_sync(self._plugins.load_context, spec, name, abandon_on_cancel=True)

    async def _store(self, context: ProviderContext) -> None:
        spec, name = self._connection.spec, self._connection.name
        await anyio.to_thread.run_sync(self._plugins.store_context, spec, name, context)

    def _hint(self) -> str:
        spec, name = self._connection.spec, self._connection.name
        variable = spec.environment_variable(name, "token") if "token" in spec.auth_types else None
        by_variable = f", or the environment variable {variable}" if variable else ""
        return f"Give it some: `jackfield auth set {name}`, set_provider_context{by_variable}."
