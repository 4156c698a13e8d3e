"""A fault in how the command was called that click cannot see by itself."""

from __future__ import annotations

import click


class UsageFault(click.UsageError):
    """The command was called in a way that makes no sense; shown with its usage."""

    def __init__(self, message: str) -> None:
        super().__init__(message, click.get_current_context(silent=True))
