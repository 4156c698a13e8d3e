"""The published rate limits, counted exactly: no more than so many requests in any window of that length."""

from __future__ import annotations

import math
import time
from collections import deque
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


class Budget(Enum):
    """A published limit: requests, seconds. Source: the routes' descriptions in the vendor's OpenAPI file."""

    CREATE = (10, 60.0)
    READ = (60, 30.0)
    LOGS = (60, 60.0)


class Limiter:
    """Remembers when requests came; refused ones do not count."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._seen: dict[Budget, deque[float]] = {budget: deque() for budget in Budget}

    def admit(self, budget: Budget, scale: float) -> int | None:
        """Count a request, or refuse it.

        Args:
            budget: the limit it falls under.
            scale: factor on the limit's window.

        Returns:
            None when it is admitted, else the whole seconds after which to come again.
        """
        limit, window = budget.value
        instant, seen = self._clock(), self._seen[budget]
        while seen and seen[0] <= instant - window * scale:
            seen.popleft()
        if len(seen) < limit:
            seen.append(instant)
            return None
        return max(1, math.ceil(seen[0] + window * scale - instant))
