"""Tern as a provider for Jackfield."""

from __future__ import annotations

from ._spec import SPEC

__all__ = ["SPEC"]
