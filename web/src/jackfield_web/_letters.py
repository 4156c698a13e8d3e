"""How a text is known again, however a page draws it."""

from __future__ import annotations

import re
from typing import Final

_NO_LETTER: Final = re.compile(r"[\W_]+")
_NO_SIGN: Final = re.compile("[\\s\u200b-\u200d\ufe0f\ufeff]+")
_LONG: Final = 40
"""Letters from which on a text is known by standing in another one: it does not do so by chance."""


def letters_of(text: str) -> str:
    """Return the letters and digits of a text: what is left of it however a page draws it.

    Of a text that has none, its signs are what it is known by.
    """
    return _NO_LETTER.sub("", text) or _NO_SIGN.sub("", text)


def is_same(shown: str, sent: str) -> bool:
    """Tell by their letters whether a turn is the message that was sent, as `probe.js` does."""
    return shown == sent or (len(sent) >= _LONG and sent in shown)
