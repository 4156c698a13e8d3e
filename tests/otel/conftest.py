"""OpenTelemetry's own SDK, which keeps in memory what it is told, and the core's scripted provider."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

import anyio
import attrs
import pytest
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import InMemoryLogRecordExporter, SimpleLogRecordProcessor
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from jackfield_otel import OpenTelemetry


def _of_the_core() -> ModuleType:
    """Load what the core's own tests have: a second scripted provider would be the same one."""
    path = Path(__file__).parents[1] / "core" / "conftest.py"
    spec = importlib.util.spec_from_file_location("scripted_by_the_core", path)
    assert spec
    assert spec.loader
    module = sys.modules[spec.name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


_core = _of_the_core()
anyio_backend = _core.anyio_backend
make_manager = _core.make_manager
make_plugin = _core.make_plugin
make_spec = _core.make_spec
pytest_configure = _core.pytest_configure
script = _core.script
no_time_passes_in_threads = _core._no_time_passes_in_threads


@attrs.define(eq=False)
class Told:
    """What OpenTelemetry was told."""

    span_exporter: InMemorySpanExporter = attrs.field(factory=InMemorySpanExporter)
    metric_reader: InMemoryMetricReader = attrs.field(factory=InMemoryMetricReader)
    log_exporter: InMemoryLogRecordExporter = attrs.field(factory=InMemoryLogRecordExporter)
    tracer_provider: TracerProvider = attrs.field(init=False)
    meter_provider: MeterProvider = attrs.field(init=False)
    logger_provider: LoggerProvider = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        self.tracer_provider = TracerProvider(shutdown_on_exit=False)
        self.tracer_provider.add_span_processor(SimpleSpanProcessor(self.span_exporter))
        self.meter_provider = MeterProvider([self.metric_reader], shutdown_on_exit=False)
        self.logger_provider = LoggerProvider(shutdown_on_exit=False)
        self.logger_provider.add_log_record_processor(SimpleLogRecordProcessor(self.log_exporter))

    @property
    def providers(self) -> dict[str, Any]:
        return {
            "tracer_provider": self.tracer_provider,
            "meter_provider": self.meter_provider,
            "logger_provider": self.logger_provider,
        }

    @property
    def spans(self) -> list[ReadableSpan]:
        """Those that have ended, in that order."""
        return list(self.span_exporter.get_finished_spans())

    @property
    def span(self) -> ReadableSpan:
        """The only one."""
        (span,) = self.spans
        return span

    @property
    def facts(self) -> Mapping[str, Any]:
        """The attributes of the only span."""
        return self.span.attributes or {}

    @property
    def events(self) -> list[Any]:
        """The log records."""
        return [found.log_record for found in self.log_exporter.get_finished_logs()]

    @property
    def metrics(self) -> dict[str, Any]:
        """The metrics that were measured, by name."""
        data = self.metric_reader.get_metrics_data()
        scopes = [scope for told in data.resource_metrics for scope in told.scope_metrics] if data else []
        return {metric.name: metric for scope in scopes for metric in scope.metrics}

    def points(self, name: str) -> list[tuple[dict[str, Any], int, float]]:
        """Return what was measured under *name*: attributes, how often, and the sum."""
        found = self.metrics.get(name)
        points = found.data.data_points if found else []
        return [(dict(point.attributes), point.count, point.sum) for point in points]


@pytest.fixture
def told() -> Told:
    """What OpenTelemetry was told."""
    return Told()


@pytest.fixture
def make_telemetry(told: Told) -> Callable[..., OpenTelemetry]:
    """Build the plugin, on the clock of the event loop; keywords are its settings."""
    return lambda **settings: OpenTelemetry(**{**told.providers, "clock": anyio.current_time, **settings})


@pytest.fixture
def manager(make_manager: Any, make_telemetry: Any) -> Any:
    """A manager of the scripted provider that tells OpenTelemetry of it."""
    return make_manager(make_telemetry())
