"""How many questions a token may ask within a minute."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Final

import anyio
import attrs

from ._fault import Refusal

_WINDOW_SECONDS: Final = 60.0


@attrs.define(eq=False)
class Pace:
    """The pace of one token: at most so many questions within any minute.

    Args:
        most: How many; None sets no limit.
        clock: Tells the time in seconds.
    """

    _most: int | None
    _clock: Callable[[], float] = anyio.current_time
    _asked: deque[float] = attrs.field(factory=deque, init=False)

    def take(self) -> None:
        """Count a question.

        Raises:
            Refusal: It is one too many; it says when the next one may come, and is not counted.
        """
        if self._most is None:
            return
        now = self._clock()
        while self._asked and now - self._asked[0] >= _WINDOW_SECONDS:
            self._asked.popleft()
        if len(self._asked) >= self._most:
            wait = self._asked[0] + _WINDOW_SECONDS - now
            told = f"this token may ask {self._most} questions a minute"
            raise Refusal("rate", told, retry=True, retry_after=wait)
        self._asked.append(now)
