"""The hook: every message that is answered gets the estimate of what it has cost."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from types import MappingProxyType

import anyio.to_thread
import attrs

from jackfield import (
    ChatRequest,
    Connection,
    EventStream,
    Middleware,
    Request,
    StreamHandler,
    Usage,
    hookimpl,
)

from ._estimate import CostEstimate, estimate
from ._priced import Priced


def _to_names(given: Mapping[str, str]) -> Mapping[str, str]:
    return MappingProxyType(dict(given))


@attrs.frozen(eq=False, kw_only=True)
class Prices:
    """Adds `metadata["cost_estimate"]` to answers: hand one to `ProviderManager(plugins=[…])`.

    Attributes:
        vendors: Whose prices hold for a connection, by its name: the vendor as `genai-prices` names it, such
            as `openai`. Any other connection's vendor is known by the address of its API; of an address that
            the list does not know, such as one of your own network, no cost is told.
    """

    vendors: Mapping[str, str] = attrs.field(factory=dict, converter=_to_names)

    @hookimpl
    def jackfield_wrap_request(self, connection: Connection) -> Middleware:
        """Let answers to messages have their cost; what is taken up again was counted when it was asked."""

        def middleware(handler: StreamHandler) -> StreamHandler:
            def priced(request: Request) -> EventStream:
                inner = handler(request)
                if not isinstance(request, ChatRequest):
                    return inner
                return Priced(inner, partial(self._cost, connection), request.model)

            return priced

        return middleware

    async def _cost(self, connection: Connection, usage: Usage, model: str) -> CostEstimate | None:
        vendor = self.vendors.get(connection.name)
        address = getattr(connection.options, "base_url", None)
        if vendor is None and not isinstance(address, str):
            return None
        return await anyio.to_thread.run_sync(partial(estimate, usage, model, vendor=vendor, address=address))
