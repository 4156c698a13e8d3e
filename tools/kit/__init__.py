"""The conformance kit, tried: on an honest provider, on known-bad ones, and on every API provider here."""

from __future__ import annotations
