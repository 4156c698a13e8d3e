"""Dotted paths into JSON: `choices.0.delta.content`."""

from __future__ import annotations

import functools
from typing import Any

from ._framing import Record, json_or_text


def pick(record: Record, path: str) -> Any:
    """Return what stands at *path* in a record, or None when nothing does.

    `$event` is the record's name and `$` its data when that is text. A step is a key of an object, or an
    index of a list; one that leads on from a text leads into the JSON that the text is.
    """
    if path == "$event":
        return record.event
    if path == "$":
        return record.data if isinstance(record.data, str) else None
    found = record.data
    for step in _steps(path):
        if isinstance(found, str) and found.lstrip()[:1] in {"{", "["}:
            found = json_or_text(found)
        if isinstance(found, dict):
            found = found.get(step)
        elif isinstance(found, list) and step.isdecimal() and int(step) < len(found):
            found = found[int(step)]
        else:
            return None
    return found


@functools.lru_cache(maxsize=1024)
def _steps(path: str) -> tuple[str, ...]:
    return tuple(path.split("."))
