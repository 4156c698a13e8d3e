"""Help with misspelt names, and with those that cannot be."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable


def near_names(name: str, known: Iterable[str], *, most: int = 8) -> str:
    """Return a sentence that helps with a misspelt *name*: the nearest of *known*, or all of a few."""
    import difflib

    known = sorted(set(known))
    if near := difflib.get_close_matches(name, known, n=3, cutoff=0.6):
        return f"Did you mean {' or '.join(map(repr, near))}?"
    if not known:
        return "There are none."
    more = f" and {len(known) - most} more" if len(known) > most else ""
    return f"Known: {', '.join(map(repr, known[:most]))}{more}."


def plain_name(name: str) -> str:
    """Return *name* in lower-case ASCII letters, digits, `_` and `-`; empty where nothing of it can be."""
    letters = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9_-]+", "-", letters.lower()).lstrip("-_0123456789")[:64].rstrip("-_")
