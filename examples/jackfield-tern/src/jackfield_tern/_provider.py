"""The provider: one account, opened."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final

from jackfield import ChatRequest, EventStream, Provider
from jackfield_api import ApiClient, KeyedProvider, ModelList, StreamedReply

from ._decoder import TernDecoder
from ._options import TernOptions

_MODELS: Final = ModelList(path="/v1/models", models="models", name="name")
"""Where the remote lists its models. A key is tried with it, as a question that costs nothing."""


@asynccontextmanager
async def opened(options: TernOptions) -> AsyncIterator[Provider]:
    """Open the provider; nothing is sent before `authenticate`."""
    async with ApiClient(options.base_url, network=options) as http:
        yield TernProvider(http, options, _MODELS)


class TernProvider(KeyedProvider[TernOptions]):
    """Answers of one account. The base class tries the key, lists the models and tells the health."""

    def stream(self, request: ChatRequest) -> EventStream:
        """Ask, and read the answer as it is written. Left early, the remote is hung up on and stops."""
        model = self.options.model_for(request.model)

        def decoder(reply: StreamedReply) -> TernDecoder:
            return TernDecoder(reply.started(model))

        return self.answer("POST", "/v1/answers", decoder, json=_body(request, model))


def _body(request: ChatRequest, model: str | None) -> dict[str, Any]:
    wishes = {"model": model, "max_tokens": request.max_tokens, "temperature": request.temperature}
    return {
        "messages": [{"role": message.role, "text": message.text} for message in request.messages],
        **{name: wish for name, wish in wishes.items() if wish is not None},
    }
