"""What is known of the provider before anything is opened."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Final

from jackfield import Capability, Finding, Provider, ProviderSpec, ProviderType

from ._options import NAME, GeminiOptions, GeminiRequestOptions, family_of


@asynccontextmanager
async def _open(options: GeminiOptions) -> AsyncIterator[Provider]:
    from ._provider import opened

    async with opened(options) as provider:
        yield provider


async def _examine(options: GeminiOptions, _: str) -> Sequence[Finding]:
    from jackfield_api import examine_network

    return await examine_network(options, options.base_url)


_ABSENT: Final = {Capability.CONVERSATIONS, Capability.ATTACH, Capability.STOP}
"""The wire keeps no thread and gives an answer no name, and the vendor does not promise that it ends where
nobody listens."""

SPEC: Final = ProviderSpec(
    name=NAME,
    title="Gemini",
    type=ProviderType.API_BASED,
    options=GeminiOptions,
    open=_open,
    auth_types={"token"},
    capabilities=frozenset(Capability) - _ABSENT,
    request_options=GeminiRequestOptions,
    model_family=family_of,
    env_prefix="GEMINI",
    env_names={"token": ["GEMINI_API_KEY", "GOOGLE_API_KEY"]},
    examine=_examine,
)
"""A repeated request is a second answer that costs: `Effect.COSTLY`, which is the default."""
