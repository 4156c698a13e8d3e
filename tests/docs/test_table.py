"""The table of what a request may ask for is the one that the core goes by."""

from __future__ import annotations

import re
from pathlib import Path

import attrs

from jackfield import ChatRequest
from jackfield._capability import Need
from jackfield._plan import HISTORY_NEED, PART_NEEDS, SYSTEM_NEED, URL_NEED

PAGE = Path(__file__).parents[2] / "docs" / "usage.md"
ROW = re.compile(r"^\| (.+?) \| `([a-z_]+)` \| (refused|left out, told) \|$", re.MULTILINE)


def needs() -> dict[str, Need]:
    """Return what each wish needs, under the words that the page has for it."""
    fields = {f"`{field.name}`": need for field in attrs.fields(ChatRequest) if (need := Need.of(field))}
    parts = {f"`{part.__name__}`": need for part, need in PART_NEEDS.items()}
    others = {
        "a `Url` as a source": URL_NEED,
        "a system message": SYSTEM_NEED,
        "earlier messages": HISTORY_NEED,
    }
    return {**fields, **parts, **others}


def test_table_of_wishes() -> None:
    """The page names every wish, the capability that it needs, and what becomes of it without."""
    told = {wish: (capability, what) for wish, capability, what in ROW.findall(PAGE.read_text("utf-8"))}

    assert told == {
        wish: (need.capability.value, "left out, told" if need.is_hint else "refused")
        for wish, need in needs().items()
    }
