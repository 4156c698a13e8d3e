"""The provider: one account of the Gemini API, opened."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final

import attrs

from jackfield import (
    BatchReading,
    Capability,
    ChatRequest,
    DecodedStream,
    Embeddings,
    EmbedRequest,
    InvalidRequest,
    MalformedResponse,
    Model,
    Plan,
    Provider,
    ProviderContext,
    ProviderError,
    StreamEvent,
)
from jackfield_api import (
    ApiClient,
    Credential,
    NotFound,
    Timeouts,
    found_in,
    objects_in,
    sized_models,
    usage_of,
    vectors_in,
    words_in,
)

from ._asking import body_of
from ._batches import batch_of, handle_in, read_batch
from ._decoder import USAGE, GeminiDecoder
from ._options import GeminiOptions, bare, family_of, resource_of
from ._plan import plan_of
from ._spec import SPEC

_PAGE: Final = 1000
_MOST_PAGES: Final = 20
_SILENCE: Final = Timeouts(read=300.0)
"""The API says nothing while a model thinks, and sends no pings."""


@asynccontextmanager
async def opened(options: GeminiOptions) -> AsyncIterator[Provider]:
    """Open the provider; nothing is sent before `authenticate`.

    Raises:
        ConfigError: The base URL, or a setting of the network, cannot be used.
    """
    async with ApiClient(options.base_url, timeouts=_SILENCE, network=options) as http:
        yield GeminiProvider(http, options)


@attrs.define(eq=False)
class GeminiProvider(Provider):
    """Answers, vectors and models of one Gemini account."""

    http: ApiClient
    options: GeminiOptions

    def __attrs_post_init__(self) -> None:
        if not self.options.streams:
            self.capabilities = SPEC.capabilities - {Capability.TEXT_DELTAS}

    def plan(self, request: ChatRequest) -> Plan:
        """Tell what the API has no words for, and refuse what it would."""
        return plan_of(request, self.options)

    def _path(self, model: str, verb: str) -> str:
        return f"/{self.options.version}/{resource_of(model)}:{verb}"

    @asynccontextmanager
    async def stream(self, request: ChatRequest) -> AsyncIterator[AsyncIterator[StreamEvent]]:
        """Ask, and read the answer as it is written."""
        model = self.options.model_for(request.model) or ""
        verb, query = "generateContent", None
        if self.options.streams:
            verb, query = "streamGenerateContent", {"alt": "sse"}
        body = body_of(request, self.options)
        async with self.http.stream("POST", self._path(model, verb), params=query, json=body) as reply:
            decoder = GeminiDecoder(reply.started(model), family=family_of(model), headers=reply.headers)
            try:
                yield DecodedStream(reply, decoder)
            except ProviderError as error:
                # The API names its answers inside them, and support asks for the name then.
                error.remote_request_id = error.remote_request_id or decoder.request_id
                raise

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
        usage = usage_of(found_in(told, "usageMetadata"), USAGE)
        return Embeddings(vectors=vectors, model=model, usage=usage)

    async def authenticate(self, context: ProviderContext) -> None:
        """Try the key, where there is a list of models to be asked for.

        Raises:
            AuthenticationRequired: The key is refused, or can be none.
        """
        credential = Credential(context.secret("token"), "x-goog-api-key", "")
        await self._look(credential)
        self.http.credential = credential

    async def check_health(self) -> None:
        """Return when the API answers and the key is good."""
        await self._look(None)

    async def _look(self, credential: Credential | None) -> None:
        # What only speaks the same may have no list: that tells nothing against the key.
        try:
            path = f"/{self.options.version}/models"
            await self.http.request("GET", path, params={"pageSize": 1}, credential=credential)
        except NotFound:
            return

    async def list_models(self) -> Sequence[Model]:
        """Return the models of the account, with how much they read and write."""
        found: dict[str, Mapping[str, Any]] = {}
        token: str | None = None
        for _ in range(_MOST_PAGES):
            query = {"pageSize": _PAGE, "pageToken": token}
            page = await self.http.request_json("GET", f"/{self.options.version}/models", params=query)
            # An empty list is left out where the API writes one: only the first page tells what answers.
            if not found and not isinstance(found_in(page, "models"), list):
                raise MalformedResponse("what answered is no list of models", hint="Look at base_url.")
            found |= {bare(words_in(one, "name")): one for one in objects_in(page, "models")}
            token = words_in(page, "nextPageToken")
            if not token:
                break
        return sized_models(found, self.options, reads="inputTokenLimit", writes="outputTokenLimit")
