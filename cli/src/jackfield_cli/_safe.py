"""Text of others on its way to a terminal. Law: one character at a time, so that no cutting changes a thing.

A terminal obeys what it is sent: an answer could rename the window, write the clipboard or show other words
than it holds. So every control character is shown as its escape, except newline and tab; and so are the
characters that turn the writing direction, the line separators that only some programs break at, and the
invisible tag characters. Nothing here is ever read as markup.
"""

from __future__ import annotations

from itertools import chain
from typing import Final

_CONTROLS: Final = chain(
    (code for code in range(0x20) if chr(code) not in "\n\t"),
    range(0x7F, 0xA0),
    (0x061C, 0x200E, 0x200F),
    range(0x2028, 0x202F),
    range(0x2066, 0x206A),
    range(0xD800, 0xE000),  # lone surrogates: no terminal can be sent one
    (0xFEFF,),
    range(0xE0000, 0xE0080),
)


def _written(code: int) -> str:
    if code < 0x100:  # noqa: PLR2004  the widths of Python's own escapes
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"  # noqa: PLR2004


_ESCAPES: Final = {code: _written(code) for code in _CONTROLS}


def escape(text: str) -> str:
    """Return *text* with every character that a terminal could obey written as an escape."""
    return text.translate(_ESCAPES)


def one_line(text: str, *, most: int = 200) -> str:
    """Return *text* escaped and on one line, for a name, a title or a cell; cut to *most* characters."""
    line = escape(" ".join(text.split()))
    return line if len(line) <= most else f"{line[: most - 1]}…"
