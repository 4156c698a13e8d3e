"""What is known of the provider before anything is opened."""

from __future__ import annotations

import importlib.resources
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from anyio import to_thread

from jackfield import Capability, Effect, Provider, ProviderSpec, ProviderType
from jackfield_web import Site, load_site, open_site

from ._decoder import ZaiDecoder
from ._options import ZaiWebOptions
from ._refusal import refused

_SITE: Final = "zai-2026-09"


def read_site(options: ZaiWebOptions) -> Site:
    """Return the description of the site, with what *options* say otherwise. Reads files.

    Raises:
        ConfigError: What they say does not fit.
    """
    shipped = importlib.resources.files(__package__).joinpath("sites", f"{_SITE}.toml")
    overrides = {"base_url": options.base_url, **options.site_overrides}
    return load_site(shipped.read_text("utf-8"), overrides, where=_SITE)


@asynccontextmanager
async def _open(options: ZaiWebOptions) -> AsyncIterator[Provider]:
    site = await to_thread.run_sync(read_site, options)
    async with open_site(site, options, decoders={"zai": ZaiDecoder}, refused=refused) as provider:
        yield provider


_CAPABILITIES: Final = frozenset(
    {
        Capability.TEXT_DELTAS,
        Capability.REASONING,
        Capability.CONVERSATIONS,
        Capability.ATTACH,
        Capability.STOP,
    }
)

SPEC: Final = ProviderSpec(
    name="zai_web",
    title="Z.ai",
    type=ProviderType.WEB_AUTOMATION,
    options=ZaiWebOptions,
    open=_open,
    auth_types=frozenset({"none", "username_password", "cookies", "interactive", "env"}),
    capabilities=_CAPABILITIES,
    effect=Effect.EFFECT,
    env_prefix="ZAI_WEB",
)
"""A repeated request would be a second message in somebody's chat: `Effect.EFFECT`."""
