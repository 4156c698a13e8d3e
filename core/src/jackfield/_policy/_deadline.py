"""The time that one operation may take, and what it was waiting for when the time was over."""

from __future__ import annotations

from collections.abc import Awaitable
from contextvars import ContextVar
from typing import Final, Literal, TypeAlias, TypeVar

import anyio
import attrs

from .._exceptions import Certainty, DeadlineExceeded

Phase: TypeAlias = Literal["queue", "gate", "answer", "event", "login", "health", "models"]
Result = TypeVar("Result")

_BEFORE_THE_WIRE: Final = {"queue", "gate"}
_running: ContextVar[Deadline | None] = ContextVar("jackfield_deadline", default=None)


def waiting_for(phase: Phase) -> None:
    """Say what the running operation waits for from here on; for those below who know it better."""
    if (deadline := _running.get()) is not None:
        deadline.phase = phase


@attrs.define(eq=False)
class Deadline:
    """The end of an operation's time, on the event loop's clock.

    Attributes:
        seconds: The time from now; None for no end.
        at: When the time is over.
        phase: What the operation waits for.
    """

    seconds: float | None
    at: float = attrs.field(init=False)
    phase: Phase = attrs.field(default="answer", init=False)

    def __attrs_post_init__(self) -> None:
        self.at = float("inf") if self.seconds is None else anyio.current_time() + self.seconds

    def leaves(self, seconds: float) -> bool:
        """Whether there is time left after *seconds* of waiting."""
        return anyio.current_time() + seconds < self.at

    async def bound(self, step: Awaitable[Result], phase: Phase) -> Result:
        """Await *step*, and no longer than the time lasts.

        Raises:
            DeadlineExceeded: The time is over.
        """
        self.phase = phase
        # Never reset: whoever looks at it runs inside a step, and each step sets it anew.
        _running.set(self)
        remaining = self.at - anyio.current_time()
        with anyio.move_on_after(None if remaining == float("inf") else remaining):
            return await step
        raise DeadlineExceeded(
            f"no answer within {self.seconds:g} s",
            phase=self.phase,
            certainty=Certainty.NOT_SENT if self.phase in _BEFORE_THE_WIRE else None,
        )
