"""A plugin around any provider, for what the stand-ins do not do."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import attrs

from jackfield import Provider, ProviderOptions, ProviderSpec, ProviderType, hookimpl


@attrs.frozen
class Bringing:
    """A plugin that brings a provider."""

    name: str
    type: ProviderType
    provider: Provider

    @hookimpl
    def jackfield_register_providers(self) -> list[ProviderSpec]:
        @asynccontextmanager
        async def opened(_: ProviderOptions) -> AsyncIterator[Provider]:
            yield self.provider

        options: Any = ProviderOptions
        return [ProviderSpec(name=self.name, title="One", type=self.type, options=options, open=opened)]
