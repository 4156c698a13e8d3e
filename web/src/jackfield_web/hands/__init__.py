"""Input as a person gives it, drawn from published models of people and a seed.

General layout: `_hand` is one person's own; `_pointing` and `_typing` draw what the hand does as timed steps
(`_steps`), and do nothing; `_player` sends steps to a page; `_driver` is the `InputDriver`.
"""

from __future__ import annotations

from ._deadline import deadline, eventually
from ._devtools import devtools, isolated_world, object_of, own_frame, told_by, value_of
from ._driver import PASTE_OVER, HumanInput, Pace, input_driver
from ._field import FieldCut, focused_field
from ._hand import Hand, reading_seconds
from ._input import InputDriver, PlainInput, line_feeds
from ._player import Player
from ._pointing import AIM_SIGMA, NOTCH_PIXELS, Box, Point, aim, movement_seconds, path, press, scroll
from ._steps import FRAME_SECONDS, Button, Commit, Key, Move, Step, Wheel
from ._typing import TYPOS, keystrokes, strike

__all__ = [
    "AIM_SIGMA",
    "FRAME_SECONDS",
    "NOTCH_PIXELS",
    "PASTE_OVER",
    "TYPOS",
    "Box",
    "Button",
    "Commit",
    "FieldCut",
    "Hand",
    "HumanInput",
    "InputDriver",
    "Key",
    "Move",
    "Pace",
    "PlainInput",
    "Player",
    "Point",
    "Step",
    "Wheel",
    "aim",
    "deadline",
    "devtools",
    "eventually",
    "focused_field",
    "input_driver",
    "isolated_world",
    "keystrokes",
    "line_feeds",
    "movement_seconds",
    "object_of",
    "own_frame",
    "path",
    "press",
    "reading_seconds",
    "scroll",
    "strike",
    "told_by",
    "value_of",
]
