"""Whether what leaves a page holds a message, however it is written down there."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterable
from typing import Final
from urllib.parse import unquote, unquote_plus

_LONG: Final = 12
_LINES: Final = 20


def holds(sent: str, text: str) -> bool:
    """Tell whether what was *sent* holds the message *text*, line by line, however it was written down.

    A message of a few letters must stand there by itself: every body has an `a`.
    """
    lines = [line.strip() for line in text.splitlines() if line.strip()][:_LINES]
    is_long = len(text) >= _LONG
    return any(
        bool(lines) and all(_has(one, line, is_long=is_long) for line in lines) for one in _decoded(sent)
    )


def _decoded(sent: str) -> Iterable[str]:
    """Return what was *sent*, and what it says where it is a form's, an address or HTML."""
    forms = [sent]
    if "%" in sent or "+" in sent:
        forms += unquote(sent), unquote_plus(sent)
    if "&" in sent:
        forms.append(html.unescape(sent))
    return dict.fromkeys(filter(None, forms))


def _has(sent: str, line: str, *, is_long: bool) -> bool:
    plain = json.dumps(line, ensure_ascii=False)[1:-1]
    coded = json.dumps(line)[1:-1]
    twice = (json.dumps(form)[1:-1] for form in (plain, coded))
    for form in dict.fromkeys((line, plain, coded, *twice)):
        if form in sent if is_long else re.search(rf"(?<!\w){re.escape(form)}(?!\w)", sent):
            return True
    return False
