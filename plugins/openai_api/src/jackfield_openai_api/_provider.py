"""The provider: one account of a remote, opened."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any, Final

import attrs

from jackfield import (
    BatchReading,
    Capability,
    ChatRequest,
    DecodedStream,
    Embeddings,
    EmbedRequest,
    EventStream,
    InvalidRequest,
    MalformedResponse,
    Model,
    Plan,
    Provider,
    ProviderContext,
    ProviderState,
    ResponseStarted,
    StreamEvent,
)
from jackfield_api import (
    ApiClient,
    ChatCompletionsDecoder,
    Credential,
    JsonEventsDecoder,
    NotFound,
    ResponsesDecoder,
    chat_body,
    chat_plan,
    count_in,
    error_in,
    responses_body,
    responses_plan,
    sized_models,
    usage_of,
    vectors_in,
    words_in,
)

from . import _batches
from ._options import NAME, OpenAIOptions, OpenAIRequestOptions
from ._spec import SPEC

_HANDLE: Final = re.compile(r"resp_[A-Za-z0-9_-]{1,200}")
_BATCH: Final = re.compile(r"batch_[A-Za-z0-9_-]{1,200}")
_OF_STREAMS: Final = {"stream", "stream_options", "background"}
_MISSING: Final = {
    "chat": {Capability.ACTIVITY},
    "responses": {Capability.SEED, Capability.STOP_SEQUENCES},
}
"""What a wire has no place for."""
_ATTACHES: Final = {Capability.ATTACH}
_STOPS: Final = {Capability.STOP}

_CONTEXT: Final = "context_length|max_model_len|context_window|max_context_length|meta.n_ctx_train"
_OUTPUT: Final = "top_provider.max_completion_tokens|max_completion_tokens"
"""Where OpenRouter, vLLM, Groq, Mistral and llama.cpp tell a model's sizes; OpenAI tells none."""


@asynccontextmanager
async def opened(options: OpenAIOptions) -> AsyncIterator[Provider]:
    """Open the provider; nothing is sent before `authenticate`.

    Raises:
        ConfigError: The base URL, a header or a setting of the network cannot be used.
    """
    named = {"OpenAI-Organization": options.organization, "OpenAI-Project": options.project}
    headers = {name: value for name, value in named.items() if value} | dict(options.headers)
    async with ApiClient(options.address, headers=headers, network=options) as http:
        yield OpenAIProvider(http, options)


@attrs.define(eq=False, slots=False)
class OpenAIProvider(Provider):
    """Chat completions, models and vectors of one remote."""

    _http: ApiClient
    _options: OpenAIOptions

    def __attrs_post_init__(self) -> None:
        options = self._options
        # What is left on the wire behind a background answer goes on, whoever hangs up.
        missing = _STOPS if options.background else _ATTACHES
        batches = set() if options.remote.batches else {Capability.BATCHES}
        lacks = {*options.remote.lacks, *_MISSING[options.api], *missing, *batches}
        self.capabilities = SPEC.capabilities - lacks

    def plan(self, request: ChatRequest) -> Plan:
        """Tell what has no place on the wire, and refuse a request that names no model."""
        refusals = [*self._refusals(request)]
        if refusals:
            return Plan(request, refusals=tuple(refusals))
        if self._options.api == "responses":
            return responses_plan(request, remote=self._http.origin)
        return chat_plan(request, self._options.remote.dialect, remote=self._http.origin)

    def _refusals(self, request: ChatRequest) -> Sequence[InvalidRequest]:
        api = self._options.api
        strangers = request.options_as(OpenAIRequestOptions).strangers(api)
        found = [InvalidRequest(f"options.{name} has no place on the wire {api!r}") for name in strangers]
        if self._options.model_for(request.model) is None:
            found.append(InvalidRequest("the request names no model", hint="Name one, or set default_model."))
        return found

    @asynccontextmanager
    async def stream(self, request: ChatRequest) -> AsyncIterator[AsyncIterator[StreamEvent]]:
        """Ask, and read the answer as it is written. Left early, the remote is hung up on and stops."""
        model = self._options.model_for(request.model)
        path, body = self._written(request, model)
        own_id = {"X-Client-Request-Id": request.id} if request.id else None
        async with self._http.stream("POST", path, json=body, headers=own_id) as reply:
            yield DecodedStream(reply, self._decoder(reply.started(model)))

    def _written(self, request: ChatRequest, model: str | None) -> tuple[str, dict[str, Any]]:
        """Return where a request goes, and its body."""
        options, ours = self._options, request.options_as(OpenAIRequestOptions).fields()
        if options.api == "chat":
            return "/chat/completions", chat_body(
                request, model=model, dialect=options.remote.dialect, **ours
            )
        return "/responses", responses_body(request, model=model, options=ours, background=options.background)

    def _decoder(self, started: ResponseStarted) -> JsonEventsDecoder:
        options = self._options

        def state(kind: str, data: Mapping[str, Any]) -> ProviderState:
            family = started.requested_model
            return ProviderState(NAME, kind, {"remote": self._http.origin, **data}, family=family)

        if options.api == "responses":
            return ResponsesDecoder(started, state=state, attaches=options.background)
        goes_back = options.remote.dialect.reasoning_back
        return ChatCompletionsDecoder(started, state=state if goes_back else None)

    async def submit(self, requests: Sequence[ChatRequest]) -> str:
        """Hand requests over as one batch; the vendor answers within a day, at a lower price."""
        bodies: dict[str, dict[str, Any]] = {}
        for request in requests:
            path, body = self._written(request, self._options.model_for(request.model))
            bodies[request.id] = {name: wish for name, wish in body.items() if name not in _OF_STREAMS}
        return await _batches.submit(self._http, f"/v1{path}", bodies)

    async def read(self, handle: str) -> BatchReading:
        """Say how far a batch is, with the answers that are there.

        Raises:
            InvalidRequest: *handle* is no id of a batch.
        """
        if not _BATCH.fullmatch(handle):
            raise InvalidRequest(f"the id of a batch begins with batch_; found {handle[:40]!r}")
        started = ResponseStarted(requested_model=self._options.model_for(None))
        return await _batches.read(self._http, handle, lambda: self._decoder(started))

    def attach(self, handle: str) -> EventStream:
        """Read on an answer of the background, from its beginning.

        Raises:
            InvalidRequest: *handle* is no id of a response.
        """
        if not _HANDLE.fullmatch(handle):
            raise InvalidRequest(f"the id of a response begins with resp_; found {handle[:40]!r}")
        return self._attached(handle)

    @asynccontextmanager
    async def _attached(self, handle: str) -> AsyncIterator[AsyncIterator[StreamEvent]]:
        path = f"/responses/{handle}"
        async with self._http.stream("GET", path, params={"stream": True}) as reply:
            yield DecodedStream(reply, self._decoder(reply.started(self._options.model_for(None))))

    async def authenticate(self, context: ProviderContext) -> None:
        """Try the key where the remote lets it be tried for nothing: by asking for its models.

        Raises:
            AuthenticationRequired: The key is refused, or can be none.
        """
        credential = Credential(context.secret("token"))
        await self._ask_for_models(credential)
        self._http.credential = credential

    async def check_health(self) -> None:
        """Return when the remote answers and the key is good."""
        await self._ask_for_models()

    async def _ask_for_models(self, credential: Credential | None = None) -> None:
        # Who has no such list answers that it has none: that is an answer, too.
        with suppress(NotFound):
            await self._http.request("GET", "/models", credential=credential)

    async def list_models(self) -> Sequence[Model]:
        """Return the models that the remote lists, with their sizes where it tells those."""
        data = _data_of(await self._http.request_json("GET", "/models"))
        listed = {name: one for one in data if (name := words_in(one, "id"))}
        return sized_models(listed, self._options, reads=_CONTEXT, writes=_OUTPUT)

    async def embed(self, request: EmbedRequest) -> Embeddings:
        """Return the vectors of the request's texts, in their order.

        Raises:
            InvalidRequest: No model is named.
        """
        name = request.model or self._options.embedding_model
        if name is None:
            raise InvalidRequest("no model is named", hint="Name one, or set embedding_model.")
        body = {
            "model": self._options.model_for(name),
            "input": list(request.texts),
            "encoding_format": "float",
        }
        size = {"dimensions": request.dimensions} if request.dimensions else {}
        told = await self._http.request_json("POST", "/embeddings", json={**body, **size})
        listed = sorted(_data_of(told), key=lambda one: count_in(one, "index") or 0)
        vectors = vectors_in(listed, "embedding", len(request.texts))
        usage = usage_of(told.get("usage"), {"input_tokens": "prompt_tokens"})
        return Embeddings(vectors=vectors, model=words_in(told, "model") or None, usage=usage)


def _data_of(told: Any) -> list[dict[str, Any]]:
    """Return the objects of a list as the vendor writes one.

    Raises:
        MalformedResponse: It is none.
    """
    if (error := error_in(told)) is not None:
        raise error
    data = told.get("data") if isinstance(told, dict) else None
    if not isinstance(data, list) or not all(isinstance(one, dict) for one in data):
        raise MalformedResponse("the remote's answer is no list of objects")
    return data
