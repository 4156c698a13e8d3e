"""The provider: one account of a remote, opened."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final

import attrs

from jackfield import (
    BatchReading,
    Capability,
    ChatRequest,
    Embeddings,
    EmbedRequest,
    EventStream,
    InvalidRequest,
    MalformedResponse,
    Plan,
    Provider,
    ProviderState,
    ResponseStarted,
)
from jackfield_api import (
    AnswerDecoder,
    ApiClient,
    ChatCompletionsDecoder,
    KeyedProvider,
    ModelList,
    ResponsesDecoder,
    StreamedReply,
    chat_body,
    chat_plan,
    check_handle,
    count_in,
    error_in,
    responses_body,
    responses_plan,
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

_MODELS: Final = ModelList(
    path="/models",
    reads="context_length|max_model_len|context_window|max_context_length|meta.n_ctx_train",
    writes="top_provider.max_completion_tokens|max_completion_tokens",
)
"""With the sizes as OpenRouter, vLLM, Groq, Mistral and llama.cpp tell them; OpenAI tells none."""


@asynccontextmanager
async def opened(options: OpenAIOptions) -> AsyncIterator[Provider]:
    """Open the provider; nothing is sent before `authenticate`.

    Raises:
        ConfigError: The base URL, a header or a setting of the network cannot be used.
    """
    named = {"OpenAI-Organization": options.organization, "OpenAI-Project": options.project}
    headers = {name: value for name, value in named.items() if value} | dict(options.headers)
    async with ApiClient(options.address, headers=headers, network=options) as http:
        yield OpenAIProvider(http, options, _MODELS)


@attrs.define(eq=False, slots=False)
class OpenAIProvider(KeyedProvider[OpenAIOptions]):
    """Chat completions, models and vectors of one remote."""

    def __attrs_post_init__(self) -> None:
        options = self.options
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
        if self.options.api == "responses":
            return responses_plan(request, remote=self.http.origin)
        return chat_plan(request, self.options.remote.dialect, remote=self.http.origin)

    def _refusals(self, request: ChatRequest) -> Sequence[InvalidRequest]:
        api = self.options.api
        strangers = request.options_as(OpenAIRequestOptions).strangers(api) if request.options else []
        found = [InvalidRequest(f"options.{name} has no place on the wire {api!r}") for name in strangers]
        if self.options.model_for(request.model) is None:
            found.append(InvalidRequest("the request names no model", hint="Name one, or set default_model."))
        return found

    def stream(self, request: ChatRequest) -> EventStream:
        """Ask, and read the answer as it is written. Left early, the remote is hung up on and stops."""
        model = self.options.model_for(request.model)
        path, body = self._written(request, model)
        own_id = {"X-Client-Request-Id": request.id} if request.id else None
        return self.answer("POST", path, self._decoder_for(model), json=body, headers=own_id)

    def _written(self, request: ChatRequest, model: str | None) -> tuple[str, dict[str, Any]]:
        """Return where a request goes, and its body."""
        options, ours = self.options, request.options_as(OpenAIRequestOptions).fields()
        if options.api == "chat":
            return "/chat/completions", chat_body(
                request, model=model, dialect=options.remote.dialect, **ours
            )
        return "/responses", responses_body(request, model=model, options=ours, background=options.background)

    def _decoder_for(self, model: str | None) -> Callable[[StreamedReply], AnswerDecoder]:
        return lambda reply: self._decoder(reply.started(model))

    def _decoder(self, started: ResponseStarted) -> AnswerDecoder:
        options = self.options

        def state(kind: str, data: Mapping[str, Any]) -> ProviderState:
            family = started.requested_model
            return ProviderState(NAME, kind, {"remote": self.http.origin, **data}, family=family)

        if options.api == "responses":
            return ResponsesDecoder(started, state=state, attaches=options.background)
        goes_back = options.remote.dialect.reasoning_back
        return ChatCompletionsDecoder(started, state=state if goes_back else None)

    async def submit(self, requests: Sequence[ChatRequest]) -> str:
        """Hand requests over as one batch; the vendor answers within a day, at a lower price."""
        bodies: dict[str, dict[str, Any]] = {}
        for request in requests:
            path, body = self._written(request, self.options.model_for(request.model))
            bodies[request.id] = {name: wish for name, wish in body.items() if name not in _OF_STREAMS}
        return await _batches.submit(self.http, f"/v1{path}", bodies)

    async def read(self, handle: str) -> BatchReading:
        """Say how far a batch is, with the answers that are there.

        Raises:
            InvalidRequest: *handle* is no id of a batch.
        """
        check_handle(handle, _BATCH, "the id of a batch begins with batch_")
        started = ResponseStarted(requested_model=self.options.model_for(None))
        return await _batches.read(self.http, handle, lambda: self._decoder(started))

    def attach(self, handle: str) -> EventStream:
        """Read on an answer of the background, from its beginning.

        Raises:
            InvalidRequest: *handle* is no id of a response.
        """
        check_handle(handle, _HANDLE, "the id of a response begins with resp_")
        decoder = self._decoder_for(self.options.model_for(None))
        return self.answer("GET", f"/responses/{handle}", decoder, params={"stream": True})

    async def embed(self, request: EmbedRequest) -> Embeddings:
        """Return the vectors of the request's texts, in their order.

        Raises:
            InvalidRequest: No model is named.
        """
        name = request.model or self.options.embedding_model
        if name is None:
            raise InvalidRequest("no model is named", hint="Name one, or set embedding_model.")
        body = {
            "model": self.options.model_for(name),
            "input": list(request.texts),
            "encoding_format": "float",
        }
        size = {"dimensions": request.dimensions} if request.dimensions else {}
        told = await self.http.request_json("POST", "/embeddings", json={**body, **size})
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
