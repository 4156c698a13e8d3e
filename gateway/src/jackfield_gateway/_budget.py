"""How many tokens of models a client's token may spend, and within what."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final, Literal, TypeAlias, get_args

import attrs

from jackfield import ConfigError

Period: TypeAlias = Literal["day", "month"]
PERIODS: Final[tuple[Period, ...]] = get_args(Period)


@attrs.frozen
class Budget:
    """The most that may be spent.

    Attributes:
        tokens: How many tokens of models, read and written together.
        period: Within what: a day or a month of UTC's calendar. With the next one it begins anew.

    Raises:
        ConfigError: It is below 1, or the period is another one.
    """

    tokens: int
    period: Period = "day"

    def __attrs_post_init__(self) -> None:
        if self.tokens < 1 or self.period not in PERIODS:
            raise ConfigError(
                f"a budget of {self.tokens} tokens a {self.period} makes no sense",
                hint="It is 1 at least, within a day or a month.",
            )

    def days(self, now: float) -> tuple[str, str, str]:
        """Return UTC's days that matter at *now*: the period's first, today, the next one's first."""
        today = datetime.fromtimestamp(now, UTC).date()
        if self.period == "day":
            first, after = today, today + timedelta(days=1)
        else:
            first = today.replace(day=1)
            after = (first + timedelta(days=31)).replace(day=1)
        return first.isoformat(), today.isoformat(), after.isoformat()
