"""OpenTelemetry for Jackfield: a span and measurements for everything that is asked of a connection.

General layout: `plugin` is what is found, `_telemetry` has the hooks. `_traced` wraps a request and is where
children get their parent; `_operation` is one request on its way, with its span and its clock. `_door` has
the parent of what somebody asks at a door. `_attributes`, `_content` and `_instruments` put what the core
tells into the words of the GenAI conventions.
"""

from __future__ import annotations

from ._content import Capture
from ._door import continue_trace
from ._telemetry import OpenTelemetry

__all__ = ["Capture", "OpenTelemetry", "continue_trace"]
