"""What a body ends with that no rule of a Site reads: an error of the remote's own, or else. No I/O.

Law: a remote that goes on behind an error has got over it. Behind one that it leaves it at come a message
without words, such as `{"type": "done"}`, and a bare last word, and no more.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from jackfield import ProviderError

from ..site import WirePattern
from ._decoders import decoder_for
from ._framing import KINDS_BY_TYPE, Record, framing_for, is_last_word
from ._trouble import error_in

_LINES: Final = WirePattern(url="/", kind="prefixed")
_PREFIXED: Final = re.compile(r'\w:(?:".*"|\{.*\}|\[.*\])')
_MOST: Final = 1
"""How many messages may come behind an error that stands."""


def error_at_end(body: bytes, mime_type: str) -> ProviderError | None:
    """Return the remote's own error that a *body* of a type ends with; None where it ends with none."""
    if mime_type == "text/plain":
        return _error_in_lines(body.decode("utf-8", "replace"))
    if (kind := KINDS_BY_TYPE.get(mime_type)) is None:
        return None
    framing = framing_for(kind)
    try:
        records = [*framing.feed(body), *framing.finish()]
    except ProviderError:
        return None
    return error_left(records, is_connect=kind == "connect")


def error_left(records: Iterable[Record], *, is_connect: bool = False) -> ProviderError | None:
    """Return the remote's own error at which *records* leave it; None where there is none, or more came."""
    error, behind = None, 0
    for record in records:
        is_end = is_connect and record.event == "end"  # the last envelope: no other's, by its name
        if (said := error_in(record, is_ours=is_end)) is not None:
            error, behind = said, 0
        elif error is not None and not is_last_word(record.data):
            behind += 1 + _has_words(record.data)
    return error if behind <= _MOST else None


def _error_in_lines(text: str) -> ProviderError | None:
    """Return the error in lines with prefixes, which are sent as plain text; of other text there is none."""
    lines = [line.rstrip() for line in text.split("\n") if line.strip()]
    if not all(map(_PREFIXED.fullmatch, lines)):
        return None
    decoder, framing = decoder_for(_LINES, lambda: None), framing_for(_LINES.kind)
    try:
        for record in framing.feed("".join(f"{line}\n" for line in lines)):
            tuple(decoder.feed(record))
    except ProviderError as error:
        return error
    return None


def _has_words(data: Any) -> bool:
    """Whether *data* says more than names, numbers and ids: text of its own, or one with a blank in it."""
    if isinstance(data, Mapping | list):
        inner = data.values() if isinstance(data, Mapping) else data
        return any(" " in one if isinstance(one, str) else _has_words(one) for one in inner)
    return isinstance(data, str)
