"""What is installed as the middleware `otel`: it tells the tracer, meter and logger of the whole program."""

from __future__ import annotations

from typing import Final

from ._telemetry import OpenTelemetry

plugin: Final = OpenTelemetry()
