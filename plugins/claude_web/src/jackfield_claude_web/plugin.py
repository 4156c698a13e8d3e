"""What the entry point names. Cheap: the browser's engine is imported when a page is opened."""

from __future__ import annotations

from typing import Final

from jackfield_web import WebPlugin

from ._spec import SPEC

plugin: Final = WebPlugin(SPEC)
"""The hook implementations."""
