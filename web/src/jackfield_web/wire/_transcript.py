"""The text of an answer while it is written, and what is new about it.

An answer has parts (content blocks, messages of an agent) that stand in the order in which they began. A
part grows, is said anew, is cut or is withdrawn; `news` tells the difference to what was told before, so
that nothing is told twice and nothing that was taken back stays.
"""

from __future__ import annotations

import itertools
import re
from bisect import bisect
from collections.abc import Mapping
from typing import Final

from jackfield import GrowingText, ReasoningDelta, StreamEvent, TextDelta, TextReplaced

_SURROGATE: Final = re.compile("[\ud800-\udfff]")
_HIGH_SURROGATE_AT_END: Final = re.compile("[\ud800-\udbff]$")
_LINE: Final = re.compile(r"[^\n]*\S[^\n]*")


class Transcript:
    """The text of one answer.

    Args:
        joined_by: What stands between parts that are not empty.
    """

    def __init__(self, joined_by: str = "\n\n") -> None:
        self._joined_by = joined_by
        self._parts: dict[str, _Part] = {}
        self._told = GrowingText()
        self._added: list[str] | None = []
        """What was appended since the last news, or None when anything else was changed."""

    @property
    def text(self) -> str:
        """The text that was told so far."""
        return self._told.read()

    def __contains__(self, part: str) -> bool:
        """Whether a part has begun."""
        return part in self._parts

    def append(self, text: str, part: str = "") -> None:
        """Let a part grow."""
        if (grown := self._parts.get(part)) is None:
            grown = self._parts[part] = _Part()
        was_told = bool(len(grown))
        added = grown.add(text)
        # Safe to add to what was told without a look at it: the part is the last, and as some of it was told
        # already no separator comes before what is added.
        if self._added is not None and was_told and self._is_last(part):
            self._added.append(added)
        elif added:
            self._added = None

    def put(self, text: str, part: str = "") -> None:
        """Say a part anew: *text* is all of it."""
        self._parts[part] = _Part(text)
        self._added = None

    def settle(self, part: str) -> None:
        """Say that a part is complete: what is said under its name from now on is another one."""
        if part in self._parts:
            settled = f"{part}\0{len(self._parts)}"
            self._parts = {settled if name == part else name: one for name, one in self._parts.items()}

    def edit(self, start: int, text: str, part: str = "") -> None:
        """Replace what follows the first *start* characters of a part."""
        self.put(self.part(part)[:start] + text, part)

    def put_all(self, parts: Mapping[str, str]) -> None:
        """Say everything anew; parts that are not among *parts* are withdrawn."""
        self._parts = {name: _Part(text) for name, text in parts.items()}
        self._added = None

    def part(self, name: str) -> str:
        """Return the text of a part; of one that has not begun, nothing."""
        return self._parts[name].read() if name in self._parts else ""

    def news(self) -> list[StreamEvent]:
        """Return what has changed since the last call: nothing, a `TextDelta`, or a `TextReplaced`."""
        added, self._added = self._added, []
        if added is None:
            return self._compared()
        if not (text := "".join(added)):
            return []
        self._told.add(text)
        return [TextDelta(text)]

    def _compared(self) -> list[StreamEvent]:
        told, now = self._told.read(), self._now()
        self._told = GrowingText()
        self._told.add(now)
        return changes(told, now)

    def _now(self) -> str:
        return self._joined_by.join(filter(None, (part.read() for part in self._parts.values())))

    def _is_last(self, part: str) -> bool:
        return next(reversed(self._parts)) == part

    def thoughts(self) -> list[StreamEvent]:
        """Return what was added since the last call, as a `ReasoningDelta`: the text is thought.

        Thought that is reworded is not told again, and none is taken back: reasoning has no event for that.
        So a transcript tells its thoughts, or its news, and never both.
        """
        added, self._added = self._added, []
        text = _beyond(self._told.read(), self._now()) if added is None else "".join(added)
        self._told.add(text)
        return [ReasoningDelta(text)] if text else []


class _Part:
    """The text of one part, whole or as it arrives.

    JSON may cut a character between its surrogates: a first half is held back until its second arrives, and
    a half that stays alone becomes U+FFFD.
    """

    def __init__(self, text: str = "") -> None:
        self._text = GrowingText()
        self._held = ""
        self.add(text)

    def __len__(self) -> int:
        return self._text.length

    def add(self, piece: str) -> str:
        """Let it grow; return by what."""
        piece = self._held + piece
        self._held = ""
        if _SURROGATE.search(piece):
            if found := _HIGH_SURROGATE_AT_END.search(piece):
                self._held, piece = found[0], piece[: found.start()]
            piece = piece.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        self._text.add(piece)
        return piece

    def read(self) -> str:
        """Return all of it."""
        return self._text.read()


def changes(told: str, now: str) -> list[StreamEvent]:
    """Return what turns the text that was *told* into the text *now*: nothing, or one event."""
    if now == told:
        return []
    if now.startswith(told):
        return [TextDelta(now[len(told) :])]
    keep = _common_prefix(told, now)
    return [TextReplaced(keep=keep, text=now[keep:])]


def _beyond(told: str, now: str) -> str:
    """Return what *now* says beyond what was *told*, line by line, though some of that is reworded or gone.

    It stands behind the last line told that is still there: that may have grown, and of the lines behind it
    as many are reworded ones as were told.
    """
    if now.startswith(told):
        return now[len(told) :]
    before, lines = _LINE.findall(told), list(_LINE.finditer(now))
    at, reworded = _last_kept(before, [line[0] for line in lines])
    if before and not reworded:
        return now[lines[at].start() + len(before[-1]) :]
    ends = [0, *(line.end() for line in lines)]
    return "".join(now[end:] for end in ends[at + 1 + reworded :][:1])


def _last_kept(before: list[str], now: list[str]) -> tuple[int, int]:
    """Return where in *now* the last line stands that is kept of those *before*, and how many came after it.

    Where a line is there more than once, it is where most of the lines above it are the same.
    """
    for behind, line in enumerate(reversed(before)):
        above = before[: len(before) - 1 - behind]
        found = [at for at, one in enumerate(now) if one == line or (not behind and one.startswith(line))]
        if found:
            _, last = max((_same_at_end(above, now[:at]), at) for at in found)
            return last, behind
    return -1, len(before)


def _same_at_end(one: list[str], other: list[str]) -> int:
    pairs = zip(reversed(one), reversed(other), strict=False)
    return sum(1 for _ in itertools.takewhile(lambda pair: pair[0] == pair[1], pairs))


def _common_prefix(one: str, other: str) -> int:
    ends = range(1, min(len(one), len(other)) + 1)
    return bisect(ends, False, key=lambda end: one[:end] != other[:end])
