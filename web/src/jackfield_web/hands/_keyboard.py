"""The US keyboard: which key makes a character, which hand presses it, which keys are beside it."""

from __future__ import annotations

from typing import Final, Literal, TypeAlias

import attrs

Side: TypeAlias = Literal["left", "right", "thumb"]

_ROWS: Final = (
    ("`1234567890-=", "~!@#$%^&*()_+"),
    ("qwertyuiop[]\\", "QWERTYUIOP{}|"),
    ("asdfghjkl;'", 'ASDFGHJKL:"'),
    ("zxcvbnm,./", "ZXCVBNM<>?"),
)
_LEFT: Final = frozenset("`12345qwertasdfgzxcvb")
_NAMES: Final = {
    "`": "Backquote",
    "-": "Minus",
    "=": "Equal",
    "[": "BracketLeft",
    "]": "BracketRight",
    "\\": "Backslash",
    ";": "Semicolon",
    "'": "Quote",
    ",": "Comma",
    ".": "Period",
    "/": "Slash",
}


@attrs.frozen
class Stroke:
    """A key to press.

    Attributes:
        code: The key's place, in the words of `KeyboardEvent.code`.
        modifier: The key that is held meanwhile: `Shift`, `ControlOrMeta`; empty for none.
        side: The hand that presses it.
    """

    code: str
    modifier: str = ""
    side: Side = "right"


def _code(character: str) -> str:
    if character.isdigit():
        return f"Digit{character}"
    return _NAMES.get(character) or f"Key{character.upper()}"


def _strokes() -> dict[str, Stroke]:
    made = {" ": Stroke("Space", side="thumb")}
    for plain, shifted in _ROWS:
        for low, high in zip(plain, shifted, strict=True):
            side: Side = "left" if low in _LEFT else "right"
            made[low] = Stroke(_code(low), side=side)
            made[high] = Stroke(_code(low), "Shift", side)
    return made


STROKES: Final = _strokes()
"""Characters to the stroke that makes them."""


def chord(keys: str) -> Stroke:
    """Return the stroke that is written `Enter`, `Shift+Enter` or `Control+A`."""
    modifier, _, key = keys.rpartition("+")
    named = STROKES.get(key)
    return Stroke(named.code if named else key, modifier)


def beside(character: str) -> str:
    """Return the lower-case letters beside the letter *character*, in its case; empty for anything else."""
    for plain, shifted in _ROWS:
        for row in (plain, shifted):
            place = row.find(character)
            if place >= 0 and character.isalpha():
                return "".join(each for each in row[max(place - 1, 0) : place + 2] if each.isalpha()).replace(
                    character, ""
                )
    return ""
