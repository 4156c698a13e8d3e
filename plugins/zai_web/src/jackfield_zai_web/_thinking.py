"""Thinking that older builds of the page wrap into the answer's own text.

    <details type="reasoning" done="true" duration="3">
    <summary>Thought for 3 seconds</summary>
    > one line
    > and another
    </details>
    The answer.

Seen in builds of 2025 and early 2026; newer ones tell thinking in frames of their own.
"""

from __future__ import annotations

import re
from typing import Final

_OPENED: Final = '<details type="reasoning"'
_BLOCK: Final = re.compile(rf"{_OPENED}(?:[^>]*\Z|[^>]*>(.*?)(?:(</details>)\n*|\Z))", re.DOTALL)
_SUMMARY: Final = re.compile(r"\A\s*<summary>.*?(?:</summary>\n*|\Z)", re.DOTALL)
_QUOTE: Final = re.compile(r"^> ?", re.MULTILINE)
_LAST_BREAK: Final = re.compile(r"\n>? ?\Z")
_HALF_A_TAG: Final = re.compile(r"\n?<[/a-z]*\Z")


def is_wrapped(content: str) -> bool:
    """Whether *content* begins with thinking in its wrapping."""
    return content.lstrip().startswith(_OPENED)


def unwrapped(content: str) -> tuple[str, str]:
    """Return the thinking and the answer that *content* holds; either may still grow.

    What may be the beginning of a tag or of a line's quote is held back until more is known.
    """
    thoughts = [_thoughts(block[1] or "", closed=bool(block[2])) for block in _BLOCK.finditer(content)]
    return "\n\n".join(filter(None, thoughts)), _BLOCK.sub("", content).lstrip("\n")


def _thoughts(body: str, *, closed: bool) -> str:
    if not closed:
        body = _HALF_A_TAG.sub("", body)
    body = _LAST_BREAK.sub("", _SUMMARY.sub("", body))
    return _QUOTE.sub("", body).lstrip("\n")
