"""Text from a remote, made fit to be shown: no control characters, no secrets, not too much of it."""

from __future__ import annotations

from typing import Final

from jackfield import redact

LONGEST: Final = 300


def shown(text: str, longest: int = LONGEST) -> str:
    """Return *text* on one line, cut after *longest* characters, controls escaped and secrets masked."""
    line = " ".join(redact(text).split())
    if len(line) > longest:
        line = f"{line[:longest]}…"
    return "".join(char if char.isprintable() else ascii(char)[1:-1] for char in line)
