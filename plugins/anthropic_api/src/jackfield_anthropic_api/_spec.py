"""What is known of the provider before anything is opened."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Final

from jackfield import Capability, Finding, Provider, ProviderSpec, ProviderType

from ._options import NAME, AnthropicOptions, AnthropicRequestOptions, family_of


@asynccontextmanager
async def _open(options: AnthropicOptions) -> AsyncIterator[Provider]:
    from ._provider import opened

    async with opened(options) as provider:
        yield provider


async def _examine(options: AnthropicOptions, _: str) -> Sequence[Finding]:
    from jackfield_api import examine_network

    return await examine_network(options, options.base_url)


_CAPABILITIES: Final = frozenset(
    {
        Capability.TEXT_DELTAS,
        Capability.REASONING,
        Capability.REASONING_EFFORT,
        Capability.ACTIVITY,
        Capability.HISTORY,
        Capability.IMAGES,
        Capability.FILES,
        Capability.URLS,
        Capability.SYSTEM_MESSAGES,
        Capability.TOOLS,
        Capability.STRUCTURED_OUTPUT,
        Capability.MODELS,
        Capability.MAX_TOKENS,
        Capability.TEMPERATURE,
        Capability.TOP_P,
        Capability.STOP_SEQUENCES,
        Capability.BATCHES,
    }
)
"""Not STOP: the vendor does not promise that it ends where nobody listens. Temperature and top_p are for the
version 2023-06-01 alone; the opened provider says so."""

SPEC: Final = ProviderSpec(
    name=NAME,
    title="Anthropic",
    type=ProviderType.API_BASED,
    options=AnthropicOptions,
    open=_open,
    auth_types={"token"},
    capabilities=_CAPABILITIES,
    request_options=AnthropicRequestOptions,
    model_family=family_of,
    env_prefix="ANTHROPIC",
    env_names={"token": ["ANTHROPIC_API_KEY"]},
    examine=_examine,
)
"""A repeated request is a second answer that costs: `Effect.COSTLY`, which is the default."""
