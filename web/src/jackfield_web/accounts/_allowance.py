"""What an account may send at a person's pace: so many messages a day, and some seconds between two.

Law: a message is counted before it is sent, and in the store, so that neither a crash nor another program
begins to count anew. Who holds the account's session counts alone.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Awaitable, Callable
from typing import Final

import anyio
import attrs

from jackfield import Certainty, QuotaExhausted

from ._file_store import FileStore
from ._store import Store

_ONE_DAY: Final = dt.timedelta(days=1)
_HOUR: Final = 3600.0
_MINUTE: Final = 60.0


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


@attrs.frozen
class Count:
    """What was sent.

    Attributes:
        day: The day, in UTC: `2026-11-23`.
        sent: How many messages on that day.
        last: When the last one was sent, in seconds since 1970.
    """

    day: str = ""
    sent: int = 0
    last: float = 0.0

    @classmethod
    def read(cls, content: bytes | None) -> Count:
        """Read what was kept; what makes no sense counts for nothing."""
        try:
            kept = json.loads(content or b"{}")
            return cls(str(kept["day"]), max(0, int(kept["sent"])), float(kept["last"]))
        except (ValueError, LookupError, TypeError, OverflowError, RecursionError):
            return cls()

    def wait(self, interval: float, now: float) -> float:
        """Return the seconds until the next message may go, also by a clock that was put back."""
        return min(max(0.0, self.last + interval - now), interval)


@attrs.define(eq=False)
class Allowance:
    """Lets one account's messages go, one after the other.

    Attributes:
        interval: The fewest seconds between two messages.
        cap: The most messages a day, in UTC; None for any number.
    """

    interval: float
    cap: int | None
    _now: Callable[[], dt.datetime] = _now
    _sleep: Callable[[float], Awaitable[None]] = anyio.sleep
    _store: Store = attrs.field(factory=FileStore)
    _counts: dict[str, Count] = attrs.field(factory=dict, init=False)
    _turn: anyio.Lock = attrs.field(factory=anyio.Lock, init=False)

    async def admit(self, session: str) -> None:
        """Wait until the next message may go, and count it.

        Args:
            session: The session that this program holds; empty for one that is not kept, which is counted in
                memory only.

        Raises:
            QuotaExhausted: The day's messages are used up.
            SessionStoreError: The count cannot be kept.
        """
        async with self._turn:
            count = await self._load(session)
            await self._sleep(count.wait(self.interval, self._now().timestamp()))
            now = self._now()
            today = now.date().isoformat()
            # By a clock that was put back over midnight, the last one was sent on a day to come.
            is_same = count.day == today or 0 < count.last - now.timestamp() < _ONE_DAY.total_seconds()
            sent = count.sent if is_same else 0
            if self.cap is not None and sent >= self.cap:
                raise _used_up(self.cap, now)
            count = Count(today, sent + 1, now.timestamp())
            if session:
                await self._store.save("allowance", session, json.dumps(attrs.asdict(count)).encode())
            self._counts[session] = count

    async def _load(self, session: str) -> Count:
        if session and session not in self._counts:
            self._counts[session] = Count.read(await self._store.load("allowance", session))
        return self._counts.get(session, Count())


def _used_up(cap: int, now: dt.datetime) -> QuotaExhausted:
    midnight = dt.datetime.combine(now.date() + _ONE_DAY, dt.time(), dt.UTC)
    seconds = (midnight - now).total_seconds()
    left = f"{seconds / _HOUR:.0f} hours" if seconds >= 2 * _HOUR else f"{seconds / _MINUTE:.0f} minutes"
    return QuotaExhausted(
        f"the {cap} messages of today, which daily_cap allows this account, are used up",
        hint=f"The count begins anew at 00:00 UTC, in {left}. Raise daily_cap if a person would send more.",
        certainty=Certainty.NOT_SENT,
        retry_after=seconds,
    )
