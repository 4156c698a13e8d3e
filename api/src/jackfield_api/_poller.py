"""When to look again at a remote that works on its own: soon at first, then less and less often. No clock."""

from __future__ import annotations

import random
from collections.abc import Callable

import attrs


@attrs.define(eq=False)
class Poller:
    """The waits between looks at a run.

    Attributes:
        start: Seconds before the first look.
        longest: The longest wait, in seconds.
        factor: How much longer each wait is than the one before.
        jitter: The part of a wait by which it may be shorter or longer, so that many pollers drift apart.
        random: Source of randomness, from 0 to 1.
    """

    start: float = 2.0
    longest: float = 30.0
    factor: float = 1.5
    jitter: float = 0.2
    random: Callable[[], float] = random.random
    _next: float = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Begin anew with the shortest wait: the remote has shown that it is at work."""
        self._next = min(self.start, self.longest)

    def wait(self, at_least: float = 0.0) -> float:
        """Return the seconds until the next look, and make the wait after it longer.

        Args:
            at_least: Seconds that the remote has asked for.
        """
        wait = self._next
        self._next = min(wait * self.factor, self.longest)
        return max(at_least, wait * (1 + self.jitter * (2 * self.random() - 1)))
