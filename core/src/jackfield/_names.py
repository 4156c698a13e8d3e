"""Help with misspelt names."""

from __future__ import annotations

from collections.abc import Iterable


def near_names(name: str, known: Iterable[str], *, most: int = 8) -> str:
    """Return a sentence that helps with a misspelt *name*: the nearest of *known*, or all of a few."""
    import difflib

    known = sorted(known)
    if near := difflib.get_close_matches(name, known, n=3, cutoff=0.6):
        return f"Did you mean {' or '.join(map(repr, near))}?"
    if not known:
        return "There are none."
    more = f" and {len(known) - most} more" if len(known) > most else ""
    return f"Known: {', '.join(map(repr, known[:most]))}{more}."
