"""The provider: one account of the Messages API, opened."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final

import attrs

from jackfield import (
    BatchReading,
    Capability,
    ChatRequest,
    EventStream,
    MalformedResponse,
    PermissionDenied,
    Plan,
    Provider,
    Secret,
)
from jackfield_api import (
    ApiClient,
    Credential,
    KeyedProvider,
    ModelList,
    NotFound,
    StreamedReply,
    Timeouts,
    shown,
    words_in,
)

from ._asking import body_of, plan_of
from ._batches import BATCHES, batch_of, read_batch
from ._decoder import MessagesDecoder
from ._options import AnthropicOptions, AnthropicRequestOptions, family_of
from ._spec import SPEC

MESSAGES: Final = "/v1/messages"
_MODELS: Final = ModelList(
    path="/v1/models",
    reads="max_input_tokens",
    writes="max_tokens",
    limit="limit",
    after="after_id",
    following="last_id",
    more="has_more",
)
_SILENCE: Final = Timeouts(read=300.0)
"""The vendor's own programs give a silent answer up after 300 seconds; pings come far more often."""


@asynccontextmanager
async def opened(options: AnthropicOptions) -> AsyncIterator[Provider]:
    """Open the provider; nothing is sent before `authenticate`.

    Raises:
        ConfigError: The base URL, or a setting of the network, cannot be used.
    """
    headers = {"anthropic-version": options.version, **_beta(options.betas)}
    async with ApiClient(options.base_url, headers=headers, timeouts=_SILENCE, network=options) as http:
        yield AnthropicProvider(http, options, _MODELS)


def _beta(betas: Sequence[str]) -> dict[str, str]:
    return {"anthropic-beta": ",".join(dict.fromkeys(betas))} if betas else {}


@attrs.define(eq=False)
class AnthropicProvider(KeyedProvider[AnthropicOptions]):
    """Answers of one Anthropic account."""

    no_verdict = (NotFound, PermissionDenied)
    """A key may have no right to the list of models, and what only speaks this wire may have none."""

    def __attrs_post_init__(self) -> None:
        if not self.options.samples:
            self.capabilities = SPEC.capabilities - {Capability.TEMPERATURE, Capability.TOP_P}

    def credential_of(self, key: Secret) -> Credential:
        """Return the key in the header that the version's own clients use."""
        return Credential(key) if self.options.bears_key else Credential(key, "x-api-key", "")

    def plan(self, request: ChatRequest) -> Plan:
        """Tell what the API has no words for, and refuse what it would."""
        return plan_of(request, self.options)

    def stream(self, request: ChatRequest) -> EventStream:
        """Ask, and read the answer as it is written."""
        body = {**body_of(request, self.options), "stream": True}
        model = body["model"]

        def decoder(reply: StreamedReply) -> MessagesDecoder:
            _check_kind(reply)
            return MessagesDecoder(reply.started(model), family=family_of(model), headers=reply.headers)

        return self.answer("POST", MESSAGES, decoder, json=body, headers=self.headers_of(request))

    def headers_of(self, *requests: ChatRequest) -> Mapping[str, str]:
        """Return the headers that *requests* ask for, besides those of every request."""
        asked = [beta for one in requests for beta in one.options_as(AnthropicRequestOptions).betas]
        return _beta([*self.options.betas, *asked]) if asked else {}

    async def submit(self, requests: Sequence[ChatRequest]) -> str:
        """Hand *requests* over at once, at half the price and within a day; return the batch's name."""
        batch = batch_of(requests, self.options)
        told = await self.http.request_json("POST", BATCHES, json=batch, headers=self.headers_of(*requests))
        return words_in(told, "id")

    async def read(self, handle: str) -> BatchReading:
        """Say how far a batch is, with its answers once it has ended."""
        return await read_batch(self.http, handle)

    def offers(self, model: Mapping[str, Any]) -> bool:
        """Whether a model can still be asked."""
        return model.get("lifecycle") != "retired"


def _check_kind(reply: StreamedReply) -> None:
    kind = reply.headers.get("content-type", "text/event-stream")
    # In JSON an error comes, or the whole answer of what knows no streams: the decoder tells them apart.
    if "event-stream" not in kind and "json" not in kind:
        raise MalformedResponse(
            f"what answered is no stream of events but {shown(kind, 60)}",
            hint="Look at base_url: does it lead to the Messages API?",
            status=reply.status,
            remote_request_id=reply.remote_request_id,
        )
