"""The text of an answer while it is written, and what is new about it.

An answer has parts (content blocks, messages of an agent) that stand in the order in which they began. A
part grows, is said anew, is cut or is withdrawn; `news` tells the difference to what was told before, so
that nothing is told twice and nothing that was taken back stays.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from jackfield import ReasoningDelta, StreamEvent, TextDelta, TextReplaced

_SURROGATE: Final = re.compile("[\ud800-\udfff]")
_HIGH_SURROGATE_AT_END: Final = re.compile("[\ud800-\udbff]$")


class Transcript:
    """The text of one answer.

    Args:
        joined_by: What stands between parts that are not empty.
    """

    def __init__(self, joined_by: str = "\n\n") -> None:
        self._joined_by = joined_by
        self._parts: dict[str, str] = {}
        self._told = ""

    @property
    def text(self) -> str:
        """The text that was told so far."""
        return self._told

    def __contains__(self, part: str) -> bool:
        """Whether a part has begun."""
        return part in self._parts

    def append(self, text: str, part: str = "") -> None:
        """Let a part grow."""
        self._parts[part] = self._parts.get(part, "") + text

    def put(self, text: str, part: str = "") -> None:
        """Say a part anew: *text* is all of it."""
        self._parts[part] = text

    def edit(self, start: int, text: str, part: str = "") -> None:
        """Replace what follows the first *start* characters of a part."""
        self._parts[part] = self._parts.get(part, "")[:start] + text

    def put_all(self, parts: Mapping[str, str]) -> None:
        """Say everything anew; parts that are not among *parts* are withdrawn."""
        self._parts = dict(parts)

    def news(self) -> list[StreamEvent]:
        """Return what has changed since the last call: nothing, a `TextDelta`, or a `TextReplaced`."""
        told = self._told
        self._told = _joined_surrogates(self._joined_by.join(filter(None, self._parts.values())))
        return changes(told, self._told)

    def thoughts(self) -> list[StreamEvent]:
        """Return what was added since the last call, as a `ReasoningDelta`: the text is thought.

        Thought that is reworded is not told again: reasoning has no event that takes back.
        """
        told = len(self._told)
        added = self._told[told:] if self.news() else ""
        return [ReasoningDelta(added)] if added else []


def changes(told: str, now: str) -> list[StreamEvent]:
    """Return what turns the text that was *told* into the text *now*: nothing, or one event."""
    if now == told:
        return []
    if now.startswith(told):
        return [TextDelta(now[len(told) :])]
    keep = _common_prefix(told, now)
    return [TextReplaced(keep=keep, text=now[keep:])]


def _joined_surrogates(text: str) -> str:
    """Join surrogates that JSON cut apart; hold back a first half until its second arrives."""
    if not _SURROGATE.search(text):
        return text
    text = _HIGH_SURROGATE_AT_END.sub("", text)
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _common_prefix(one: str, other: str) -> int:
    low, high = 0, min(len(one), len(other))
    while low < high:
        middle = (low + high + 1) // 2
        if one[:middle] == other[:middle]:
            low = middle
        else:
            high = middle - 1
    return low
