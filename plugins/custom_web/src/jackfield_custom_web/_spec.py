"""What is known of the provider before anything is opened."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from anyio import to_thread

from jackfield import Capability, Effect, Finding, Provider, ProviderSpec, ProviderType
from jackfield_web import examine_web, open_site

from ._options import CustomWebOptions
from ._sites import place, read_site


@asynccontextmanager
async def _open(options: CustomWebOptions) -> AsyncIterator[Provider]:
    site = await to_thread.run_sync(read_site, options)
    async with open_site(site, options) as provider:
        yield provider


async def _examine(options: CustomWebOptions, connection: str) -> list[Finding]:
    return await examine_web(options, connection, read_site, where=place)


_CAPABILITIES: Final = frozenset(
    {
        Capability.TEXT_DELTAS,
        Capability.REASONING,
        Capability.CONVERSATIONS,
        Capability.ATTACH,
        Capability.STOP,
        Capability.IMAGES,
        Capability.FILES,
        Capability.MODELS,
    }
)
"""What a page may have. What the one that is described has not, is refused when it is asked for."""

SPEC: Final = ProviderSpec(
    name="custom_web",
    title="A chat page",
    type=ProviderType.CUSTOM_WEB,
    options=CustomWebOptions,
    open=_open,
    auth_types=frozenset({"none", "username_password", "code", "cookies", "interactive", "env"}),
    capabilities=_CAPABILITIES,
    effect=Effect.EFFECT,
    env_prefix="CUSTOM_WEB",
    examine=_examine,
)
"""A repeated request would be a second message in somebody's chat: `Effect.EFFECT`."""
