"""What is known of the provider before anything is opened."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Final

from jackfield import Capability, Effect, Finding, Provider, ProviderSpec, ProviderType

from ._options import CodegenOptions, CodegenRequestOptions


@asynccontextmanager
async def _open(options: CodegenOptions) -> AsyncIterator[Provider]:
    from ._provider import opened

    async with opened(options) as provider:
        yield provider


async def _examine(options: CodegenOptions, _: str) -> Sequence[Finding]:
    from jackfield_api import examine_network

    return await examine_network(options, options.base_url)


_AUTH_TYPES: Final = frozenset({"token"})
_CAPABILITIES: Final = frozenset(
    {
        Capability.REASONING,
        Capability.ACTIVITY,
        Capability.CONVERSATIONS,
        Capability.ATTACH,
        Capability.IMAGES,
        Capability.SYSTEM_MESSAGES,
        Capability.MODELS,
    }
)
"""Not TEXT_DELTAS, for the answer arrives whole; not STOP, for a run goes on when nobody waits for it."""

SPEC: Final = ProviderSpec(
    name="codegen_api",
    title="Codegen",
    type=ProviderType.API_BASED,
    options=CodegenOptions,
    open=_open,
    auth_types=_AUTH_TYPES,
    capabilities=_CAPABILITIES,
    effect=Effect.EFFECT,
    request_options=CodegenRequestOptions,
    env_prefix="CODEGEN",
    examine=_examine,
)
"""A repeated request would be a second agent run: `Effect.EFFECT`."""
