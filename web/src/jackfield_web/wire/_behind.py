"""What a body ends with that no rule of a Site reads: an error of the remote's own, or else. No I/O.

Law: a remote that goes on behind an error has got over it. Behind one that it leaves it at come a message
without words, such as `{"type": "done"}`, and a bare last word, and no more.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from jackfield import ProviderError

from ..site import WireKind
from ._framing import framing_for, is_last_word
from ._trouble import error_in

_KINDS: Final[Mapping[str, WireKind]] = {
    "application/connect+json": "connect",
    "application/json": "json",
    "application/jsonl": "ndjson",
    "application/x-ndjson": "ndjson",
    "text/event-stream": "fetch-sse",
}
_MOST: Final = 1
"""How many messages may come behind an error that stands."""


def error_at_end(body: bytes, mime_type: str) -> ProviderError | None:
    """Return the remote's own error that a *body* of a type ends with; None where it ends with none."""
    if (kind := _KINDS.get(mime_type)) is None:
        return None
    framing, error, behind = framing_for(kind), None, 0
    try:
        records = [*framing.feed(body), *framing.finish()]
    except ProviderError:
        return None
    for record in records:
        if (said := error_in(record, is_ours=False)) is not None:
            error, behind = said, 0
        elif error is not None and not is_last_word(record.data):
            behind += 1 + _has_words(record.data)
    return error if behind <= _MOST else None


def _has_words(data: Any) -> bool:
    """Whether *data* says more than names, numbers and ids: text of its own, or one with a blank in it."""
    if isinstance(data, Mapping | list):
        inner = data.values() if isinstance(data, Mapping) else data
        return any(" " in one if isinstance(one, str) else _has_words(one) for one in inner)
    return isinstance(data, str)
