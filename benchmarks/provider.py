"""The least that a provider on the public contract can do: what the core and the HTTP client cost shows.

Whoever writes a provider copies another: see `examples`.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager
from typing import Any, ClassVar

import attrs

from jackfield import (
    Capability,
    ChatRequest,
    DecodedStream,
    Provider,
    ProviderOptions,
    ProviderSpec,
    ProviderType,
    ResponseFinished,
    ResponseStarted,
    StreamEvent,
    TextDelta,
    Usage,
    WholeStream,
    hookimpl,
)

READ_SECONDS = 60.0
NAME = "openai_wire"


@attrs.frozen(kw_only=True)
class WireOptions(ProviderOptions):
    """Its settings.

    Attributes:
        base_url: Where the remote is.
        streamed: Whether it is asked for events, or for one JSON body.
    """

    base_url: str
    streamed: bool = True


class ChunkDecoder:
    """Chat completion chunks, as server-sent events, to events of ours."""

    def __init__(self) -> None:
        from jackfield import SSEDecoder

        self._sse = SSEDecoder()
        self._started = False

    def feed(self, data: bytes, /) -> Iterator[StreamEvent]:
        """Take bytes in and yield the events that they complete."""
        for event in self._sse.feed(data):
            if event.data != "[DONE]":
                yield from self._told(json.loads(event.data))

    def finish(self) -> Iterable[StreamEvent]:
        """Yield nothing: the end has been told by a finish reason, or it is no good one."""
        return ()

    def _told(self, chunk: dict[str, Any]) -> Iterator[StreamEvent]:
        if not self._started:
            self._started = True
            yield ResponseStarted(handle=chunk["id"], model=chunk["model"])
        for choice in chunk["choices"]:
            if text := choice["delta"].get("content"):
                yield TextDelta(text)
            if choice["finish_reason"]:
                yield ResponseFinished(provider_finish_reason=choice["finish_reason"])


def whole_answer(told: dict[str, Any]) -> WholeStream:
    """Return the events of an answer that came in one piece."""
    choice, usage = told["choices"][0], told["usage"]
    counts = Usage(input_tokens=usage["prompt_tokens"], output_tokens=usage["completion_tokens"])
    return WholeStream(
        ResponseStarted(handle=told["id"], model=told["model"]),
        TextDelta(choice["message"]["content"]),
        ResponseFinished(provider_finish_reason=choice["finish_reason"], usage=counts),
    )


class WireProvider(Provider):
    """Asks a remote that speaks OpenAI's chat completions."""

    read_timeout: ClassVar[float | None] = READ_SECONDS

    def __init__(self, client: Any, *, streamed: bool) -> None:
        self._client = client
        self._streamed = streamed

    @asynccontextmanager
    async def stream(self, request: ChatRequest) -> AsyncIterator[AsyncIterator[StreamEvent]]:
        """Put *request* on the wire and read what comes."""
        messages = [{"role": message.role, "content": message.text} for message in request.messages]
        body = {"model": request.model or "bench-1", "messages": messages, "stream": self._streamed}
        if not self._streamed:
            yield whole_answer(await self._client.request_json("POST", "/chat/completions", json=body))
            return
        async with self._client.stream("POST", "/chat/completions", json=body) as chunks:
            yield DecodedStream(chunks, ChunkDecoder())


@asynccontextmanager
async def open_wire(options: WireOptions) -> AsyncIterator[Provider]:
    """Open the provider."""
    from jackfield_api import ApiClient, Timeouts

    # Ten thousand connections at once take longer than the usual five seconds.
    timeouts = Timeouts(connect=READ_SECONDS, read=READ_SECONDS)
    async with ApiClient(options.base_url, timeouts=timeouts) as client:
        yield WireProvider(client, streamed=options.streamed)


@hookimpl
def jackfield_register_providers() -> Sequence[ProviderSpec]:
    """Register it."""
    spec = ProviderSpec(
        name=NAME,
        title="OpenAI's wire",
        type=ProviderType.API_BASED,
        options=WireOptions,
        open=open_wire,
        capabilities={Capability.TEXT_DELTAS},
    )
    return [spec]
