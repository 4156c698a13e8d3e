"""What is known of the provider before anything is opened."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from jackfield import Capability, Effect, Provider, ProviderSpec, ProviderType

from ._options import TernOptions


@asynccontextmanager
async def _open(options: TernOptions) -> AsyncIterator[Provider]:
    # Imported here, so that an installed provider costs nothing until it is opened.
    from ._provider import opened

    async with opened(options) as provider:
        yield provider


SPEC: Final = ProviderSpec(
    name="tern",
    title="Tern",
    type=ProviderType.API_BASED,
    options=TernOptions,
    open=_open,
    auth_types={"token"},
    capabilities={
        Capability.TEXT_DELTAS,
        Capability.HISTORY,
        Capability.STOP,
        Capability.SYSTEM_MESSAGES,
        Capability.MODELS,
        Capability.MAX_TOKENS,
        Capability.TEMPERATURE,
    },
    effect=Effect.COSTLY,
    env_prefix="TERN",
    env_names={"token": ["TERN_API_KEY"]},
)
