"""What is known of the provider before anything is opened."""

from __future__ import annotations

import importlib.resources
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from anyio import to_thread

from jackfield import Capability, Effect, Finding, Provider, ProviderSpec, ProviderType
from jackfield_web import Site, SiteFile, examine_web, newest_site, open_site

from ._decoder import ClaudeDecoder
from ._options import ClaudeWebOptions
from ._refusal import refused

_SHIPPED: Final = importlib.resources.files(__package__) / "sites"


def read_site(options: ClaudeWebOptions) -> Site:
    """Return the newest description of the site, with what *options* say otherwise. Reads files.

    Raises:
        ConfigError: What they say does not fit.
    """
    return _newest().read({"base_url": options.base_url, **options.site_overrides})


def _newest() -> SiteFile:
    return newest_site("claude", _SHIPPED)


@asynccontextmanager
async def _open(options: ClaudeWebOptions) -> AsyncIterator[Provider]:
    site = await to_thread.run_sync(read_site, options)
    async with open_site(site, options, decoders={"claude": ClaudeDecoder}, refused=refused) as provider:
        yield provider


async def _examine(options: ClaudeWebOptions, connection: str) -> list[Finding]:
    return await examine_web(options, connection, read_site, where=lambda _: _newest().place)


SPEC: Final = ProviderSpec(
    name="claude_web",
    title="Claude",
    type=ProviderType.WEB_AUTOMATION,
    options=ClaudeWebOptions,
    open=_open,
    auth_types=frozenset({"cookies", "code", "interactive", "env"}),
    capabilities=frozenset(
        {
            Capability.TEXT_DELTAS,
            Capability.REASONING,
            Capability.CONVERSATIONS,
            Capability.ATTACH,
            Capability.STOP,
            Capability.IMAGES,
            Capability.MODELS,
        }
    ),
    effect=Effect.EFFECT,
    env_prefix="CLAUDE_WEB",
    examine=_examine,
)
"""A repeated request would be a second message in somebody's chat: `Effect.EFFECT`."""
