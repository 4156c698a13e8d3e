"""The same histories through every wire and back: what each carries, and what it loses and tells."""

from __future__ import annotations
