"""Turning the wheel. Pure.

A notch is 120 pixels: what Chromium makes of one notch of a real wheel on Linux. There is no published
distribution of the times between notches that we know of; ours are a choice.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterator
from typing import Final

from ._hand import log_logistic
from ._steps import Wheel

NOTCH_PIXELS: Final = 120
_NOTCH_SECONDS: Final = 0.06
_FLICK_SECONDS: Final = 0.35


def scroll(pixels: float, rng: random.Random) -> Iterator[Wheel]:
    """Yield notches that scroll by *pixels* at least, in flicks of three to six; downwards if positive."""
    left = math.ceil(abs(pixels) / NOTCH_PIXELS)
    notch = NOTCH_PIXELS if pixels > 0 else -NOTCH_PIXELS
    while left > 0:
        for place in range(min(left, rng.randint(3, 6))):
            mean = _NOTCH_SECONDS if place else _FLICK_SECONDS
            yield Wheel(log_logistic(rng, mean, least=0.3, shape=5.0), notch)
            left -= 1
