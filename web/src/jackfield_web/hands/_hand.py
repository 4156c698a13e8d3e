"""One person's hand: what stays the same from day to day, and how its times scatter.

Law: a hand follows from its seed alone. What it does follows from the hand and one `random.Random`.

Sources, by the names that the docstrings use:

- Dhakal 2018: Dhakal, Feit, Kristensson and Oulasvirta, "Observations on typing from 136 million
  keystrokes", CHI 2018, table 3: 168,000 people.
- González 2021: González, Calot, Ierache and Hasperué, "On the shape of timings distributions in free-text
  keystroke dynamics profiles", Heliyon 7 e08413.
- Soukoreff 2004: Soukoreff and MacKenzie, "Towards a standard for pointing device evaluation", International
  Journal of Human-Computer Studies 61, 751-789.
- Card 1980: Card, Moran and Newell, "The keystroke-level model for user performance time with interactive
  systems", Communications of the ACM 23, table I.
- Edmonds 2026: Edmonds and Azzopardi, "ClickSense: motivating research": 518 people.
- Brysbaert 2019: Brysbaert, "How many words do we read per minute?", Journal of Memory and Language 109.
"""

from __future__ import annotations

import math
import random
from statistics import NormalDist
from typing import Final, Self

import attrs

HOMING_SECONDS: Final = 0.4
"""From the mouse to the keys or back: operator H of Card 1980."""

WORDS_PER_SECOND: Final = 238 / 60
"""How fast adults read English prose in silence: Brysbaert 2019, 190 studies."""

_HOLD_LEAST: Final = 0.35
_HOLD_SHAPE: Final = 5.0
_INTERVAL_LEAST: Final = 0.1
_INTERVAL_SHAPE: Final = 3.0
_CLICK_SHAPE: Final = 6.0
_PAUSE_SHAPE: Final = 4.0


@attrs.frozen(kw_only=True)
class Hand:
    """What is one person's own.

    Attributes:
        interval: Seconds from one key's press to the next one's, on average over English prose.
            Dhakal 2018: mean 0.239, between people SD 0.112.
        hold: Seconds that a key is down, on average. Dhakal 2018: mean 0.116, between people SD 0.024.
        click: Seconds that the mouse button is down, on average. Edmonds 2026: 0.087 at 25 to 34 years of
            age, 0.137 above 65; one person's own SD 0.03 to 0.05.
        throughput: Bits a second in Fitts' law. Soukoreff 2004, table 5: 3.7 to 4.9 with a mouse.
        bow: How far a movement bends aside, as a share of its length; its sign is the side. Our choice.
    """

    interval: float
    hold: float
    click: float
    throughput: float
    bow: float

    @classmethod
    def of(cls, seed: int) -> Self:
        """Return the hand of *seed*: one of the middle eight tenths of people in each respect."""
        rng = random.Random(f"hand {seed}")

        def middling(mean: float, deviation: float) -> float:
            return NormalDist(mean, deviation).inv_cdf(rng.uniform(0.1, 0.9))

        return cls(
            interval=math.exp(middling(math.log(0.226), 0.43)),
            hold=middling(0.116, 0.024),
            click=middling(0.1, 0.015),
            throughput=rng.uniform(3.7, 4.9),
            bow=rng.choice((-1, 1)) * rng.uniform(0.01, 0.05),
        )

    def hurried(self) -> Self:
        """Return the same hand as fast as people get.

        Dhakal 2018: the fastest type 120 words a minute, which is a key in 0.1 seconds.
        """
        return attrs.evolve(self, interval=0.1, hold=min(self.hold, 0.085), click=0.08, throughput=4.9)

    def hold_seconds(self, rng: random.Random) -> float:
        """Draw how long a key is down: log-logistic with three parameters, the best fit in González 2021."""
        return log_logistic(rng, self.hold, least=_HOLD_LEAST, shape=_HOLD_SHAPE)

    def interval_seconds(self, rng: random.Random, factor: float) -> float:
        """Draw the time to the next key, *factor* times as long as usual: log-logistic (González 2021)."""
        return log_logistic(rng, self.interval * factor, least=_INTERVAL_LEAST, shape=_INTERVAL_SHAPE)

    def click_seconds(self, rng: random.Random) -> float:
        """Draw how long the mouse button is down."""
        return log_logistic(rng, self.click, least=_HOLD_LEAST, shape=_CLICK_SHAPE)


def pause_seconds(rng: random.Random, mean: float) -> float:
    """Draw a pause of *mean* seconds on average; it scatters as intervals do."""
    return log_logistic(rng, mean, least=_INTERVAL_LEAST, shape=_PAUSE_SHAPE)


def reading_seconds(rng: random.Random, words: int) -> float:
    """Draw how long somebody reads *words* words (Brysbaert 2019)."""
    return pause_seconds(rng, words / WORDS_PER_SECOND)


def log_logistic(rng: random.Random, mean: float, *, least: float, shape: float) -> float:
    """Draw from a log-logistic distribution with three parameters.

    Args:
        rng: The generator.
        mean: The mean; whatever unit the result has.
        least: The smallest value, as a share of the mean.
        shape: Greater is narrower; more than 1. The outermost thousandth at each side is left out.
    """
    bend = math.pi / shape
    scale = mean * (1 - least) * math.sin(bend) / bend
    part = rng.uniform(0.001, 0.999)
    return float(mean * least + scale * (part / (1 - part)) ** (1 / shape))
