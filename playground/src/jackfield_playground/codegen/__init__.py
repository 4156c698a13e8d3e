"""The Codegen room: a stand-in of the Codegen API on loopback."""

from __future__ import annotations

from ._faults import Fault
from ._playground import CodegenPlayground
from ._run import LogEntry, Message, RunRecord
from ._settings import CodegenSettings, Outcome, Route
from ._state import CodegenState, Received

__all__ = [
    "CodegenPlayground",
    "CodegenSettings",
    "CodegenState",
    "Fault",
    "LogEntry",
    "Message",
    "Outcome",
    "Received",
    "Route",
    "RunRecord",
]
