"""OpenTelemetry through the door: what is asked has the plugin's spans, below the trace of who asked."""

from __future__ import annotations

import tomllib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from jackfield_gateway import _serving
from jackfield_otel import OpenTelemetry

from .conftest import TOKEN, Door, Opener
from .test_every_wire import WHOLE, post
from .test_openai_client import until

pytestmark = pytest.mark.anyio
PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
DISTRIBUTION = Path(__file__).parents[2] / "plugins/otel/pyproject.toml"
POINTS = tomllib.loads(DISTRIBUTION.read_text())["project"]["entry-points"]


@asynccontextmanager
async def told(front: Opener, **settings: Any) -> AsyncIterator[tuple[Door, InMemorySpanExporter]]:
    """Open a door whose requests OpenTelemetry is told of."""
    exporter, tracers = InMemorySpanExporter(), TracerProvider(shutdown_on_exit=False)
    tracers.add_span_processor(SimpleSpanProcessor(exporter))
    async with front(plugins=[OpenTelemetry(tracer_provider=tracers)], ollama=True, **settings) as door:
        yield door, exporter


async def spans(exporter: InMemorySpanExporter, many: int) -> list[ReadableSpan]:
    """Return the spans, once there are as many: one may end after its answer has been read."""
    await until(lambda: len(exporter.get_finished_spans()) >= many)
    return list(exporter.get_finished_spans())


async def test_each_wire_has_the_spans_of_the_plugin(front: Opener) -> None:
    """One span for each question on any wire, by the id that the client was told; none of its words."""
    async with told(front) as (door, exporter):
        ids = [(await post(door, *WHOLE[wire])).headers["x-request-id"] for wire in WHOLE]
        found = await spans(exporter, len(ids))
    assert [span.attributes["jackfield.request.id"] for span in found] == ids
    assert {span.name for span in found} == {"chat gpt-playground"}
    assert {span.parent for span in found} == {None}
    assert "hello" not in "".join(span.to_json() for span in found)


@pytest.mark.parametrize(("stream", "parent"), [(True, PARENT), (False, PARENT), (False, "nonsense")])
async def test_the_trace_of_who_asked_goes_on(
    front: Opener, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stream: bool, parent: str
) -> None:
    """`traceparent` names the parent of the span, and nothing else of the request comes with it."""
    info = tmp_path / "jackfield_otel-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: jackfield-otel\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[jackfield.doors]\notel = {POINTS['jackfield.doors']['otel']}\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    asked = {"model": "work", "messages": [{"role": "user", "content": "hello"}], "stream": stream}
    headers = {"authorization": f"Bearer {TOKEN}", "traceparent": parent, "baggage": "who=canary"}
    async with told(front, wrap=lambda app: _serving._wrapped(app, ["otel"])) as (door, exporter):
        await door.get("/v1/chat/completions", method="POST", json=asked, headers=headers)
        (span,) = await spans(exporter, 1)
    if parent == PARENT:
        assert span.parent is not None
        assert f"{span.parent.trace_id:032x}-{span.parent.span_id:016x}" in PARENT
        assert f"{span.context.trace_id:032x}" in PARENT
    else:
        assert span.parent is None
    assert not [one for one in door.remote.state.requests if "canary" in repr(one.headers)]


def test_who_did_not_name_it_is_not_wrapped() -> None:
    """What `jackfield.toml` does not name as middleware sees nothing of the door."""
    app = object()
    assert _serving._wrapped(app, []) is app
