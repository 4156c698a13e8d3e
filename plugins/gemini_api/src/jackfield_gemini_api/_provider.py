"""The provider: one account of the Gemini API, opened."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Final

import attrs

from jackfield import (
    BatchReading,
    Capability,
    ChatRequest,
    Embeddings,
    EmbedRequest,
    EventStream,
    InvalidRequest,
    Plan,
    Provider,
    Secret,
)
from jackfield_api import (
    ApiClient,
    Credential,
    KeyedProvider,
    ModelList,
    StreamedReply,
    Timeouts,
    found_in,
    objects_in,
    usage_of,
    vectors_in,
)

from ._asking import body_of, plan_of
from ._batches import batch_of, handle_in, read_batch
from ._decoder import GeminiDecoder
from ._options import GeminiOptions, family_of, resource_of
from ._spec import SPEC

_SILENCE: Final = Timeouts(read=300.0)
"""The API says nothing while a model thinks, and sends no pings."""


@asynccontextmanager
async def opened(options: GeminiOptions) -> AsyncIterator[Provider]:
    """Open the provider; nothing is sent before `authenticate`.

    Raises:
        ConfigError: The base URL, or a setting of the network, cannot be used.
    """
    models = ModelList(
        path=f"/{options.version}/models",
        models="models",
        name="name",
        prefix="models/",
        reads="inputTokenLimit",
        writes="outputTokenLimit",
        limit="pageSize",
        after="pageToken",
        following="nextPageToken",
    )
    async with ApiClient(options.base_url, timeouts=_SILENCE, network=options) as http:
        yield GeminiProvider(http, options, models)


@attrs.define(eq=False)
class GeminiProvider(KeyedProvider[GeminiOptions]):
    """Answers, vectors and models of one Gemini account."""

    def __attrs_post_init__(self) -> None:
        if not self.options.streams:
            self.capabilities = SPEC.capabilities - {Capability.TEXT_DELTAS}

    def credential_of(self, key: Secret) -> Credential:
        """Return the key in the header that the vendor's own clients use."""
        return Credential(key, "x-goog-api-key", "")

    def plan(self, request: ChatRequest) -> Plan:
        """Tell what the API has no words for, and refuse what it would."""
        return plan_of(request, self.options)

    def _path(self, model: str, verb: str) -> str:
        return f"/{self.options.version}/{resource_of(model)}:{verb}"

    def stream(self, request: ChatRequest) -> EventStream:
        """Ask, and read the answer as it is written."""
        model = self.options.model_for(request.model) or ""
        verb, query = "generateContent", None
        if self.options.streams:
            verb, query = "streamGenerateContent", {"alt": "sse"}

        def decoder(reply: StreamedReply) -> GeminiDecoder:
            return GeminiDecoder(reply.started(model), family=family_of(model), headers=reply.headers)

        body = body_of(request, self.options)
        return self.answer("POST", self._path(model, verb), decoder, params=query, json=body)

    async def submit(self, requests: Sequence[ChatRequest]) -> str:
        """Hand *requests* over at once, at half the price and within a day; return the batch's name."""
        model, batch = batch_of(requests, self.options)
        path = self._path(model, "batchGenerateContent")
        return handle_in(await self.http.request_json("POST", path, json=batch))

    async def read(self, handle: str) -> BatchReading:
        """Say how far a batch is, with its answers once it has ended."""
        return await read_batch(self.http, self.options.version, handle)

    async def embed(self, request: EmbedRequest) -> Embeddings:
        """Return the vectors of the request's texts, in their order.

        Raises:
            InvalidRequest: No model is named.
        """
        name = request.model or self.options.embedding_model
        model = self.options.model_for(name) if name else None
        if model is None:
            raise InvalidRequest("no model is named", hint="Name one, or set embedding_model.")
        size = {"outputDimensionality": request.dimensions} if request.dimensions else {}
        asked = [
            {"model": resource_of(model), "content": {"parts": [{"text": text}]}, **size}
            for text in request.texts
        ]
        path = self._path(model, "batchEmbedContents")
        told = await self.http.request_json("POST", path, json={"requests": asked})
        vectors = vectors_in(objects_in(told, "embeddings"), "values", len(asked))
        usage = usage_of(found_in(told, "usageMetadata"), GeminiDecoder.usage_names)
        return Embeddings(vectors=vectors, model=model, usage=usage)
