"""A small wire, an honest provider for it, and a remote that replays one answer: what the kit is tried on."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any, ClassVar

import attrs

from jackfield import (
    Capability,
    ChatRequest,
    DecodedStream,
    Model,
    Provider,
    ProviderContext,
    ProviderSpec,
    ProviderType,
    ResponseFinished,
    ResponseStarted,
    StreamEvent,
    TextDelta,
    Usage,
)
from jackfield.testing import Replay, Report, check_provider, replay
from jackfield_api import ApiClient, ApiOptions, Credential, JsonEventsDecoder, usage_of

KEY = "a-key-of-the-kit-4711"
TEXT = "Hello there, Zoë!"
USAGE = Usage(input_tokens=5, output_tokens=7)


def sse(*events: Any) -> bytes:
    """Return events as they go on the wire."""
    return b"".join(f"data: {json.dumps(event, ensure_ascii=False)}\n\n".encode() for event in events)


ANSWER = sse(
    {"begin": "small-1"},
    {"text": "Hello"},
    {"text": " there"},
    {"text": ", Zoë"},
    {"text": "!"},
    {"end": "stop", "counts": {"read": 5, "written": 7}},
)
ERROR = sse({"error": {"code": "overloaded", "message": "Too many people are here."}})


@attrs.frozen(kw_only=True)
class KitOptions(ApiOptions):
    """Where the remote is."""

    base_url: str = "https://kit.example"


class KitDecoder(JsonEventsDecoder):
    """Bytes in, events out."""

    def __init__(self, started: ResponseStarted) -> None:
        super().__init__()
        self.started = started

    def take(self, told: Mapping[str, Any], event: str) -> Iterator[StreamEvent]:
        """Say what one event means."""
        del event
        if "begin" in told:
            yield attrs.evolve(self.started, model=told["begin"])
        if "text" in told:
            yield TextDelta(told["text"])
        if "end" in told:
            names = {"input_tokens": "read", "output_tokens": "written"}
            yield ResponseFinished(
                provider_finish_reason=told["end"], usage=usage_of(told.get("counts"), names)
            )


@attrs.define(eq=False)
class Honest(Provider):
    """A provider that keeps every promise; those of the tests break one each."""

    http: ApiClient
    options: KitOptions

    decoder: ClassVar[Callable[[ResponseStarted], Any]] = KitDecoder

    def body_of(self, request: ChatRequest) -> dict[str, Any]:
        """Return what is posted."""
        return {
            "messages": [{"role": said.role, "text": said.text} for said in request.messages],
            "model": self.options.model_for(request.model),
            "temperature": request.temperature,
            "max_tokens": request.max_tokens,
        }

    @asynccontextmanager
    async def stream(self, request: ChatRequest) -> AsyncIterator[AsyncIterator[StreamEvent]]:
        """Ask."""
        body = self.body_of(request)
        async with self.http.stream("POST", "/answers", json=body) as reply:
            yield DecodedStream(reply, self.decoder(reply.started(body["model"])))

    async def authenticate(self, context: ProviderContext) -> None:
        """Try the key."""
        credential = Credential(context.secret("token"))
        await self.http.request("GET", "/models", credential=credential)
        self.http.credential = credential

    async def check_health(self) -> None:
        """Look whether the remote answers."""
        await self.http.request("GET", "/models")

    async def list_models(self) -> list[Model]:
        """Return what the remote lists."""
        return [Model(id=one) for one in (await self.http.request_json("GET", "/models"))["models"]]


CAPABILITIES = frozenset(
    {
        Capability.HISTORY,
        Capability.MAX_TOKENS,
        Capability.MODELS,
        Capability.STOP,
        Capability.SYSTEM_MESSAGES,
        Capability.TEMPERATURE,
        Capability.TEXT_DELTAS,
    }
)


def spec_of(kind: type[Honest] = Honest, **changes: Any) -> ProviderSpec:
    """Return the specification of one of the providers."""

    @asynccontextmanager
    async def opened(options: KitOptions) -> AsyncIterator[Provider]:
        async with ApiClient(options.base_url, network=options) as http:
            yield kind(http, options)

    known = {
        "name": "kit",
        "title": "Kit",
        "type": ProviderType.API_BASED,
        "options": KitOptions,
        "auth_types": {"token"},
        "capabilities": CAPABILITIES,
        "open": opened,
    }
    return ProviderSpec(**{**known, **changes})


def login(key: str = KEY) -> ProviderContext:
    """Return a login."""
    return ProviderContext("kit", credentials={"token": key})


def remote(answer: bytes = ANSWER) -> AbstractAsyncContextManager[Replay]:
    """Serve the answer."""
    return replay(answer, key=KEY, reads={"/models": {"models": ["small"]}}, error=ERROR, before=3)


async def checked(
    spec: ProviderSpec,
    remote: Any,
    *,
    only: Iterable[str] | None = None,
    **given: Any,
) -> Report:
    """Hold a provider to its promises, with all that the kit can be told."""
    return await check_provider(
        spec,
        {"base_url": remote.url, "default_model": "small"},
        login(),
        refused_context=login("a-key-that-nobody-knows"),
        remote=remote,
        text=TEXT,
        usage=USAGE,
        only=None if only is None else tuple(only),
        **given,
    )
