"""The spec of a provider that is one chat site: its description, its decoders, its refusals."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from importlib.resources.abc import Traversable

import attrs
from anyio import to_thread

from jackfield import Effect, Finding, Provider, ProviderSpec, ProviderType

from .doctor import examine_web
from .errors import Refusal, refusal
from .provider import CAPABILITIES, WebOptions, open_site
from .site import Site, SiteFile, newest_site
from .wire import DecoderFactory


@attrs.frozen(kw_only=True)
class SiteOptions(WebOptions):
    """Settings of a connection to one chat site, besides those of every page.

    Attributes:
        base_url: The site's address; None for its own, another one for a stand-in's.
    """

    base_url: str | None = None


@attrs.frozen(kw_only=True)
class ChatSite:
    """One chat site: what its plugin brings.

    Attributes:
        name: What its descriptions are called: the files `NAME-YYYY-MM.toml`.
        shipped: The folder of those that the plugin ships.
        decoders: Decoders of its traffic, by the names that its descriptions give them.
        refused: Makes an error of the HTTP error that a request of its page was answered with.
    """

    name: str
    shipped: Traversable
    decoders: Mapping[str, DecoderFactory] = attrs.field(factory=dict)
    refused: Refusal = refusal

    def read(self, options: SiteOptions) -> Site:
        """Return the newest description, with what *options* say otherwise. Reads files.

        Raises:
            ConfigError: What they say does not fit.
        """
        own = {} if options.base_url is None else {"base_url": options.base_url}
        return self._newest().read({**own, **options.site_overrides})

    def spec(self, provider: str, *, title: str, auth_types: Iterable[str]) -> ProviderSpec:
        """Return the spec of the provider that this site is.

        Args:
            provider: The provider's name, the same as its entry point's.
            title: Its name for people.
            auth_types: The auth types it takes.
        """
        return ProviderSpec(
            name=provider,
            title=title,
            type=ProviderType.WEB_AUTOMATION,
            options=SiteOptions,
            open=self._open,
            auth_types=frozenset(auth_types),
            capabilities=CAPABILITIES,
            # A repeated request would be a second message in somebody's chat.
            effect=Effect.EFFECT,
            env_prefix=provider.upper(),
            examine=self._examine,
        )

    def _newest(self) -> SiteFile:
        return newest_site(self.name, self.shipped)

    @asynccontextmanager
    async def _open(self, options: SiteOptions) -> AsyncIterator[Provider]:
        site = await to_thread.run_sync(self.read, options)
        async with open_site(site, options, decoders=self.decoders, refused=self.refused) as provider:
            yield provider

    async def _examine(self, options: SiteOptions, connection: str) -> list[Finding]:
        return await examine_web(options, connection, self.read, where=lambda _: self._newest().place)
