"""What has one answer and no stream is told on the same way: models, vectors, batches."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import anyio
import pytest
from opentelemetry.trace import StatusCode

from jackfield import (
    BatchReading,
    Capability,
    ChatRequest,
    Embeddings,
    EmbedRequest,
    EventStream,
    Model,
    Provider,
    QuotaExhausted,
    Usage,
)

pytestmark = [pytest.mark.anyio, pytest.mark.virtual_time]


class Mill(Provider):
    """A provider that has everything but a chat."""

    def stream(self, request: Any) -> EventStream:
        raise NotImplementedError

    async def list_models(self) -> list[Model]:
        return [Model(id="small")]

    async def embed(self, request: EmbedRequest) -> Embeddings:
        await anyio.sleep(2)
        return Embeddings(
            vectors=[[0.5]] * len(request.texts), model="vectors-2", usage=Usage(input_tokens=3)
        )

    async def submit(self, requests: Sequence[ChatRequest]) -> str:
        return f"batch of {len(requests)}"

    async def read(self, handle: str) -> BatchReading:
        raise QuotaExhausted(f"used up: {handle}")


@asynccontextmanager
async def _open(_: Any) -> AsyncIterator[Provider]:
    yield Mill()


@pytest.fixture
def mill(make_manager: Any, make_telemetry: Any) -> Any:
    """A manager of that provider."""
    able = {Capability.MODELS, Capability.EMBEDDINGS, Capability.BATCHES}
    return make_manager(make_telemetry(), open=_open, capabilities=able)


async def test_embeddings(mill: Any, told: Any) -> None:
    """Vectors are told with their model, their length, and the tokens that were read; no text is."""
    async with mill as manager:
        connection = await manager.add_provider("scripted")
        await connection.embed(["one secret", "two"], model="vectors", dimensions=64)

    assert told.span.name == "embeddings vectors"
    assert told.facts["gen_ai.response.model"] == "vectors-2"
    assert told.facts["gen_ai.embeddings.dimension.count"] == 64
    assert told.facts["gen_ai.usage.input_tokens"] == 3
    ((facts, *measured),) = told.points("gen_ai.client.token.usage")
    assert (facts["gen_ai.token.type"], *measured) == ("input", 1, 3)
    ((_, *measured),) = told.points("gen_ai.client.operation.duration")
    assert measured == [1, 2.0]
    assert "secret" not in told.span.to_json()


async def test_models(mill: Any, told: Any) -> None:
    """Asking for the models is told."""
    async with mill as manager:
        connection = await manager.add_provider("scripted")
        await connection.list_models()

    assert told.span.name == told.facts["gen_ai.operation.name"] == "list_models"
    assert "jackfield.left_early" not in told.facts


async def test_batches(mill: Any, told: Any) -> None:
    """A batch is told with its size, and looking at it as an operation of its own, here one that fails."""
    async with mill as manager:
        connection = await manager.add_provider("scripted")
        batch = await connection.batch(["one", "two"])
        with pytest.raises(QuotaExhausted):
            await batch.read()

    handed_over, read = told.spans
    assert (handed_over.name, handed_over.attributes["jackfield.batch.size"]) == ("submit_batch", 2)
    assert (read.name, read.attributes["error.type"]) == ("read_batch", "jackfield.QuotaExhausted")
    assert read.status.status_code is StatusCode.ERROR


async def test_cancelled(mill: Any, told: Any) -> None:
    """A call that its caller gives up is no error, and is told as left."""
    async with mill as manager:
        connection = await manager.add_provider("scripted")
        with anyio.move_on_after(1):
            await connection.embed("one")

    assert told.facts["jackfield.left_early"] is True
    assert told.span.status.status_code is StatusCode.UNSET
