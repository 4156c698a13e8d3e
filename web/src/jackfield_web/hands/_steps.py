"""What a hand does, as data. Law: a step says how long after the one before it comes; nothing here sleeps."""

from __future__ import annotations

from typing import Final, TypeAlias

import attrs

FRAME_SECONDS: Final = 1 / 60
"""How often a browser tells a page of the mouse: once a picture, with 60 pictures a second."""


@attrs.frozen
class Move:
    """The mouse is at (*x*, *y*): whole CSS pixels from the window's corner, *wait* seconds later."""

    wait: float
    x: int
    y: int


@attrs.frozen
class Button:
    """The left mouse button goes down or up, *wait* seconds later."""

    wait: float
    is_down: bool


@attrs.frozen
class Wheel:
    """The wheel turns by *pixels*, downwards if positive, *wait* seconds later."""

    wait: float
    pixels: int


@attrs.frozen
class Key:
    """A key goes down or up, *wait* seconds later. *code* is its place: `KeyA`, `Digit1`, `Shift`."""

    wait: float
    code: str
    is_down: bool


@attrs.frozen
class Commit:
    """Text that no key has arrives as from an input method, *wait* seconds later."""

    wait: float
    text: str


Step: TypeAlias = Move | Button | Wheel | Key | Commit
