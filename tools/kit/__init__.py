"""The conformance kit, tried: on an honest provider, on known-bad ones, and on every API provider here."""

from __future__ import annotations

from . import rude  # noqa: F401  it adds to the list
from .faulty import FAULTY, Faulty, left_open

__all__ = ["FAULTY", "Faulty", "left_open"]
