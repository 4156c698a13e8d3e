"""What a composer holds, and whether that is what was written into it. No I/O.

Editors keep more than the text in their element: a placeholder that no caret reaches, marks of no width
where a line is empty, pictures in the place of emoji. None of it is said by whoever writes, so none of it
counts. Everything else does, and a line that became two, or two that became one, is another text.

A form field keeps blanks as they are. An editor draws a run of them in its own way, as spaces that do not
collapse or as a tab, and more of them round a line; but where there was one, one is left. Where its page
keeps blanks as they are, more of them before a line are its own: it indents what is written.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from typing import Any, Final, Literal, TypeAlias

import attrs

HeldKind: TypeAlias = Literal["field", "line", "editor", "other", "none"]
PartKind: TypeAlias = Literal["text", "picture", "fixed"]

# What editors put in by themselves: marks of no width, and of the direction of text. Joiners are not among
# them: without those a text says something else.
_UNSEEN: Final = re.compile(r"[\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]+")
_BLANKS: Final = re.compile(r"[^\S\n]+")
_KEYCAP: Final = re.compile(r"[0-9#*]\ufe0f?\u20e3")
_OF_EMOJI: Final = re.compile(r"[\ufe0f\u200d\U0001f3fb-\U0001f3ff\U000e0020-\U000e007f]")
_PICTURE: Final = "\ufffc"
_PICTURES: Final = re.compile(f"{_PICTURE}+")


@attrs.frozen
class Held:
    """What a composer holds.

    Attributes:
        kind: `field` for a form field, `line` for one of a single line, `editor` for an element that is
            edited, `other` for one into which nothing can be written, `none` where there is none just now.
        parts: What stands in it, in its order: `text`; `picture` with what it says of itself; `fixed` for
            what is inside and cannot be edited.
        most: The letters that it takes, as pages count them; None for any number.
        shut: Whether it takes nothing just now: pages shut theirs until they are connected.
        keeps: Whether an editor's page keeps blanks as they are.
    """

    kind: HeldKind = "none"
    parts: tuple[tuple[PartKind, str], ...] = ()
    most: int | None = None
    shut: bool = False
    keeps: bool = False

    @classmethod
    def of(cls, told: Mapping[str, Any] | None) -> Held:
        """Read what the probe told; None where there is no composer."""
        if told is None:
            return cls()
        parts = tuple((kind, text) for kind, text in told["parts"])
        return cls(told["kind"], parts, told["most"], told["shut"], told.get("keeps", False))

    @property
    def is_empty(self) -> bool:
        """Whether nothing of anybody's stands in it."""
        return not _lines(self._text(fixed=False, pictures=False))

    def says(self, text: str) -> bool:
        """Whether it holds *text*, whatever it draws of it as pictures."""
        if self.kind != "editor":
            return _exact(self._text(fixed=False, pictures=False)) == _exact(text)
        if self.keeps and _is_indented(self._text(fixed=False, pictures=True), text):
            return False
        wanted = _lines(text)
        if any(_fit(_lines(self._text(fixed=fixed, pictures=False)), wanted) for fixed in (False, True)):
            return True
        if not any(kind == "picture" for kind, _ in self.parts):
            return False
        pictured = [_pictured(line) for line in wanted]
        shown = (_lines(self._text(fixed=fixed, pictures=True)) for fixed in (False, True))
        return any(_fit([_pictured(line) for line in lines], pictured) for lines in shown)

    def why_not(self, text: str) -> str:
        """Return how it differs from *text*, without a word of either; empty when it does not."""
        if self.says(text):
            return ""
        if self.is_empty:
            return "the page took the text back out of its composer"
        shown, wanted = _letters(self._text(fixed=False, pictures=False)), _letters(text)
        if shown == wanted:
            return "the composer holds the text with other blanks than were written"
        sizes = [f"{len(lines)} lines with {sum(map(len, lines))} letters" for lines in (shown, wanted)]
        what = "as much, in other letters" if len({*sizes}) == 1 else " of ".join(sizes)
        return f"the composer holds another text than was written: {what}"

    def _text(self, *, fixed: bool, pictures: bool) -> str:
        """Return its text, with what cannot be edited when *fixed*, with one sign for each of *pictures*."""
        return "".join(
            _PICTURE if pictures and kind == "picture" else text
            for kind, text in self.parts
            if fixed or kind != "fixed"
        )


def units(text: str) -> int:
    """Return the length of *text* as pages count it: in UTF-16 units."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def _exact(text: str) -> str:
    """Return what can be seen of *text*, blank by blank, but for those round it: scripts trim them."""
    return _UNSEEN.sub("", unicodedata.normalize("NFC", text)).replace("\u00a0", " ").strip()


def _lines(text: str) -> list[str]:
    """Return the lines that say something, with one space for each run of blanks in them or beside them.

    Editors draw empty ones as they like.
    """
    return [line for line in _BLANKS.sub(" ", _exact(text)).split("\n") if line.strip()]


def _letters(text: str) -> list[str]:
    """Return what can be seen of the lines that say something, without a blank."""
    return [line.replace(" ", "") for line in _lines(text)]


def _fit(shown: list[str], wanted: list[str]) -> bool:
    """Whether *shown* is what an editor may make of *wanted*: round a line it may draw more blanks."""
    return len(shown) == len(wanted) and all(
        has in {line, f" {line}", f"{line} ", f" {line} "} for has, line in zip(shown, wanted, strict=True)
    )


def _is_indented(shown: str, wanted: str) -> bool:
    """Whether a line of *shown* has more blanks before it than the same one of *wanted*."""
    pairs = zip(_indents(shown), _indents(wanted), strict=False)
    return any(len(has) > len(wants) and "\t" not in wants for has, wants in pairs)


def _indents(text: str) -> list[str]:
    """Return the blanks before each line that says something."""
    return [line[: -len(line.lstrip())] for line in _exact(text).split("\n") if line.strip()]


def _pictured(line: str) -> str:
    """Return *line* with one sign in the place of each run of emoji and of pictures."""
    signs = "".join(
        _PICTURE if unicodedata.category(sign) == "So" or _OF_EMOJI.match(sign) else sign
        for sign in _KEYCAP.sub(_PICTURE, line)
    )
    return _PICTURES.sub(_PICTURE, signs)
