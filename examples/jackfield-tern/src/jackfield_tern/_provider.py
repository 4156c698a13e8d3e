"""The provider: one account, opened."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

from jackfield import (
    ChatRequest,
    DecodedStream,
    Model,
    Provider,
    ProviderContext,
    StreamEvent,
    models_of,
)
from jackfield_api import ApiClient, Credential

from ._decoder import TernDecoder
from ._options import TernOptions


@asynccontextmanager
async def opened(options: TernOptions) -> AsyncIterator[Provider]:
    """Open the provider; nothing is sent before `authenticate`."""
    async with ApiClient(options.base_url, network=options) as http:
        yield TernProvider(http, options)


class TernProvider(Provider):
    """Answers of one account."""

    def __init__(self, http: ApiClient, options: TernOptions) -> None:
        self._http = http
        self._options = options

    @asynccontextmanager
    async def stream(self, request: ChatRequest) -> AsyncIterator[AsyncIterator[StreamEvent]]:
        """Ask, and read the answer as it is written. Left early, the remote is hung up on and stops."""
        model = self._options.model_for(request.model)
        async with self._http.stream("POST", "/v1/answers", json=_body(request, model)) as reply:
            yield DecodedStream(reply, TernDecoder(reply.started(model)))

    async def authenticate(self, context: ProviderContext) -> None:
        """Try the key with a call that costs nothing, and keep it."""
        credential = Credential(context.secret("token"))
        await self._http.request("GET", "/v1/models", credential=credential)
        self._http.credential = credential

    async def check_health(self) -> None:
        """Return when the remote answers and the key is good."""
        await self._http.request("GET", "/v1/models")

    async def list_models(self) -> Sequence[Model]:
        """Return the models that the remote lists."""
        told = await self._http.request_json("GET", "/v1/models")
        options = self._options
        return models_of(told["models"], mapping=options.model_mapping, default=options.default_model)


def _body(request: ChatRequest, model: str | None) -> dict[str, Any]:
    wishes = {"model": model, "max_tokens": request.max_tokens, "temperature": request.temperature}
    return {
        "messages": [{"role": message.role, "text": message.text} for message in request.messages],
        **{name: wish for name, wish in wishes.items() if wish is not None},
    }
