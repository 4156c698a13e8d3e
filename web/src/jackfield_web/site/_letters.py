"""How a text is known again, however a page draws it."""

from __future__ import annotations

import json
import re
from difflib import SequenceMatcher
from typing import Final

_NO_LETTER: Final = re.compile(r"[\W_]+")
_NO_SIGN: Final = re.compile("[\\s\u200b-\u200d\ufe0f\ufeff]+")
_ALIKE: Final = 0.97
"""Markdown and what a page makes of it differ by the addresses of links and by little else."""
_COMPARED: Final = 4000
_TARGET: Final = r"\((?:<[^<>\n]*>|(?:[^()\s]|\([^()\s]*\))*)(?:\s+\"[^\"\n]*\")?\)"
_UNSEEN: Final = re.compile(
    rf"^( *(?:`{{3,}}|~{{3,}}))([^\n`]*)$|!\[[^\]\n]*\]{_TARGET}|(?<=\]){_TARGET}|^ *\d+[.)] "
    r"|^ *[-*] \[[ x]\]|</?(?:br|sub|sup)>|\$\$[^$]*\$\$|\\\[.*?\\\]",
    re.MULTILINE,
)
"""What of markdown is no text of its page: the language of code, a picture, the address of a link, a list's
numbers and boxes, the source of a formula."""
_KEPT: Final = (r"\1", r"\1\2")
"""What is left of it: nothing, or the language of code, which some pages show."""
_LONG: Final = 40
"""Letters from which on a text is known by standing in another one: it does not do so by chance."""
_TELLING: Final = 9
"""Letters from which on a text stands in nothing else by chance."""
_RUN: Final = 3
_MOST: Final = 0.5
_LABEL: Final = 20
"""Letters that a page may write beside a message."""
_LONG_RUN: Final = 12
"""Letters of which two texts on one matter have few runs in common."""
_NEARLY_ALL: Final = 0.8


def letters_of(text: str) -> str:
    """Return the letters and digits of a text: what is left of it however a page draws it.

    Of a text that has none, its signs are what it is known by.
    """
    return _NO_LETTER.sub("", text) or _NO_SIGN.sub("", text)


def in_json(text: str) -> tuple[str, ...]:
    """Return how a text stands in JSON, between its quotes: as it is, and in ASCII."""
    return json.dumps(text, ensure_ascii=False)[1:-1], json.dumps(text)[1:-1]


def in_storage(text: str) -> tuple[str, ...]:
    """Return how a text stands in what a page stores; a few letters are told by the quotes round them."""
    return tuple(form if len(text) >= _TELLING else f'"{form}"' for form in in_json(text))


def is_same(shown: str, sent: str) -> bool:
    """Tell by their letters whether a turn is the message that was sent, as `probe.js` does."""
    return shown == sent or (len(sent) >= _LONG and sent in shown)


def may_be(shown: str, sent: str) -> bool:
    """Tell by their letters whether a turn may be the message that was sent, though it does not say the same.

    Pages cut long messages short, and make something of the marks of markdown and HTML in them. Where they
    did, the shorter of the two texts has most of its runs of three letters in common with the longer. A
    message of fewer letters stands in its turn with little else, such as who said it, and when.
    """
    if len(sent) < _RUN:
        return bool(sent) and sent in shown and len(shown) <= len(sent) + _LABEL
    first, second = _runs(shown), _runs(sent)
    return bool(first) and len(first & second) >= min(len(first), len(second)) * _MOST


def is_drawn_as(said: str, shown: str) -> bool:
    """Tell whether an answer's markdown is what a page shows, letter for letter."""
    seen = (_UNSEEN.sub(r"\1", text) for text in (said, shown))
    return letters_of(said) == letters_of(shown) or len(set(map(letters_of, seen))) == 1


def covers(said: str, shown: str) -> bool:
    """Tell whether a text is what a page shows, or has that in it: a page may fold some of it away.

    An earlier answer to the same question has other words for the most part, though it may be longer; and of
    an answer that is still being written there are fewer letters.
    """
    first, second = letters_of(said), letters_of(shown)
    if not second:
        return True
    if len(second) < _LONG or len(first) < len(second) * _ALIKE:
        return are_alike(said, shown)
    runs = _runs(second, _LONG_RUN)
    return len(runs & _runs(first, _LONG_RUN)) >= len(runs) * _NEARLY_ALL


def are_alike(said: str, shown: str) -> bool:
    """Tell whether an answer's markdown is what a page shows, which may leave out a code's language."""
    return any(_are_alike(each, shown) for each in (said, *(_UNSEEN.sub(kept, said) for kept in _KEPT)))


def _runs(letters: str, length: int = _RUN) -> frozenset[str]:
    return frozenset(letters[at : at + length] for at in range(len(letters) - length + 1))


def _are_alike(one: str, other: str) -> bool:
    first, second = letters_of(one)[:_COMPARED], letters_of(other)[:_COMPARED]
    if first == second:
        return bool(first)
    if not first or not second or not _ALIKE < len(first) / len(second) < 1 / _ALIKE:
        return False
    return SequenceMatcher(None, first, second, autojunk=False).ratio() > _ALIKE
