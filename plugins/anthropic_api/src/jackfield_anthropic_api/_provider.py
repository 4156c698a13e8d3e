"""The provider: one account of the Messages API, opened."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final

import attrs

from jackfield import (
    BatchReading,
    Capability,
    ChatRequest,
    DecodedStream,
    MalformedResponse,
    Model,
    PermissionDenied,
    Plan,
    Provider,
    ProviderContext,
    ProviderError,
    StreamEvent,
)
from jackfield_api import ApiClient, Credential, NotFound, StreamedReply, Timeouts, shown, sized_models

from ._asking import body_of
from ._batches import BATCHES, batch_of, read_batch
from ._decoder import MessagesDecoder, text_in
from ._options import AnthropicOptions, AnthropicRequestOptions, family_of
from ._plan import plan_of
from ._spec import SPEC

MESSAGES: Final = "/v1/messages"
_MODELS: Final = "/v1/models"
_PAGE: Final = 1000
_MOST_PAGES: Final = 20
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
        yield AnthropicProvider(http, options)


def _beta(betas: Sequence[str]) -> dict[str, str]:
    return {"anthropic-beta": ",".join(dict.fromkeys(betas))} if betas else {}


@attrs.define(eq=False)
class AnthropicProvider(Provider):
    """Answers of one Anthropic account."""

    http: ApiClient
    options: AnthropicOptions

    def __attrs_post_init__(self) -> None:
        if not self.options.samples:
            self.capabilities = SPEC.capabilities - {Capability.TEMPERATURE, Capability.TOP_P}

    def plan(self, request: ChatRequest) -> Plan:
        """Tell what the API has no words for, and refuse what it would."""
        return plan_of(request, self.options)

    @asynccontextmanager
    async def stream(self, request: ChatRequest) -> AsyncIterator[AsyncIterator[StreamEvent]]:
        """Ask, and read the answer as it is written."""
        body = {**body_of(request, self.options), "stream": True}
        async with self.http.stream("POST", MESSAGES, json=body, headers=self.headers_of(request)) as reply:
            _check_kind(reply)
            decoder = MessagesDecoder(reply.started(body["model"]), family_of(body["model"]), reply.headers)
            try:
                yield DecodedStream(reply, decoder)
            except ProviderError as error:
                # What goes wrong in the middle has no headers of its own, and support asks for the id then.
                error.remote_request_id = error.remote_request_id or reply.remote_request_id
                raise

    def headers_of(self, *requests: ChatRequest) -> Mapping[str, str]:
        """Return the headers that *requests* ask for, besides those of every request."""
        asked = [beta for one in requests for beta in one.options_as(AnthropicRequestOptions).betas]
        return _beta([*self.options.betas, *asked]) if asked else {}

    async def submit(self, requests: Sequence[ChatRequest]) -> str:
        """Hand *requests* over at once, at half the price and within a day; return the batch's name."""
        batch = batch_of(requests, self.options)
        told = await self.http.request_json("POST", BATCHES, json=batch, headers=self.headers_of(*requests))
        return text_in(told if isinstance(told, dict) else {}, "id")

    async def read(self, handle: str) -> BatchReading:
        """Say how far a batch is, with its answers once it has ended."""
        return await read_batch(self.http, handle)

    async def authenticate(self, context: ProviderContext) -> None:
        """Try the key, where there is a list of models to be asked for.

        Raises:
            AuthenticationRequired: The key is refused, or can be none.
        """
        key = context.secret("token")
        credential = Credential(key) if self.options.bears_key else Credential(key, "x-api-key", "")
        await self._look(credential)
        self.http.credential = credential

    async def check_health(self) -> None:
        """Return when the API answers and the key is good."""
        await self._look(None)

    async def _look(self, credential: Credential | None) -> None:
        # What only speaks the Messages API may have no list, and a key may have no right to it: both tell
        # nothing against the key, which a request for an answer will show.
        with contextlib.suppress(NotFound, PermissionDenied):
            await self.http.request("GET", _MODELS, params={"limit": 1}, credential=credential)

    async def list_models(self) -> Sequence[Model]:
        """Return the models of the account, with how much they read and write."""
        found: dict[str, Mapping[str, Any]] = {}
        after: str | None = None
        for _ in range(_MOST_PAGES):
            query = {"limit": _PAGE, "after_id": after}
            page = await self.http.request_json("GET", _MODELS, params=query)
            found |= _models_in(page)
            after = text_in(page, "last_id")
            if not (page.get("has_more") and after):
                break
        return sized_models(found, self.options, reads="max_input_tokens", writes="max_tokens")


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


def _models_in(page: Any) -> dict[str, Mapping[str, Any]]:
    models = page.get("data") if isinstance(page, dict) else None
    if not isinstance(models, list) or not all(
        isinstance(one, dict) and text_in(one, "id") for one in models
    ):
        raise MalformedResponse("what answered is no list of models", hint="Look at base_url.")
    return {one["id"]: one for one in models if one.get("lifecycle") != "retired"}
