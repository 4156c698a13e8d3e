"""What leaves a page: whether it holds a message, however it is written down, and what it names besides."""

from __future__ import annotations

import html
import json
import re
import string
from collections.abc import Iterable
from itertools import islice
from typing import Final
from urllib.parse import unquote, unquote_plus

from ..site import in_json

_LONG: Final = 12
_LINES: Final = 20
_ID: Final = re.compile(
    r"""\b(?:[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}  # a UUID
    |\d{12,20}                                          # the time at which it was made, or a counter
    |(?=[a-z_]*\d\w*?\d)(?=\d*[a-z_])\w{9,64})\b       # letters and digits by chance""",
    re.IGNORECASE | re.VERBOSE,
)
# But for white space and the sign that parts records.
_NO_TEXT: Final = re.compile("[\x00-\x08\x0e-\x1d\x1f\ufffd]")
_MOST_IDS: Final = 100
_WORD: Final = re.compile(r"[A-Za-z0-9+/_-]{24,}|[A-Za-z0-9+/_-]{22}==")
"""What may be Base64, of 16 bytes at least, the least that a cipher makes. Shorter words are ids."""
_LONG_WORD: Final = 48
_MOST_PACKED: Final = 4
"""How many times shorter a code makes a message, that packs it too."""


def holds(sent: str, text: str) -> bool:
    """Tell whether what was *sent* holds the message *text*, line by line, however it was written down.

    A message of a few letters must stand there by itself: every body has an `a`.
    """
    lines = [line.strip() for line in text.splitlines() if line.strip()][:_LINES]
    is_long = len(text) >= _LONG
    return any(
        bool(lines) and all(_has(one, line, is_long=is_long) for line in lines) for one in _decoded(sent)
    )


def is_text(sent: str) -> bool:
    """Tell whether what was *sent*, as far as it could be decoded, is text, so that it can be searched."""
    return _NO_TEXT.search(sent) is None


def may_hide(sent: str, text: str) -> bool:
    """Tell whether what was *sent* may hold the message *text* in a code, such as Base64, or is no text."""
    if not is_text(sent):
        return True
    least = len(text.encode("utf-8", "replace")) // _MOST_PACKED
    words = (word[0] for one in _decoded(sent) for word in _WORD.finditer(one))
    return any(len(word) >= least and _is_code(word) for word in words)


def _is_code(word: str) -> bool:
    """Tell whether a *word* that may be Base64 is a code, and not an address, an id or a name."""
    is_long = len(word) >= _LONG_WORD
    has_both_cases = any(map(str.islower, word)) and any(map(str.isupper, word))
    is_base64 = has_both_cases and (is_long or any(map(str.isdigit, word)))
    return is_base64 or (is_long and not word.strip(string.hexdigits))


def ids_in(sent: str, text: str) -> frozenset[str]:
    """Return the ids in what was *sent* with the message *text*, such as its conversation's."""
    return frozenset(one[0] for one in islice(_ID.finditer(sent), _MOST_IDS) if one[0] not in text)


def _decoded(sent: str) -> Iterable[str]:
    """Return what was *sent*, and what it says where it is a form's, an address or HTML."""
    forms = [sent]
    if "%" in sent or "+" in sent:
        forms += unquote(sent), unquote_plus(sent)
    if "&" in sent:
        forms.append(html.unescape(sent))
    return dict.fromkeys(filter(None, forms))


def _has(sent: str, line: str, *, is_long: bool) -> bool:
    once = in_json(line)
    twice = (json.dumps(form)[1:-1] for form in once)
    for form in dict.fromkeys((line, *once, *twice)):
        if form in sent if is_long else re.search(rf"(?<!\w){re.escape(form)}(?!\w)", sent):
            return True
    return False
